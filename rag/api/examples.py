"""Examples for the OpenAPI document: a whole one for every described object, put together from its schema and from what
stands here for each field's name, as a name means the same everywhere. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

EXAMPLE_AT: Final = "2026-11-20T13:00:00.123Z"
_QUOTE = "Net revenue was $4.2 billion"
_SENTENCE = f"{_QUOTE} in 2022, after $3.9 billion in 2021."
_FIELDS: Final[Mapping[str, Any]] = {
    # ids
    "turn_id": "turn_0193a1b2c3d4e5f6", "conversation_id": "conv_0193a1b2c3d4e5f6", "task_id": "task_0193a1b2c3d4e5f6",
    "message_id": "msg_0193a1b2c3d4e5f6", "parent_id": "msg_0193a1b2c3d4e5f5", "user_id": "u_0193a1b2c3d4e5f6",
    "document_id": "doc_0193a1b2c3d4e5f6", "passage_id": "doc_0193a1b2c3d4e5f6:9", "run_id": "run_0193a1b2c3d4e5f6",
    "client_id": "client_0193a1b2c3d4e5f6", "session_id": "turn_0193a1b2c3d4e5f6.aw2Hkw.y9CZLrbjMGEfCf8G",
    "id": "0193a1b2c3d4e5f6", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    # documents and tasks
    "name": "annual-report.pdf", "document": "annual-report.pdf", "media_type": "application/pdf", "bytes": 182_044,
    "pages": 9, "page": 7, "passages": 12, "keyword_points": 12, "dense_points": 12, "characters": 9_045,
    "ocr_pages": 0, "position": 0, "current_step": "completed", "progress_percentage": 100.0, "upload_progress": 100.0,
    "extraction_progress": 100.0, "chunking_progress": 100.0, "vectorization_progress": 100.0,
    "ocr_confidence": 94.5, "warnings": [], "extensions": [".pdf"], "file": "%PDF-1.4", "files": ["%PDF-1.4"],
    # answers and what they rest on
    "question": "What was the net revenue in 2022?", "query": "What was the net revenue in 2022?",
    "answer": f"{_QUOTE} [1].", "text": _SENTENCE, "snippet": _SENTENCE, "sentence": _SENTENCE, "quote": _QUOTE,
    "heading": "Revenue", "title": "Net revenue", "similarity": 1.0, "offset": 28, "start": 0, "end": 32,
    "numbers": [1], "boxes": [[0.12, 0.56, 0.5, 0.57]], "fused": 5.4, "score": 5.4, "seconds": None, "reranked": None,
    "model": "extractive", "plan": "free", "plans": [], "detail": "8 passages from 3 documents", "elapsed_ms": 8.1,
    "eta_s": 0.0, "reason": "The quote is from the wrong year.", "search_mode": "hybrid", "settings": {}, "steps": [],
    "usage": {"input_tokens": 1_888, "output_tokens": 53, "total_tokens": 1_941}, "title_marks": [[0, 3]],
    "timings": {"search_ms": 4.6, "first_token_ms": 55.4, "total_ms": 1_362.3}, "marks": [[0, 3]], "policy": "searched",
    # errors, people, the rest
    "error_code": "model_timeout", "message": "The model did not answer in time. Try again, or choose another.",
    "details": {}, "reply_to": "chat_message", "email": "ada@example.org", "username": "ada",
    "token": "ft_I0yTAlbftOnH5M0B4PWx", "prefix": "ft_I0yTA", "version": "0.1.0", "versions": {"python": "3.11.7"},
    "note": "", "notes": [], "expected": "4.2 billion", "closest": _QUOTE, "decision": "searched", "measures": {},
    "metadata": {}, "after": 12, "error": None, "cached": False,
}  # fmt: skip
_BY_CLASS: Final[Mapping[str, Json]] = {
    "Task": {"status": "completed"}, "TaskEvent": {"status": "completed", "seq": 1_795_307_486_015},
    "Document": {"status": "ready"}, "Message": {"role": "assistant", "status": "complete"},
    "Trace": {"status": "complete"}, "RunEvent": {"seq": 1_795_307_486_015}, "TokenEvent": {"text": f"{_QUOTE} "},
    "ErrorFrame": {"error_code": "conflict", "message": "An answer is still being written in this conversation.",
                   "retryable": True},
    "StepEvent": {"status": "finished"}, "Hit": {"pages": [7]}, "Health": {"status": "degraded"},
}  # fmt: skip
_PLAIN: Final[Mapping[str, Any]] = {
    "string": "text", "integer": 1, "number": 0.5, "boolean": True, "object": {}, "array": [], "null": None,
}  # fmt: skip
_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list,
    "null": type(None),
}  # fmt: skip


def complete(document: Json) -> None:
    """Gives every described object, and every JSON answer of a route, an example where it has none."""
    shapes: Mapping[str, Json] = document["components"]["schemas"]
    for name, shape in shapes.items():
        if shape.get("type") == "object" and "properties" in shape and not name.startswith(("Envelope_", "Body_")):
            shape.setdefault("examples", [example_of(shape, shapes, of_class=name)])
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation["responses"].get("200", {}).get("content", {}).get("application/json")
            if content and "schema" in content and "example" not in content:
                content["example"] = example_of(content["schema"], shapes)


def example_of(schema: Json, shapes: Mapping[str, Json], name: str = "", of_class: str = "") -> Any:
    """A value that fits `schema`. `shapes`: the components by name. `name`: of the field it is for."""
    own = _BY_CLASS.get(of_class, {}).get(name)
    if own is not None:
        return own
    if "$ref" in schema:
        referred = schema["$ref"].rpartition("/")[2]
        return example_of(shapes[referred], shapes, of_class=referred)
    if "examples" in schema:
        return schema["examples"][0]
    for fixed in ("const", "default"):
        if schema.get(fixed) is not None:
            return schema[fixed]
    known = _FIELDS.get(name)
    if (name in _FIELDS and _fits(known, schema)) or known in schema.get("enum", []):
        return known
    return schema["enum"][0] if "enum" in schema else _made(schema, shapes, name, of_class)


def _fits(value: Any, schema: Json) -> bool:
    """Whether it is of the schema's kind; those of fields are within its bounds."""
    if "anyOf" in schema:
        return any(_fits(value, choice) for choice in schema["anyOf"])
    kind = _KINDS.get(schema.get("type", ""))
    return kind is not None and isinstance(value, kind) and "enum" not in schema and "format" not in schema


def _made(schema: Json, shapes: Mapping[str, Json], name: str, of_class: str) -> Any:
    for choices in (schema.get("anyOf"), schema.get("oneOf")):
        if choices:
            return example_of(choices[0], shapes, name, of_class)
    if schema.get("format") == "date-time":
        return EXAMPLE_AT
    match schema.get("type"):
        case "object" if "properties" in schema:
            shape = of_class or schema.get("title", "")
            return {field: example_of(each, shapes, field, shape) for field, each in schema["properties"].items()}
        case "array" if "prefixItems" in schema:
            return [example_of(each, shapes, name) for each in schema["prefixItems"]]
        case "array" if "items" in schema:
            return [example_of(schema["items"], shapes, name)]
        case kind:
            return _PLAIN.get(kind or "")
