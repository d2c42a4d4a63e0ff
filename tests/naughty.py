"""Texts that have broken pages elsewhere: markup, scripts, templates, control characters, odd scripts, paths, numbers.

BIG_LIST is the Big List of Naughty Strings, as it was published (naughty_strings.json says where, and its licence);
OWN are ours: what this page draws itself (citations, Markdown, its own attributes). NAUGHTY is every text of both.
None holds a lone surrogate or NUL: the API refuses those.
"""

# ruff: noqa: E501 -- texts stay in one piece

from __future__ import annotations

import json
from pathlib import Path

_MARKUP = (
    "<script>alert(1)</script>", "<ScRiPt>alert(1)</sCrIpT>", "<<script>script>alert(1)</script>",
    "</textarea><script>alert(1)</script>", "</template><img src=x onerror=alert(1)>", "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "<img src='https://elsewhere.example/x.png'>", "<svg/onload=alert(1)>",
    "<iframe src='https://elsewhere.example'></iframe>", "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='https://elsewhere.example/x'></object>", "<link rel=stylesheet href='https://elsewhere.example/x'>",
    "<style>*{display:none}</style>", "<style>@import 'https://elsewhere.example/x.css';</style>",
    "<base href='https://elsewhere.example/'>", "<meta http-equiv=refresh content='0;url=https://elsewhere.example'>",
    "<form action='https://elsewhere.example'><button>go</button></form>", "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)></video>", "<math><a href=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>click</a>", "[click](javascript:alert(1))", "[x](data:text/html,<script>1</script>)",
    "![x](https://elsewhere.example/y.png)", "![x][ref]\n\n[ref]: https://elsewhere.example/z.png",
    "<https://elsewhere.example>", "[x](<javascript:alert(1)> 'title')", "`<img src=x onerror=alert(1)>`",
    "```html\n<script>alert(1)</script>\n```", "| <script>alert(1)</script> | b |\n|---|---|\n| <img src=x> | 2 |",
    '" onmouseover="alert(1)', "' onmouseover='alert(1)", '" data-act="stop" data-x="', "`onerror=alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)&#60;/script&#62;", "&amp;lt;b&amp;gt;", "&nbsp;",
    "<!-- comment --!><script>alert(1)</script>", "<![CDATA[<script>alert(1)</script>]]>", "<?xml version='1.0'?>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
)  # fmt: skip
_CODE = (
    "{{7*7}}", "{{ config }}", "{% raw %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%s%s%n%x", "{0}{name}", "$(touch x)",
    "`touch x`", "; rm -rf x", "| cat", "&& ls", "../../../../etc/passwd", "..\\..\\windows\\win.ini", "C:\\con\\aux",
    "file:///etc/passwd", "CON", "LPT1", "1; DROP TABLE messages", "' OR '1'='1", '"; DELETE FROM turns; --',
    "NEAR(a b)", "title : x*", "a AND", '"', "undefined", "null", "None", "nil", "true", "NaN", "Infinity", "-0", "1e400",
    "0x10", "1/0", "9" * 60,
)  # fmt: skip
_CHARACTERS = (
    " ", "\t", "\n\n\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\ufeff", "\u200b\u200c\u200d\u2060", "\u00ad" * 5,
    "\u202eright to left override\u202c", "\u2066isolated\u2069", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628",
    "\u90e8\u843d\u683c", "\uc6b8\ub780\ubc14\ud1a0\ub974", "\u3072\u3089\u304c\u306a", "\u0e20\u0e32\u0e29\u0e32",
    "\u0939\u093f\u0928\u094d\u0926\u0940", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u0130stanbul \u0131", "\ufb01 \ufb03",
    "\u2126 \u03a9 \u212a K", "e\u0301 \u00e9", "\uff46\uff55\uff4c\uff4c", "\U0001d54c\U0001d55f", "\U0002070e\U00020731",
    "\U0001f600\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd" * 20, "\ue0000\ue001", "\ue0001\ue001", "\ufffd\ufffe",
    "a\u0300" * 100, "\x07\x1b[31mred\x1b[0m", "\x7f\x80\x85", "\u2028\u2029",
)  # fmt: skip
_MARKDOWN = (
    "[1]", '[1: "quote"]', "[999]", "\u30101\u3011", "[1", "1]", "[[1]]", "[1, 2-3]", '[1: "', "\\[1\\]", "[^1]", "[ ](x)",
    "**", "****", "__", "~~", "`", "``", "```", "# ", "> ", "- ", "1. ", "---", "***", "\\", "* * *", "|", "||", ":---:",
    "**unclosed", "`unclosed", "[unclosed](", "<unclosed", "&unclosed", '"unclosed', "x" * 400, "<" * 200, "[" * 200,
    ">" * 60, "*" * 200, "_a" * 100, "-" * 200, "&" * 100,
)  # fmt: skip
_GRADIO = (
    '__i18n__{"key":"common.submit"}', "__i18n__{}", "common.submit", '{"__type__": "update"}', "${value}", "{{value}}",
)  # fmt: skip
OWN = (*_MARKUP, *_CODE, *_CHARACTERS, *_MARKDOWN, *_GRADIO)
BIG_LIST = tuple(json.loads(Path(__file__).with_name("naughty_strings.json").read_text(encoding="utf-8"))["strings"])
NAUGHTY = tuple(dict.fromkeys((*BIG_LIST, *OWN)))
