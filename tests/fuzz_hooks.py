"""What schemathesis takes for wrong and is not: loaded by itself in its own process (tests/fuzzing.py).

In a form, a file is bytes. A list or a number in its place is written out as text, and is a file like any other.
"""

from __future__ import annotations

from typing import Any

import schemathesis

FILES = ("file", "files")


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: Any) -> bool:
    return not (str(case.media_type).startswith("multipart/") and is_written_out(case.body))


def is_written_out(body: Any) -> bool:
    """Whether the body of a form has something else than text or bytes for a file."""
    return isinstance(body, dict) and any(
        not isinstance(each, str | bytes)
        for name in FILES
        if name in body
        for each in (body[name] if name == "files" and isinstance(body[name], list) else [body[name]])
    )
