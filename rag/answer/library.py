"""Questions about the library itself ("what documents do I have?", "welche Rechnungen gibt es?"). Pure.

No passage answers them: the list of documents does, and there is nothing to search for or to cite.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from rag.answer.replies import reply
from rag.search.naming import NamedDocument
from rag.search.texts import readable_name

MAX_LISTED = 60
_ALL = r"documents?|docs|files?|uploads?|sources?|dokumente?|dateien|datei|unterlagen|quellen"
# Kinds of documents: how they are asked for -> what a name or a title has of them, or how a file of the kind ends.
_KINDS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (r"invoices?|bills|rechnung(?:en)?|factures?", ("invoice", "rechnung", "facture"), ()),
    (r"contracts?|agreements?|vertrag|verträge", ("contract", "agreement", "vertrag", "contrat"), ()),
    (r"policies|policy|richtlinien?", ("policy", "policies", "richtlinie"), ()),
    (r"minutes|protokolle?", ("minutes", "protokoll"), ()),
    (r"(?:annual )?reports?|(?:jahres|geschäfts)?berichte?", ("report", "bericht", "rapport"), ()),
    (r"cvs?|resumes?|résumés?|lebensl(?:auf|äufe)", ("cv", "resume", "résumé", "lebenslauf"), ()),
    (r"manuals?|handbooks?|handb(?:uch|ücher)", ("manual", "handbook", "handbuch"), ()),
    (r"letters?|briefe?", ("letter", "brief"), ()),
    (r"e-?mails?|mails", ("email", "e mail"), (".eml", ".msg")),
    (r"presentations?|slides|präsentation(?:en)?", ("presentation", "präsentation"), (".pptx", ".odp")),
    (r"spreadsheets?|workbooks?|tabellen", ("spreadsheet", "tabelle"), (".xlsx", ".ods", ".csv", ".tsv")),
    (r"pdfs?(?: files?)?|pdf-dateien", (), (".pdf",)),
)
_ANY = "|".join((_ALL, *(words for words, _, _ in _KINDS)))
_OWN = r"(?:(?:my|our|the|your|all|these|uploaded|available|meine|unsere|alle|die|hochgeladenen?|different|of)\s+)*"
_WHERE = (
    r"(?:\s+(?:here|now|uploaded|added|indexed|loaded|available|so far|access to"
    r"|in (?:here|(?:my|the|your|our) (?:library|collection|folder))"
    r"|hier|hochgeladen|jetzt|vorhanden|in (?:meiner|der|unserer) (?:bibliothek|sammlung)))*"
)
_LISTS = tuple(
    re.compile(rf"\W*{pattern}\W*", re.IGNORECASE)
    for pattern in (
        rf"(?:what|which|how many)\s+{_OWN}(?P<what>{_ANY})\s+(?:do|did|have|can|could)\s+(?:i|we|you)"
        rf"(?:\s+(?:have|got|upload|add|see|search|access|know|been given))*{_WHERE}",
        rf"(?:what|which|how many)\s+{_OWN}(?P<what>{_ALL})\s+(?:are|exist|were)(?:\s+there)?{_WHERE}",
        rf"(?:please\s+)?(?:list|show|name|give|tell)(?:\s+me)?\s+(?:a list of\s+)?{_OWN}(?P<what>{_ALL})"
        rf"(?:\s+(?:that\s+)?(?:i|we|you)\s+have)?{_WHERE}",
        rf"(?:welche|was für|wie ?viele)\s+{_OWN}(?P<what>{_ANY})\s+(?:habe|haben|hast|kennst|gibt|sind|liegen)"
        rf"(?:\s+(?:ich|wir|du|sie|es|da|vor))?{_WHERE}",
        rf"(?:bitte\s+)?(?:liste|zeige?|nenne?)(?:\s+mir)?\s+{_OWN}(?P<what>{_ALL})(?:\s+auf)?{_WHERE}",
    )
)
_HEAD = re.compile(
    "|".join(
        re.escape(reply(name, question)).replace(re.escape("{count}"), r"\d+") + r"\n\n- "
        for name in ("library", "library_one")
        for question in ("What is it?", "Was ist das und wie viel?")
    )
)


def about_library(question: str, known: Sequence[NamedDocument]) -> str:
    """The list of the documents that the question asks for, as an answer; "" when it asks for something else.

    A kind of documents that no name, title or ending tells is something else: search may know more of it.
    """
    asked = next((found["what"].lower() for pattern in _LISTS if (found := pattern.fullmatch(question))), None)
    if asked is None or not known:
        return ""
    meant = [one for one in known if _is_of_kind(one, asked)]
    if not meant:
        return ""
    shown = sorted(meant, key=lambda one: one.name.casefold())[:MAX_LISTED]
    more = [reply("library_more", question).format(count=len(meant) - len(shown))] if len(meant) > len(shown) else []
    head = reply("library_one" if len(meant) == 1 else "library", question).format(count=len(meant))
    return "\n".join((head, "", *map(_line, shown), *more))


def is_library_list(text: str) -> bool:
    """Whether an answer is such a list: it rests on no passage, and claims nothing of one."""
    return _HEAD.match(text) is not None


def _is_of_kind(document: NamedDocument, asked: str) -> bool:
    if re.fullmatch(_ALL, asked):
        return True
    names = f"{readable_name(document.name)} {document.title}".casefold()
    ending = PurePath(document.name).suffix.lower()
    return any(
        re.fullmatch(words, asked) and (ending in endings or any(_stands_in(part, names) for part in parts))
        for words, parts, endings in _KINDS
    )


def _stands_in(part: str, names: str) -> bool:
    """A short word stands alone ("CV Smith"), a longer one may be a part of a compound ("Mietvertrag")."""
    return part in names if len(part) > 5 else part in names.split()


def _line(document: NamedDocument) -> str:
    title = " ".join(document.title.split())
    said = title and readable_name(title).casefold() != readable_name(document.name).casefold()
    return f"- {document.name} ({title})" if said else f"- {document.name}"
