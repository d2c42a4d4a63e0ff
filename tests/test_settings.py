"""Settings: from the environment and `.env`, frozen, all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.errors import RequestError
from rag.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no variables of whoever runs this."""
    monkeypatch.chdir(tmp_path)
    for name in variables():
        monkeypatch.delenv(name, raising=False)


def variables() -> list[str]:
    return [str(field.validation_alias or f"FOLIO_{name.upper()}") for name, field in Settings.model_fields.items()]


def test_the_defaults_are_the_documented_ones() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 7860, Path("data"))
    assert settings.max_document_bytes == 50 * 1024 * 1024
    assert settings.max_storage_bytes == 2_000 * 1024 * 1024
    assert settings.embedding_model == "BAAI/bge-small-en-v1.5"
    assert settings.workers >= 1


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("FOLIO_PORT=8000\nFOLIO_PASSAGES=5\nOPENAI_MODEL=small\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("FOLIO_PORT", "9000")
    monkeypatch.setenv("FOLIO_HOST", "")  # empty is as if it were not there
    settings = load_settings()
    assert (settings.port, settings.passages, settings.openai_model) == (9000, 5, "small")
    assert settings.host == "127.0.0.1"
    assert load_settings(port=1).port == 1


def test_all_problems_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = {
        "FOLIO_PORT": "seventy", "FOLIO_PASSAGES": "0", "FOLIO_MAX_PAGES": "-1", "FOLIO_MODELS": "fast",
        "FOLIO_MODEL_PLANS": "fast", "FOLIO_EMBEDDING_PATH": "nowhere", "FOLIO_RERANKER_PATH": "nowhere",
        "FOLIO_ADMIN_TOKEN": "short", "FOLIO_TRUSTED_PROXIES": "everybody", "FOLIO_LOG_LEVEL": "loud",
    }  # fmt: skip
    for name, value in problems.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RequestError, match="FOLIO_PORT: ") as raised:
        load_settings()
    assert raised.value.code == "invalid_request"
    assert [name for name in problems if f"{name}: " not in raised.value.message] == []
    assert "Value error" not in raised.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOLIO_MODELS", "fast"),
        ("FOLIO_MODELS", "fast=gpt-5-mini"),
        ("FOLIO_MODELS", "=openai:gpt-5-mini"),
        ("FOLIO_EMBEDDING_PATH", "no-such-folder"),
    ],
)
def test_what_does_not_fit_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(RequestError, match=name) as raised:
        load_settings()
    assert raised.value.code == "invalid_request"


def test_a_log_level_may_be_written_small() -> None:
    assert load_settings(log_level="debug").log_level == "DEBUG"


def test_models_may_have_colons_in_their_names() -> None:
    assert load_settings(models=" local=openai:qwen3:8b , best=openai:gpt-5 ,").models
    with pytest.raises(RequestError, match="'c' is not of the form"):
        load_settings(models="a=openai:b,c")


def test_settings_are_a_value() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1
    assert load_settings() == settings
