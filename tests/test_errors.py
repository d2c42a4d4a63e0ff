"""The error tree: every code belongs to one class, has a status and a way on, and crosses the border of a process."""

from __future__ import annotations

import pickle

import pytest

from rag.errors import CODES, DocumentError, FolioError, InternalError, ModelError, RequestError, SearchError

CLASSES = (DocumentError, SearchError, ModelError, RequestError, InternalError)


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_one_classes_own_and_says_what_to_do(code: str) -> None:
    (owner,) = [kind for kind in CLASSES if code in kind.codes]
    error = owner(code, "It did not work.", {"pages": 3})
    assert 400 <= error.http_status < 600
    assert error.way_on.endswith(".")
    assert isinstance(error.retryable, bool)
    assert (str(error), error.message) == ("It did not work.", "It did not work.")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is owner
    assert (copy.code, copy.message, copy.details) == (code, "It did not work.", {"pages": 3})


def test_codes_are_few_and_no_class_takes_anothers() -> None:
    assert len(CODES) <= 25
    assert sum(len(kind.codes) for kind in CLASSES) == len(CODES)
    assert FolioError.codes == set(CODES)
    with pytest.raises(ValueError, match="not a code of ModelError"):
        ModelError("not_found", "It did not work.")
    with pytest.raises(ValueError, match="not a code"):
        FolioError("made_up", "It did not work.")


def test_the_docstring_draws_every_code() -> None:
    import rag.errors  # noqa: PLC0415 -- for its docstring

    assert rag.errors.__doc__ is not None
    assert [code for code in CODES if code not in rag.errors.__doc__] == []


def test_details_are_a_copy() -> None:
    details = {"pages": 3}
    error = DocumentError("too_many_pages", "It has 3 pages.", details)
    details["pages"] = 4
    assert error.details == {"pages": 3}
