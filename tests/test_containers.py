"""The files that a Space and a container are made from, as far as they can be checked without either."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import wait_until
from tests.ports import answers, reserved_port

ROOT = Path(__file__).resolve().parent.parent


def lines(name: str) -> list[str]:
    return [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]


def test_a_space_installs_what_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert sorted(lines("requirements.txt")) == sorted(project["dependencies"])


def test_the_spaces_front_matter_fits() -> None:
    matter: dict[str, Any] = yaml.safe_load((ROOT / "README.md").read_text().split("---\n")[1])
    locked = dict(line.split("==", 1) for line in lines("requirements-lock.txt") if "==" in line)
    assert matter["sdk"] == "gradio"
    assert matter["sdk_version"] == locked["gradio"]
    assert (ROOT / matter["app_file"]).is_file()
    assert matter["python_version"] == "3.11"


def test_the_image_copies_what_is_there_and_does_not_run_as_root() -> None:
    steps = [line.split(maxsplit=1) for line in lines("Dockerfile") if line[0].isupper()]
    copied = [Path(arguments.split()[-2]) for name, arguments in steps if name == "COPY"]
    assert copied
    assert all((ROOT / path).exists() for path in copied)
    names = [name for name, _ in steps]
    assert ["USER", "folio"] in steps
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert "HEALTHCHECK" in names


def test_the_services_are_built_from_here_and_share_their_data() -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    assert services["folio"]["volumes"] == services["streamlit"]["volumes"]
    assert services["folio"]["environment"]["FOLIO_QDRANT_URL"] == "http://qdrant:6333"
    assert set(compose["volumes"]) == {"folio", "qdrant"}
    assert all(set(service.get("depends_on", {})) <= set(services) for service in services.values())


def test_what_a_container_starts_answers_its_health_check(tmp_path: Path) -> None:
    with reserved_port() as port:
        _start_and_ask(tmp_path, port)


def _start_and_ask(tmp_path: Path, port: int) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {
        "FOLIO_PORT": str(port),
        "FOLIO_HOST": "127.0.0.1",
        "FOLIO_DATA": str(tmp_path),
        "FOLIO_OFFLINE": "true",
    }
    environment = os.environ | settings | {"PATH": path}
    assert not _is_healthy(environment)
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([ROOT / ".ci" / "start", "page"], env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: server.poll() is not None or answers(port))
        wait_until(lambda: server.poll() is not None or _is_healthy(environment))
        assert server.poll() is None
    finally:
        server.terminate()
        server.wait(60)


def _is_healthy(environment: dict[str, str]) -> bool:
    check = [sys.executable, str(ROOT / ".ci" / "health.py")]
    return subprocess.run(check, env=environment, check=False).returncode == 0
