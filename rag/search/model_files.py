"""Where the files of a model are, and how they come here: a local folder, the cache under the data folder, the hub.

Knows nothing of what a model does. Whatever goes wrong on the way from the hub can go better next time.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

_HEAD_BYTES = 1024 * 1024
_REACH_TIMEOUT_S = 5.0


class ModelUnavailable(Exception):
    """The model is not here now but may come later. The text is a sentence for people."""


class ModelUnusable(Exception):
    """Trying again will not help: the settings or the folder must change. The text is a sentence for people."""


def may_download(offline: bool) -> bool:
    """Whether the hub may be asked: neither the settings (`offline`) nor its own client's variable say no."""
    return not (offline or os.environ.get("HF_HUB_OFFLINE", "0") not in {"", "0"})


def check_reachable(what: str, cache: Path, may_download: bool) -> None:
    """Whether it is worth loading a model from the cache or the hub. `what`: "The embedding model x".

    Asked before fastembed is imported: an idle server without a way to the hub stays small. Raises ModelUnavailable.
    """
    if any(path.is_file() for path in cache.rglob("*")):
        return
    if not may_download:
        raise ModelUnavailable(f"{what} has not been downloaded, and downloads are off.")
    if not hub_answers():
        raise ModelUnavailable(f"{what} cannot be downloaded: the hub does not answer.")


def quieten_fastembed() -> None:
    """Imports it so that it shows no progress bars and tells its failures to nobody: they are told in our words."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads would not survive a fork
    import fastembed  # noqa: F401, PLC0415  # 1.4 s and 80 MB
    from loguru import logger  # noqa: PLC0415

    logger.disable("fastembed")


def from_cache_or_hub(
    make: Any, known: Collection[str], name: str, cache: Path, *, what: str, setting: str, may_download: bool
) -> Any:
    """`make`: fastembed's class; `known`: the names it knows. Raises ModelUnavailable, ModelUnusable."""
    if name.lower() not in {each.lower() for each in known}:
        raise ModelUnusable(f"fastembed has no {what.removeprefix('The ')}. Check {setting}.")
    try:
        return make(name, cache_dir=str(cache), local_files_only=True)
    except Exception as missing:  # boundary: fastembed, its hub client and onnxruntime have no error in common
        if not may_download:
            raise ModelUnavailable(f"{what} has not been downloaded, and downloads are off.") from missing
    if not hub_answers():  # the hub's client would try for 40 s
        raise ModelUnavailable(f"{what} cannot be downloaded: the hub does not answer.")
    try:
        return make(name, cache_dir=str(cache))
    except Exception as error:  # the same boundary
        raise ModelUnavailable(f"{what} could not be downloaded.") from error


def from_folder(make: Callable[[], Any], folder: Path, file: str, setting: str) -> Any:
    """What `make()` makes of the .onnx `file` in the folder that `setting` names. Raises ModelUnusable."""
    if not file:
        raise ModelUnusable(f"{setting}: there is no .onnx file in {folder}.")
    try:
        return make()
    except Exception as error:  # the same boundary
        raise ModelUnusable(f"{setting}: the model in {folder} cannot be loaded ({error}).") from error


def hub_answers() -> bool:
    """Whether something accepts a connection at the hub's address. Behind a proxy only the download can tell."""
    if getproxies():
        return True
    hub = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))
    try:
        port = hub.port or (80 if hub.scheme == "http" else 443)
        socket.create_connection((hub.hostname or "", port), timeout=_REACH_TIMEOUT_S).close()
    except OSError:
        return False
    return True


def onnx_file(folder: Path) -> str:
    """The model's file, relative to the folder; "" when there is none."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.onnx"))
    preferred = ("model.onnx", "onnx/model.onnx", "model_optimized.onnx")
    return next((file for file in preferred if file in found), found[0] if found else "")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when there is none."""
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def read_head(path: Path) -> bytes:
    """The file's size and beginning; empty when it cannot be read, which loading will say better."""
    try:
        with path.open("rb") as file:
            return str(path.stat().st_size).encode() + file.read(_HEAD_BYTES)
    except OSError:
        return b""
