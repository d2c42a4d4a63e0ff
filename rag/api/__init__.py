"""The HTTP door: REST and server-sent events under /api/v1, on the same server as the page.

`create_api` makes the server, `identify` tells who is behind one of its requests (the page uses it too).
"""

from __future__ import annotations

from rag.api.auth import identify
from rag.api.server import create_api

__all__ = ["create_api", "identify"]
