"""One frozen Settings, made once from the environment (and a `.env` file) and passed on. Reports all problems at once.

Every variable is listed in the README; a test compares.
"""

from __future__ import annotations

import logging
import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import RequestError
from rag.plans import Plans, parse

MIN_TOKEN_CHARS = 16  # of the operator's token


class Settings(BaseSettings):
    """What Folio can be told from outside. Names are the variables' names without `FOLIO_`, in lower case."""

    model_config = SettingsConfigDict(
        env_prefix="FOLIO_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True, populate_by_name=True
    )

    # A Space's pages come through a proxy on another machine.
    host: str = Field(default_factory=lambda: "0.0.0.0" if os.environ.get("SPACE_ID") else "127.0.0.1")  # noqa: S104
    port: int = Field(7860, ge=0, le=65535)
    data: Path = Path("data")
    secret: str = ""  # signs cookies; made and kept in the data folder when not given
    log_level: str = "INFO"

    qdrant_url: str = ""
    qdrant_api_key: str = ""

    embedding_model: str = "BAAI/bge-small-en-v1.5"
    embedding_path: Path | None = None
    reranker: str = ""  # a cross-encoder that fastembed knows by name
    reranker_path: Path | None = None
    rerank_candidates: int = Field(20, ge=0, le=100)  # 0: only where a question asks for it
    offline: bool = False  # never ask the model hub

    models: str = ""  # name=provider:model, separated by commas
    openai_api_key: str = Field("", validation_alias="OPENAI_API_KEY")
    openai_base_url: str = Field("", validation_alias="OPENAI_BASE_URL")
    openai_model: str = Field("gpt-5-mini", validation_alias="OPENAI_MODEL")
    transcription_url: str = ""  # of an OpenAI-compatible server: .../v1
    transcription_model: str = "whisper-1"
    transcription_api_key: str = ""
    transcription_timeout_s: float = Field(600.0, gt=0)
    whisper_model: str = "small"  # a name or a folder, for the extra `whisper`
    first_token_timeout_s: float = Field(60.0, gt=0)
    token_timeout_s: float = Field(30.0, gt=0)
    context_tokens: int = Field(16_000, ge=1_000)  # of the prompt; the answer's own come on top
    max_turns: int = Field(16, ge=1)
    queue_timeout_s: float = Field(60.0, gt=0)

    auth: Literal["none", "password", "huggingface"] = "none"
    registration: Literal["open", "closed"] = "open"
    admins: str = ""  # Hugging Face names, separated by commas
    admin_token: str = ""  # the operator's bearer token for figures
    metrics: bool = False
    oauth_client_id: str = Field("", validation_alias="OAUTH_CLIENT_ID")
    oauth_client_secret: str = Field("", validation_alias="OAUTH_CLIENT_SECRET")
    openid_provider_url: str = Field("https://huggingface.co", validation_alias="OPENID_PROVIDER_URL")
    default_plan: str = "free"
    model_plans: str = ""  # model=plan,plan; others are everybody's
    rate_requests_per_minute: int = Field(6_000, ge=0)  # of one user; five times that of one address; 0: no limit
    rate_ask_per_minute: int = Field(600, ge=0)
    rate_upload_per_minute: int = Field(300, ge=0)
    rate_login_per_minute: int = Field(10, ge=0)
    trusted_proxies: str = ""  # addresses and networks whose X-Forwarded-For is believed

    passages: int = Field(8, ge=1, le=50)
    max_question_chars: int = Field(8_000, ge=100)

    max_document_mb: float = Field(50.0, gt=0)
    max_pages: int = Field(2_000, ge=1)
    max_audio_mb: float = Field(25.0, gt=0)
    max_audio_minutes: float = Field(30.0, gt=0)
    max_files: int = Field(500, ge=1)
    max_batch: int = Field(10, ge=1)
    max_storage_mb: float = Field(2_000.0, gt=0)
    parser_memory_mb: int = Field(1_024, ge=128)
    parser_timeout_s: float = Field(120.0, gt=0)
    max_image_mb: float = Field(20.0, gt=0)
    max_image_megapixels: float = Field(40.0, gt=0)
    ocr: Literal["auto", "tesseract", "rapidocr", "off"] = "auto"
    ocr_languages: str = ""  # as tesseract names them: eng+deu; by itself what each document is in
    dask_scheduler: str = ""  # tcp://host:8786: parsing and embedding go there
    workers: int = Field(default_factory=lambda: max(1, os.cpu_count() or 1), ge=1)

    @field_validator("log_level")
    @classmethod
    def _check_level(cls, level: str) -> str:
        known = logging.getLevelNamesMapping()
        if level.upper() not in known:
            raise ValueError(f"{level!r} is none of {', '.join(known)}")
        return level.upper()

    @field_validator("embedding_path", "reranker_path")
    @classmethod
    def _check_folder(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_dir():
            raise ValueError(f"{path} is not a folder")
        return path

    @field_validator("models")
    @classmethod
    def _check_models(cls, models: str) -> str:
        for entry in _listed(models):
            name, _, target = entry.partition("=")
            if not name.strip() or ":" not in target:
                raise ValueError(f"{entry!r} is not of the form name=provider:model")
        return models

    @field_validator("model_plans")
    @classmethod
    def _check_plans(cls, plans: str) -> str:
        parse(plans)
        return plans

    @field_validator("admin_token")
    @classmethod
    def _check_token(cls, token: str) -> str:
        if token and len(token) < MIN_TOKEN_CHARS:
            raise ValueError(f"has fewer than {MIN_TOKEN_CHARS} characters")
        return token

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, proxies: str) -> str:
        for network in _listed(proxies):
            try:
                ip_network(network, strict=False)
            except ValueError as error:
                raise ValueError(f"{network!r} is no address or network") from error
        return proxies

    @model_validator(mode="after")
    def _check_sign_in(self) -> Self:
        """Comes when every setting by itself is right."""
        if self.auth == "huggingface" and not (self.oauth_client_id and self.oauth_client_secret):
            raise ValueError("FOLIO_AUTH: huggingface needs OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET")
        return self

    @property
    def plans(self) -> Plans:
        """Model name -> the plans that include it, () for all."""
        return parse(self.model_plans)

    @property
    def admin_names(self) -> frozenset[str]:
        """Who is an admin when they sign in with Hugging Face."""
        return frozenset(_listed(self.admins))

    @property
    def proxy_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(network, strict=False) for network in _listed(self.trusted_proxies))

    @property
    def max_document_bytes(self) -> int:
        return int(self.max_document_mb * 1024 * 1024)

    @property
    def max_audio_bytes(self) -> int:
        return int(self.max_audio_mb * 1024 * 1024)

    @property
    def max_image_bytes(self) -> int:
        return int(self.max_image_mb * 1024 * 1024)

    @property
    def max_image_pixels(self) -> int:
        return int(self.max_image_megapixels * 1_000_000)

    @property
    def max_storage_bytes(self) -> int:
        return int(self.max_storage_mb * 1024 * 1024)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, `overrides` (by field name) first.

    Raises RequestError(invalid_request) with one line for each problem, all at once.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        problems = [
            f"{_variable(problem['loc'])}{problem['msg'].removeprefix('Value error, ')}" for problem in error.errors()
        ]
        raise RequestError("invalid_request", "The settings do not fit: " + "; ".join(problems)) from error


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else ""
    return "" if not name else f"{name if name.isupper() else 'FOLIO_' + name.upper()}: "
