"""What clients send about conversations and messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator, model_validator

from rag.api.bodies import CLIENT_KEY, MAX_DOCUMENTS, AskSettings, Id, Mode, Text, stripped_question
from rag.verbs.talk import MAX_DRAFT_CHARS, MAX_REASON_CHARS, MAX_TITLE_CHARS, Changes

Title = Annotated[Text, Field(min_length=1, max_length=MAX_TITLE_CHARS)]


def _example(**body: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


class NewConversation(BaseModel):
    """What to call it; its first question does otherwise."""

    model_config = _example(title="Annual report")

    title: Title | None = None


class ConversationChanges(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = _example(title="Annual report", state="archived")

    title: Title | None = None
    state: Literal["active", "archived"] | None = None
    archived: StrictBool | None = Field(None, description="The same as a switch; `state` goes before it.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.title is None and self.state is None and self.archived is None:
            raise ValueError("name a title, a state or both")
        return self

    @property
    def wanted_state(self) -> Literal["active", "archived"] | None:
        if self.state is not None or self.archived is None:
            return self.state
        return "archived" if self.archived else "active"


class Redo(BaseModel):
    """How to answer this time; what is left out stays as it was."""

    model_config = _example(model="extractive", search_mode="keyword")

    model: Annotated[Text, Field(max_length=200)] | None = Field(None, description="A name from `GET /models`.")
    search_mode: Mode | None = None
    documents: list[Id] | None = Field(None, max_length=MAX_DOCUMENTS, description="Empty: all you can read.")
    client_key: Id | None = Field(None, description=CLIENT_KEY)
    settings: AskSettings | None = None

    def to_changes(self) -> Changes:
        mode, chosen = self.search_mode, self.settings
        documents = None if self.documents is None else tuple(dict.fromkeys(self.documents))
        return Changes(
            model=self.model or None,
            search_mode="hybrid" if mode == "all" else mode,
            documents=() if mode == "all" else documents,
            passages=chosen.passages if chosen else None,
            settings=dict(chosen.model_extra or {}) if chosen and chosen.model_extra else None,
        )


class Edit(Redo):
    """The question as it should have been."""

    model_config = _example(question="What was the net revenue in 2021?")

    question: Text = Field(min_length=1, description="Stripped of surrounding space; its length is limited.")

    @field_validator("question")
    @classmethod
    def _strip(cls, question: str) -> str:
        return stripped_question(question)


class Reaction(BaseModel):
    """A thumb, and why. Null takes it back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"thumb": "down", "reason": "The quote is from the wrong year."}]}
    )

    thumb: Literal["up", "down"] | None = Field(description="Also accepted under the name `reaction`.")
    reason: Annotated[Text, Field(max_length=MAX_REASON_CHARS)] | None = ""

    @model_validator(mode="before")
    @classmethod
    def _other_name(cls, body: Any) -> Any:
        if isinstance(body, dict) and "thumb" not in body and "reaction" in body:
            return {**body, "thumb": body["reaction"]}
        return body


class Draft(BaseModel):
    """What was begun to be written."""

    model_config = _example(text="And how much of it was")

    text: Text = Field(max_length=MAX_DRAFT_CHARS)


class Typing(BaseModel):
    """Whether somebody is typing. It is forgotten after five seconds: say it again while it lasts."""

    model_config = _example(is_typing=True)

    is_typing: StrictBool | None = Field(True, description="Null: somebody is.")
    client_id: Id | None = Field(
        None, description="Which of your clients; told to the others. Yours as a whole without."
    )
