"""The page that Gradio sends, made ours: its head, its language, and a nonce for its own scripts. Pure."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

from rag.view.texts import TEXTS, Language

_OTHERS = re.compile(r"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>\s*|<link rel=\"manifest\"[^>]*>\s*")
_SCRIPT = re.compile(r"<script\b")
_LANG = re.compile(r"(<html\b[^>]*?)lang=\"\w+\"")
_SHEETS: Final = ("base", "layout", "chat", "panes", "tools", "lab", "touch")
_HEAD: Final = Markup("""
<title>Folio</title>
<meta name="description" content="{promise}">
<meta name="color-scheme" content="light dark">
<link rel="icon" type="image/svg+xml" href="page/icon.svg">
{sheets}
<script type="module" src="page/page.js?v={version}"></script>
""")


def dress(html: str, nonce: str, version: str, language: Language) -> str:
    """Gradio's HTML with our style sheet and script in its head, and `nonce` on every script that it brings itself."""
    sheet = Markup('<link rel="stylesheet" href="page/{}.css?v={}">')
    sheets = Markup("\n").join(sheet.format(name, version) for name in _SHEETS)
    head = _HEAD.format(promise=TEXTS[language]["promise"], sheets=sheets, version=version)
    html = _LANG.sub(rf'\g<1>lang="{language}"', _OTHERS.sub("", html), count=1)
    html = html.replace("</head>", f"{head}</head>", 1)
    return _SCRIPT.sub(f'<script nonce="{nonce}"', html)


def policy(nonce: str) -> str:
    """The page's Content-Security-Policy: our own origin only, and no script or handler that is not ours.

    'unsafe-eval': Gradio compiles its HTML components' templates. Styles are inline in Gradio and in our bars.
    """
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'self' https://huggingface.co"
    )
