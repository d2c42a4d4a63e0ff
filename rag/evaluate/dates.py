"""A date as others would write it: a spreadsheet's "2025-03-31" is "31 March 2025" in an answer. Pure."""

from __future__ import annotations

import datetime
import re

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]0{1,2}:00(?::00)?)?")
_POINTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_ENGLISH = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_GERMAN = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)


def spellings(text: str) -> list[str]:
    """The usual ways to write a date that is given in figures; of anything else none."""
    iso, pointed = _ISO.fullmatch(text.strip()), _POINTED.fullmatch(text.strip())
    if iso is not None:
        year, month, day = map(int, iso.groups())
    elif pointed is not None:
        day, month, year = map(int, pointed.groups())
    else:
        return []
    try:
        date = datetime.date(year, month, day)
    except ValueError:
        return []
    english, german = _ENGLISH[month - 1], _GERMAN[month - 1]
    return [
        date.isoformat(), f"{day} {english} {year}", f"{english} {day}, {year}", f"{day} {english[:3]} {year}",
        f"{english[:3]} {day}, {year}", f"{day}. {german} {year}",
        f"{day:02}.{month:02}.{year}", f"{day}.{month}.{year}",
    ]  # fmt: skip
