"""Files that a browser saves instead of showing them: the header that says so, ranges of them, and what a client that
has kept one needs not be sent again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from anyio import to_thread
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from rag.api.envelope import failure
from rag.errors import RequestError

_RANGE: Final = re.compile(r"bytes=([0-9]{1,18})?-([0-9]{1,18})?")


def attachment(name: str) -> str:
    """Content-Disposition for a file name of any script (RFC 6266, RFC 8187)."""
    plain = "".join(character if 32 <= ord(character) < 127 and character not in '"\\%' else "_" for character in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def is_kept(if_none_match: str | None, etag: str) -> bool:
    """Whether a client that sends this If-None-Match has what `etag` names (RFC 9110, 13.1.2; compared weakly)."""
    kept = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return etag in kept or kept == ["*"]


def not_modified(etag: str, headers: Mapping[str, str]) -> Response:
    """Says that what the client has kept is still so. `headers`: those of the whole answer that caches go by."""
    return Response(status_code=304, headers={**headers, "ETag": etag})


class Download(FileResponse):
    """A file, or a range of it. A range that cannot be read, and several at once, give the whole (RFC 9110, 14.2); one
    past the end is refused in the envelope. `keeping`: headers that caches go by.
    """

    def __init__(
        self, path: Path, *, media_type: str | None = None, filename: str, etag: str | None = None,
        keeping: Mapping[str, str] | None = None, background: BackgroundTask | None = None,
    ) -> None:  # fmt: skip
        self._etag, self._keeping = etag, dict(keeping or {})
        headers = self._keeping if etag is None else {**self._keeping, "ETag": etag}
        super().__init__(path, media_type=media_type, filename=filename, headers=headers, background=background)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope)
        if self._etag is not None and is_kept(asked.get("if-none-match"), self._etag):
            await not_modified(self._etag, self._keeping)(scope, receive, send)
            await self._tidy()
            return
        wanted = asked.get("range")
        if wanted is not None:
            size = (await to_thread.run_sync(Path(self.path).stat)).st_size
            match range_in(wanted, size):
                case "none":
                    scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"range"]}
                case "outside":
                    await self._refuse(size, scope, receive, send)
                    return
        await super().__call__(scope, receive, send)

    async def _refuse(self, size: int, scope: Scope, receive: Receive, send: Send) -> None:
        error = RequestError("invalid_request", f"The file has {size:,} bytes; the range asked for is past them.")
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        await failure(error, status, {"Content-Range": f"bytes */{size}"})(scope, receive, send)
        await self._tidy()

    async def _tidy(self) -> None:
        if self.background is not None:
            await self.background()


def range_in(header: str, size: int) -> Literal["within", "outside", "none"]:
    """Where the range of a Range header lies in a file of `size` bytes; "none": it is not one range."""
    found = _RANGE.fullmatch(header.strip())
    first, last = found.groups() if found else (None, None)
    if first is None and last is None:
        return "none"
    if first is None:
        return "within" if int(last or "0") and size else "outside"
    if last is not None and int(last) < int(first):
        return "none"
    return "within" if int(first) < size else "outside"
