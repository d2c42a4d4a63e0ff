"""Three users do anything in any order: each sees their own, all of it, and nobody sees another's."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from rag.errors import RequestError
from rag.events import Done, Event, Token
from rag.model import Asking
from rag.turns import Turns
from rag.verbs.talk import Changes, Talk
from store import conversations, documents, messages, reactions, states, turns, versions
from store.database import Database
from store.errors import NotFound
from store.turns import Turn
from tests.talks import check_search_index

USERS = ("u_ann", "u_bob", "u_cid")
STATES: tuple[conversations.State, ...] = ("active", "archived", "trash")


def _answer(turn: Turn, stop: Flag) -> Iterator[Event]:
    """Holds a word that only this user's answers hold."""
    yield Token(f"walrus of{turn.owner.replace('_', '')} {turn.asking['question']}")
    yield Done(turn.message_id, turn.asking["model"] or "m")


@dataclass(slots=True)
class Expected:
    """What one conversation is to be like."""

    owner: str
    state: str = "active"
    before: str = "active"
    title: str = ""
    draft: str = ""
    thumbs: dict[str, str] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)


class ThreeUsers(RuleBasedStateMachine):
    talks = Bundle("talks")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database.open(Path(self.folder.name) / "folio.db")
        self.turns = Turns(self.database, _answer)
        self.talk = Talk(self.database, self.turns, lambda user_id, asking: None)
        self.expected: dict[str, Expected] = {}
        self.gone: set[str] = set()

    def teardown(self) -> None:
        check_search_index(self.database)
        self.turns.close()
        self.database.close()
        self.folder.cleanup()

    def ended(self, turn: Turn) -> Turn:
        with closing(self.turns.follow(turn.id)) as events:
            assert [each for each in events if each is not None][-1].is_terminal
        return turn

    @initialize(target=talks)
    def everybody_has_one(self) -> object:
        return multiple(*(self.ask(user, "first") for user in USERS))

    @rule(target=talks, user=st.sampled_from(USERS), question=st.sampled_from(["one", "two walrus", "Ünï 🙂"]))
    def ask(self, user: str, question: str) -> str:
        turn = self.ended(self.turns.start(user, Asking(question)))
        self.expected[turn.conversation_id] = Expected(user, title=question, turns=[turn])
        return turn.conversation_id

    @rule(where=talks, user=st.sampled_from(USERS))
    def go_on(self, where: str, user: str) -> None:
        expected = self.expected.get(where)
        asking = Asking("and then", conversation_id=where)
        if expected is None or expected.owner != user or expected.state == "trash":
            with pytest.raises(RequestError) as refused:
                self.turns.start(user, asking)
            assert refused.value.code == "not_found"
            return
        turn = self.ended(self.turns.start(user, asking))
        expected.turns.append(turn)
        expected.state, expected.draft = "active", ""

    @rule(where=talks, user=st.sampled_from(USERS), again=st.booleans(), at=st.integers(0, 9))
    def make_a_version(self, where: str, user: str, again: bool, at: int) -> None:
        expected = self.expected.get(where)
        if expected is None:
            return
        old = expected.turns[at % len(expected.turns)]

        def make() -> Turn:
            if again:
                return self.talk.regenerate(user, old.message_id, Changes(model="other"))
            return self.talk.edit(user, old.question_id, "edited")

        if expected.owner != user or expected.state == "trash":
            with pytest.raises(RequestError):
                make()
            return
        turn = self.ended(make())
        expected.turns.append(turn)
        expected.state, expected.draft = "active", ""
        shown = messages.branch(self.database, user, where)
        assert shown[-1].id == turn.message_id
        siblings = versions.of_branch(self.database, user, where)
        assert old.message_id in siblings[turn.message_id] if again else old.question_id in siblings[turn.question_id]

    @rule(where=talks, user=st.sampled_from(USERS), at=st.integers(0, 9))
    def step_to(self, where: str, user: str, at: int) -> None:
        expected = self.expected.get(where)
        if expected is None:
            return
        turn = expected.turns[at % len(expected.turns)]
        if self.refused(expected, user, lambda: self.talk.show(user, turn.message_id)):
            return
        assert turn.message_id in [message.id for message in messages.branch(self.database, user, where)]

    @rule(
        where=talks,
        user=st.sampled_from(USERS),
        move=st.sampled_from(["archive", "unarchive", "trash", "restore", "draft", "rename", "judge"]),
    )
    def change(self, where: str, user: str, move: str) -> None:
        expected = self.expected.get(where)
        if expected is None:
            return
        in_trash = expected.state == "trash"
        judged = expected.turns[-1].message_id
        verbs: dict[str, Callable[[], object]] = {
            "archive": lambda: self.talk.archive(user, where),
            "unarchive": lambda: self.talk.unarchive(user, where),
            "trash": lambda: self.talk.trash(user, where),
            "restore": lambda: self.talk.restore(user, where),
            "draft": lambda: self.talk.save_draft(user, where, f"draft of {user}"),
            "rename": lambda: self.talk.rename(user, where, f"name by {user}"),
            "judge": lambda: self.talk.react(user, judged, "down", "why"),
        }
        if in_trash and expected.owner == user and move in {"archive", "unarchive"}:
            with pytest.raises(RequestError):
                verbs[move]()
        elif not self.refused(expected, user, verbs[move]):
            self.note(expected, move, judged)

    def note(self, expected: Expected, move: str, judged: str) -> None:
        match move:
            case "archive":
                expected.state = "archived"
            case "unarchive":
                expected.state = "active"
            case "trash" if expected.state != "trash":
                expected.before, expected.state = expected.state, "trash"
            case "restore" if expected.state == "trash":
                expected.state = expected.before
            case "draft":
                expected.draft = f"draft of {expected.owner}"
            case "rename":
                expected.title = f"name by {expected.owner}"
            case "judge":
                expected.thumbs[judged] = "down"

    @rule(where=consumes(talks), user=st.sampled_from(USERS))
    def delete(self, where: str, user: str) -> None:
        expected = self.expected[where]
        if expected.state == "trash" and expected.owner == user:
            self.talk.delete(user, where)
            self.gone.add(where)
            del self.expected[where]
        else:
            with pytest.raises(RequestError):
                self.talk.delete(user, where)

    def refused(self, expected: Expected, user: str, verb: Callable[[], object]) -> bool:
        """Does it, unless it is another's: then it does not exist."""
        if expected.owner == user:
            verb()
            return False
        with pytest.raises(RequestError) as refused:
            verb()
        assert refused.value.code == "not_found"
        return True

    @invariant()
    def everybody_sees_their_own(self) -> None:
        for user in USERS:
            own = {where: each for where, each in self.expected.items() if each.owner == user}
            for state in STATES:
                listed = conversations.list_page(self.database, user, state=state, limit=1_000)
                assert {each.id for each in listed} == {where for where, each in own.items() if each.state == state}
                assert all(each.title == own[each.id].title for each in listed)
            counts = states.counts(self.database, user)
            assert counts.total == len(own)
            found = self.talk.search(user, "walrus", limit=100, where=STATES)
            assert {each.conversation.id for each in found} == set(own)
            for other in USERS:
                assert bool(self.talk.search(user, f"of{other.replace('_', '')}", where=STATES)) == (
                    other == user and bool(own)
                )
            exported = {record["message_id"] for record in reactions.export(self.database, user)}
            assert exported == {message for each in own.values() for message in each.thumbs}

    @invariant()
    def nobody_reads_anothers(self) -> None:
        for where, expected in list(self.expected.items())[-2:]:
            turn = expected.turns[-1]
            for user in USERS:
                readers: tuple[Callable[[], object], ...] = (
                    lambda where=where, user=user: conversations.get(self.database, user, where),  # type: ignore[misc]
                    lambda where=where, user=user: states.draft(self.database, user, where),  # type: ignore[misc]
                    lambda turn=turn, user=user: turns.get(self.database, user, turn.id),  # type: ignore[misc]
                    lambda turn=turn, user=user: messages.get(self.database, user, turn.message_id),  # type: ignore[misc]
                )
                if user == expected.owner:
                    assert [read() for read in readers][1] == expected.draft
                    continue
                for read in readers:
                    with pytest.raises(NotFound):
                        read()
                assert messages.branch(self.database, user, where) == []
                assert reactions.of_conversation(self.database, user, where) == {}
        assert documents.list_readable(self.database, "u_ann") == []


TestThreeUsers = ThreeUsers.TestCase
TestThreeUsers.settings = settings(
    max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
