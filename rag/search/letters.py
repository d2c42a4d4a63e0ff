"""The letters of old print as they are written today: for what is compared, never for what is shown. Pure."""

from __future__ import annotations

from typing import Final

_LONG_S: Final = "ſ"
_E_ABOVE: Final = "\u0364"  # on a vowel: its umlaut
_DIAERESIS: Final = "\u0308"


def todays(text: str) -> str:
    """A long s is an s, an e above a vowel its two dots (as combining marks): "Aufklaͤrung iſt" is "Aufklärung ist"."""
    return text if text.isascii() else text.replace(_LONG_S, "s").replace(_E_ABOVE, _DIAERESIS)
