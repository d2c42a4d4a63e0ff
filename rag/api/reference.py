"""The OpenAPI document as one page to read: no scripts, nothing loaded from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any, Final

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1c1d21; --soft: #6b6f78; --paper: #fff; --tint: #f4f5f7; --accent: #3a5bd0 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e9ec; --soft: #9a9ea8; --paper: #16171a; --tint: #202227; --accent: #9db0ff }
}
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 56rem; padding: 2rem 1rem 6rem }
h1 { font-size: 1.7rem } h2 { margin-top: 3rem; font-size: 1.2rem; text-transform: capitalize }
a { color: var(--accent) } .soft { color: var(--soft) }
code, pre { font: 0.88em/1.5 ui-monospace, monospace }
pre { background: var(--tint); padding: .8rem 1rem; border-radius: .5rem; overflow-x: auto }
details { border-radius: .6rem; margin: .3rem 0; padding: .5rem .8rem }
details[open] { background: var(--tint) } details[open] pre { background: var(--paper) }
summary { cursor: pointer; display: flex; gap: .8rem; align-items: baseline; flex-wrap: wrap }
summary b { font: 600 .8rem ui-monospace, monospace; width: 4rem; color: var(--accent) }
table { border-collapse: collapse } td { padding: .15rem 1.2rem .15rem 0; vertical-align: top }
"""
Json = dict[str, Any]


def render(document: Json) -> str:
    """The page for an OpenAPI document."""
    info = document["info"]
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            entry = "".join(_operation(method, path, operation, document))
            by_tag.setdefault(operation.get("tags", ["other"])[0], []).append(entry)
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(entries)}" for tag, entries in by_tag.items())
    shapes = "".join(_shape(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style>"
        f"<h1>{escape(info['title'])} API <span class=soft>{escape(info['version'])}</span></h1>"
        f"{_paragraphs(info['description'])}<p><a href='v1/openapi.json'>openapi.json</a></p>"
        f"{sections}<h2>Shapes</h2>{shapes}</html>"
    )


def _operation(method: str, path: str, operation: Json, document: Json) -> Iterator[str]:
    yield f"<details><summary><b>{method.upper()}</b><code>{escape(path)}</code>"
    yield f"<span class=soft>{escape(operation.get('summary', ''))}</span></summary>"
    yield _paragraphs(operation.get("description", ""))
    if parameters := operation.get("parameters"):
        yield f"<table>{''.join(_parameter(parameter) for parameter in parameters)}</table>"
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body: <code>{escape(media_type)}</code> {_type(content['schema'])}</p>"
        yield _examples(_resolved(content["schema"], document))
    for status, response in operation["responses"].items():
        yield f"<p><b>{escape(status)}</b> {_paragraphs(response['description'], inline=True)} "
        for media_type, content in response.get("content", {}).items():
            yield f"<code>{escape(media_type)}</code> {_type(content.get('schema', {}))}</p>{_examples(content)}"
    yield "</details>"


def _parameter(parameter: Json) -> str:
    must = "required" if parameter.get("required") else "optional"
    return (
        f"<tr><td><code>{escape(parameter['name'])}</code><td class=soft>{escape(parameter['in'])}, {must}"
        f"<td>{_type(parameter['schema'])} {escape(parameter.get('description', ''))}"
    )


def _shape(name: str, schema: Json) -> str:
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    head = f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary>"
    return f"{head}<pre>{escape(text)}</pre></details>"


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"<a href='#{escape(name)}'>{escape(name)}</a>"
    if "contentSchema" in schema:
        return _type(schema["contentSchema"])
    if options := schema.get("anyOf"):
        return " or ".join(_type(option) for option in options)
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    return escape(str(schema.get("type", "")))


def _resolved(schema: Json, document: Json) -> Json:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = document["components"]["schemas"].get(name, schema)
    return found


def _examples(holder: Json) -> str:
    """The examples of a media type or a schema, in any of the forms the document has them."""
    found = holder.get("examples", [holder["example"]] if "example" in holder else [])
    values = [item["value"] for item in found.values()] if isinstance(found, dict) else found
    texts = (value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False) for value in values)
    return "".join(f"<pre>{escape(text)}</pre>" for text in texts)


def _paragraphs(text: str, *, inline: bool = False) -> str:
    """Markdown's paragraphs and code spans, nothing else."""
    pieces = text.strip().split("`")
    marked = "".join(
        f"<code>{escape(piece)}</code>" if number % 2 else escape(piece) for number, piece in enumerate(pieces)
    )
    return marked if inline else "".join(f"<p>{part}</p>" for part in marked.split("\n\n"))
