"""What clients send: request bodies with their limits, and how a body becomes an Asking."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    field_validator,
    model_validator,
)

from rag.errors import RequestError
from rag.model import Asking, SearchMode
from rag.settings import Settings

MAX_JSON_BYTES = 1024 * 1024
MAX_DOCUMENTS = 1_000
MAX_SETTINGS = 30
MAX_SETTING_CHARS = 1_000
MAX_NUMBER = 2**53


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold a NUL character")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must be well-formed Unicode (it holds a lone surrogate)")
    return text


def _untyped(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("must be a whole number")  # noqa: TRY004 -- what pydantic takes for a refusal
    return value


Text = Annotated[str, AfterValidator(_storable)]
Id = Annotated[Text, Field(min_length=1, max_length=100)]
OptionalId = Annotated[Text, Field(max_length=100)]  # a form's empty field is no field
WHOLE = BeforeValidator(_untyped)  # true is not 1, and "8" is not 8; after the bounds, or they are not described
CLIENT_KEY = "The same key sent twice starts one turn, which is told again as it was: ask anew with a new key."
Mode = Literal["hybrid", "keyword", "semantic", "document", "none", "all"]


class AskSettings(BaseModel):
    """How to answer. Settings that are not known here are kept with the answer."""

    model_config = ConfigDict(extra="allow")

    passages: Annotated[int, Field(ge=1, le=50), WHOLE] | None = Field(
        None, description="How many passages reach the prompt.", examples=[8]
    )

    @model_validator(mode="after")
    def _check_others(self) -> Self:
        others = self.model_extra or {}
        if len(others) > MAX_SETTINGS:
            raise ValueError(f"at most {MAX_SETTINGS} settings")
        for name, value in others.items():
            if len(_storable(name)) > MAX_SETTING_CHARS or not _is_plain(value):
                raise ValueError(f"{name[:40]} must be short text, a finite number, true, false or null")
        return self


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(_storable(value)) <= MAX_SETTING_CHARS
    if isinstance(value, int):
        return abs(value) <= MAX_NUMBER
    return value is None or (isinstance(value, float) and math.isfinite(value))


def stripped_question(question: str) -> str:
    """Without the space around it. Raises ValueError when nothing is left."""
    stripped = question.strip()
    if not stripped:
        raise ValueError("must hold a question, not only spaces")
    return stripped


def check_length(question: str, settings: Settings) -> None:
    """Raises RequestError(invalid_request) for a question that is too long, with the figures."""
    length, limit = len(question), settings.max_question_chars
    if length > limit:
        raise RequestError(
            "invalid_request",
            f"The question is {length:,} characters long; at most {limit:,} are allowed.",
            {
                "fields": [{"field": "question", "problem": "too long"}],
                "characters": length,
                "max_characters": limit,
            },
        )


class AskBody(BaseModel):
    """A question, and what it is asked of."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "What was the net revenue in 2022?", "search_mode": "hybrid"}]}
    )

    question: Text = Field(
        min_length=1, description="Stripped of surrounding space; its length is limited (see `details` of the error)."
    )
    conversation_id: Id | None = Field(None, description="The conversation it continues; a new one is made without it.")
    model: Annotated[Text, Field(max_length=200)] | None = Field(None, description="A name from `GET /models`.")
    search_mode: Mode | None = Field(
        None, description="`hybrid` unless the address says otherwise; `all` is `hybrid` over all documents."
    )
    documents: list[Id] | None = Field(
        None, max_length=MAX_DOCUMENTS, description="Only these documents; without it, or empty: all you can read."
    )
    client_key: Id | None = Field(None, description=CLIENT_KEY)
    use_cache: StrictBool | None = Field(True, description="Whether an answer from the cache will do; null: it will.")
    settings: AskSettings | None = None

    @field_validator("question")
    @classmethod
    def _strip(cls, question: str) -> str:
        return stripped_question(question)

    def to_asking(self, settings: Settings, default_mode: SearchMode = "hybrid") -> Asking:
        """The body as every door passes it on. Raises RequestError(invalid_request) for a question that is too long."""
        check_length(self.question, settings)
        wanted = self.search_mode or default_mode
        chosen = self.settings or AskSettings(passages=None)
        return Asking(
            question=self.question,
            conversation_id=self.conversation_id,
            model=self.model or None,
            search_mode="hybrid" if wanted == "all" else wanted,
            documents=None if wanted == "all" or not self.documents else tuple(dict.fromkeys(self.documents)),
            passages=chosen.passages or settings.passages,
            client_key=self.client_key,
            use_cache=self.use_cache is not False,
            settings=dict(chosen.model_extra or {}),
        )


class SearchBody(AskBody):
    """A question whose hits are wanted, not an answer."""

    limit: Annotated[int, Field(ge=1, le=100), WHOLE] | None = Field(
        None, description="How many hits; the setting `passages` without it."
    )
