"""Files that a browser saves instead of showing them: the header that says so, and ranges of them."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from rag.api.envelope import failure
from rag.errors import RequestError

_RANGE: Final = re.compile(r"bytes=([0-9]{1,18})?-([0-9]{1,18})?")


def attachment(name: str) -> str:
    """Content-Disposition for a file name of any script (RFC 6266, RFC 8187)."""
    plain = "".join(character if 32 <= ord(character) < 127 and character not in '"\\%' else "_" for character in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


class Download(FileResponse):
    """A file, or a range of it. A range that cannot be read, and several at once, give the whole (RFC 9110, 14.2); one
    past the end is refused in the envelope.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = Headers(scope=scope).get("range")
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
