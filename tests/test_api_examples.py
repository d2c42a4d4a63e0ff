"""The OpenAPI document as a generator of clients reads it: whole examples that fit, names it can use, exact types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from rag.api import asking, documents
from rag.api.examples import EXAMPLE_AT, example_of
from rag.api.openapi import describe
from rag.errors import CODES
from tests.api_server import ScriptedApp

Json = dict[str, Any]
# The words of JSON Schema 2020-12 that are used.
WORDS = """
type properties title description anyOf oneOf items enum const default examples required additionalProperties minLength
maxLength minimum maximum minItems maxItems pattern format $ref prefixItems contentMediaType contentSchema discriminator
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return describe(ScriptedApp(tmp_path_factory.mktemp("examples")).api())


@pytest.fixture(scope="module")
def shapes(document: Json) -> Json:
    found: Json = document["components"]["schemas"]
    return found


def _problems(schema: Json, value: Any, document: Json) -> list[str]:
    whole = {**schema, "components": document["components"]}
    checker = OAS31Validator.FORMAT_CHECKER
    return [error.message for error in OAS31Validator(whole, format_checker=checker).iter_errors(value)]


def _contents(document: Json) -> Iterator[tuple[str, Json]]:
    """Every body that is sent or got as JSON."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json", {})
                if "schema" in content:
                    yield f"{method} {path} {status}", content


def _schemas(schema: Any, at: str) -> Iterator[tuple[str, Json]]:
    """It and every schema within."""
    yield at, schema
    for name, each in schema.get("properties", {}).items():
        yield from _schemas(each, f"{at}.{name}")
    for word in ("items", "additionalProperties", "contentSchema"):
        if isinstance(schema.get(word), dict):
            yield from _schemas(schema[word], at)
    for word in ("anyOf", "oneOf", "prefixItems"):
        for each in schema.get(word, []):
            yield from _schemas(each, at)


def test_every_object_has_a_whole_example_that_fits(document: Json, shapes: Json) -> None:
    described = 0
    for name, shape in shapes.items():
        if shape.get("type") == "object" and not name.startswith(("Envelope_", "Body_")):
            [example] = shape["examples"]
            assert not _problems({**shape, "examples": []}, example, document), name
            described += 1
    assert described > 100


def test_every_json_answer_has_an_example_that_fits(document: Json) -> None:
    answers = dict(_contents(document))
    for name, content in answers.items():
        values = [item["value"] for item in content.get("examples", {}).values()] or [content["example"]]
        for value in values:
            assert not _problems(content["schema"], value, document), name
    assert sum(name.endswith(" 200") for name in answers) > 60


def test_a_failure_of_one_route_does_not_hide_what_every_route_may_answer(document: Json) -> None:
    answers = dict(_contents(document))
    for path, methods in document["paths"].items():
        for method in methods:
            for status, code in ((401, "not_authenticated"), (422, "invalid_request"), (429, "rate_limited")):
                assert code in answers[f"{method} {path} {status}"]["examples"], (method, path)
    upload = answers["post /api/v1/docs/upload_file_async 422"]
    assert {"empty_document", "transcription_unavailable", "invalid_request"} <= set(upload["examples"])


def test_a_schema_says_nothing_that_generators_do_not_know(document: Json, shapes: Json) -> None:
    roots = list(shapes.items())
    for path, methods in document["paths"].items():
        for operation in methods.values():
            roots += [(f"{path} {each['name']}", each["schema"]) for each in operation.get("parameters", [])]
    for root, schema in roots:
        for at, each in _schemas(schema, root):
            assert set(each) <= set(WORDS.split()), at


def test_numbers_have_their_bounds_moments_their_format_and_codes_their_names(shapes: Json) -> None:
    passages = shapes["AskSettings"]["properties"]["passages"]["anyOf"][0]
    assert (passages["minimum"], passages["maximum"]) == (1, 50)
    limit = shapes["SearchBody"]["properties"]["limit"]["anyOf"][0]
    assert (limit["type"], limit["minimum"], limit["maximum"]) == ("integer", 1, 100)
    codes = moments = 0
    for root, shape in shapes.items():
        for name, schema in shape.get("properties", {}).items():
            kinds = [each for each in (schema, *schema.get("anyOf", [])) if each.get("type") == "string"]
            for kind in kinds:
                if name == "error_code":
                    assert set(kind["enum"]) == set(CODES), root
                    codes += 1
                if name in {"at", "since", "timestamp"} or name.endswith("_at"):
                    assert kind["format"] == "date-time", (root, name)
                    moments += 1
    assert codes >= 4
    assert moments > 30


def test_what_is_generated_has_names_to_call_it_by(document: Json, shapes: Json) -> None:
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert not [name for name in shapes if name.startswith("rag__") or "_api_v1_" in name]
    assert {asking.chat.__name__, documents.document.__name__} <= set(names)


def test_an_example_is_made_from_what_is_known_and_what_is_allowed() -> None:
    shapes = {"Page": {"type": "object", "title": "Page", "properties": {"page": {"type": "integer"}}}}
    made = example_of(
        {
            "type": "object",
            "properties": {
                "turn_id": {"type": "string"},
                "at": {"type": "string", "format": "date-time"},
                "status": {"enum": ["queued", "running"], "type": "string"},
                "kind": {"const": "x"},
                "pages": {"type": "array", "items": {"$ref": "#/components/schemas/Page"}},
                "span": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}]},
                "error": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
        },
        shapes,
    )
    assert made == {
        "turn_id": "turn_0193a1b2c3d4e5f6", "at": EXAMPLE_AT, "status": "queued", "kind": "x", "pages": [{"page": 7}],
        "span": [0.5, 0.5], "error": None,
    }  # fmt: skip
