"""Whether the front end in this container answers: exit status 0 or 1. Asks the page's port, then Streamlit's."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

ADDRESSES = (
    f"http://127.0.0.1:{os.environ.get('FOLIO_PORT') or 7860}/api/v1/health",
    "http://127.0.0.1:8501/_stcore/health",
)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=3) as response:  # noqa: S310 -- our own addresses, above
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError):
        return False


if __name__ == "__main__":
    sys.exit(0 if any(map(answers, ADDRESSES)) else 1)
