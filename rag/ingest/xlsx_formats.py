"""A number of a spreadsheet as its format shows it (ECMA-376 part 1, 18.8.30 and 18.8.31). Pure.

Dates come out as ISO 8601 unless the format spells the month; numbers with their decimals, thousands, per cent and
currency. What a format leaves open (widths, colours, locale) stays out.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from importlib import import_module

_QUOTED = re.compile(r"\"([^\"]*)\"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.")
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_PLACES = re.compile(r"[#0?](?:[#0?,.]*[#0?.])?(,*)(?:E[+-]?[#0?]+)?", re.IGNORECASE)
_DATE_TOKEN = re.compile(r"am/pm|a/p|y+|m+|d+|h+|s+(?:\.0+)?|.", re.IGNORECASE)
_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_EXACT = 1e15


def shown(value: float, code: str, *, epoch_1904: bool = False) -> str:
    """`value` in the format `code` ("General" and "" for none)."""
    sections = code.split(";")
    section = sections[0]
    if value < 0 and len(sections) > 1 and sections[1].strip():
        section, value = sections[1], -value
    elif value == 0 and len(sections) > 2 and sections[2].strip():
        section = sections[2]
    bare = _QUOTED.sub("", section)
    if section.strip().casefold() in {"", "general", "@"} or ("/" in bare and "?" in bare):
        return general(value)
    if _ELAPSED.search(section):
        return _elapsed(value)
    if _DATE_LETTERS.search(re.sub(r"general|e[+-]", "", bare, flags=re.IGNORECASE)):
        return _date(value, section, epoch_1904)
    return _number(value, section)


def general(value: float) -> str:
    """The stored number, without digits that only binary fractions have."""
    if value == int(value) and abs(value) < _EXACT:
        return str(int(value))
    return format(value, ".15g")


def _number(value: float, section: str) -> str:
    literal = _literals(section)
    places = _PLACES.search(literal)
    if places is None:
        return literal.strip() or general(value)
    pattern = places[0].rstrip(",")
    if "e" in pattern.casefold():
        decimals = len(pattern.casefold().partition("e")[0].partition(".")[2])
        digits = f"{value:.{decimals}E}"
    else:
        scaled = Decimal(repr(value)) / 1000 ** len(places[1]) * (100 if "%" in literal else 1)
        digits = _rounded(scaled, pattern)
    text = literal[: places.start()] + digits + literal[places.end() :]
    return text.replace("- ", "-").strip()


def _literals(section: str) -> str:
    """The section with its quoted and escaped characters bare and everything that only places them gone."""
    return _QUOTED.sub(lambda found: found[1] or found[2] or found[3] or "", section)


def _rounded(value: Decimal, pattern: str) -> str:
    whole, _, fraction = pattern.partition(".")
    try:
        rounded = value.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    except InvalidOperation:
        return general(float(value))
    text = f"{rounded:,f}" if "," in whole else f"{rounded:f}"
    optional = len(fraction) - len(fraction.rstrip("#?"))
    if optional:
        kept, _, decimals = text.partition(".")
        needed = len(fraction) - optional
        decimals = decimals[:needed] + decimals[needed:].rstrip("0")
        text = f"{kept}.{decimals}" if decimals else kept
    zeros = whole.replace(",", "").count("0")
    return text.zfill(zeros) if zeros > 1 and "," not in whole and "." not in text else text


def _elapsed(value: float) -> str:
    seconds = round(value * 86_400)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}" + (f":{seconds % 60:02d}" if seconds % 60 else "")


def _date(value: float, section: str, epoch_1904: bool) -> str:
    moment = _moment(value, epoch_1904)
    if moment is None:
        return general(value)
    kinds = _kinds(section)
    if "month name" in kinds:
        return _spelled(moment, section)
    parts = []
    if kinds & {"y", "d"}:
        parts.append(moment.date().isoformat())
    elif "m" in kinds and "h" not in kinds and "s" not in kinds:
        parts.append(f"{moment:%Y-%m}")
    if kinds & {"h", "s"}:
        parts.append(f"{moment:%H:%M:%S}" if "s" in kinds else f"{moment:%H:%M}")
    return " ".join(parts)


def _moment(value: float, epoch_1904: bool) -> datetime.datetime | None:
    """A serial number -> date and time, to the second; None for one that no calendar has."""
    dates = import_module("openpyxl.utils.datetime")
    epoch = dates.MAC_EPOCH if epoch_1904 else dates.WINDOWS_EPOCH
    if not 0 <= value < 2_958_466:  # the year 10000
        return None
    if not epoch_1904 and value < 60:  # Lotus believed in the 29th of February 1900
        value += 1
    moment: datetime.datetime = epoch + datetime.timedelta(seconds=round(value * 86_400))
    return moment


@lru_cache(maxsize=500)
def _kinds(section: str) -> frozenset[str]:
    """The first letters of the date tokens in a format, and "month name" when it spells the month."""
    tokens = [token.casefold() for token in _DATE_TOKEN.findall(_QUOTED.sub("", section)) if token.isalpha()]
    return frozenset(token[0] for token in tokens) | ({"month name"} if any("mmm" in t for t in tokens) else set())


def _spelled(moment: datetime.datetime, section: str) -> str:
    """The date in the format's own order and words."""
    noon = any(token.casefold() in {"am/pm", "a/p"} for token in _DATE_TOKEN.findall(section))
    hour = moment.hour % 12 or 12 if noon else moment.hour
    text, after_hour = "", False
    for token in _DATE_TOKEN.findall(_literals(section).rstrip("@").rstrip()):
        low = token.casefold()
        told = _TOKENS.get(low)
        shown_ = token if told is None else told(moment)
        if low in {"h", "hh"}:
            shown_ = f"{hour:0{len(low)}d}"
        elif low in {"m", "mm"} and after_hour:
            shown_ = f"{moment.minute:02d}"
        after_hour = low in {"h", "hh"} or (after_hour and not low.isalpha())
        text += shown_
    return text.strip()


_TOKENS: dict[str, Callable[[datetime.datetime], str]] = {
    "yyyy": lambda at: f"{at.year:04d}",
    "yyy": lambda at: f"{at.year:04d}",
    "yy": lambda at: f"{at.year % 100:02d}",
    "y": lambda at: f"{at.year % 100:02d}",
    "mmmmm": lambda at: _MONTHS[at.month - 1][0],
    "mmmm": lambda at: _MONTHS[at.month - 1],
    "mmm": lambda at: _MONTHS[at.month - 1][:3],
    "mm": lambda at: f"{at.month:02d}",
    "m": lambda at: str(at.month),
    "dddd": lambda at: _DAYS[at.weekday()],
    "ddd": lambda at: _DAYS[at.weekday()][:3],
    "dd": lambda at: f"{at.day:02d}",
    "d": lambda at: str(at.day),
    "ss": lambda at: f"{at.second:02d}",
    "s": lambda at: str(at.second),
    "am/pm": lambda at: "AM" if at.hour < 12 else "PM",
    "a/p": lambda at: "A" if at.hour < 12 else "P",
}
