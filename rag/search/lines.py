"""Which lines of financial statements a question needs. Pure; a table of accounting's own vocabulary, in English.

People ask for "capex"; the statement says "Purchases of property and equipment". People ask for a ratio; no document
states it, but its parts are lines of the statements, and quoting those is the honest answer of somebody who does not
compute. A question that asks for anything beside known lines (a region, a product) needs no lines: words decide then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.search.focus import core
from rag.search.texts import readable_name
from rag.search.tokens import tokens


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Statement:
    """One of the three statements: what people call it, and how its title is told."""

    name: str
    title: re.Pattern[str]


BALANCE = Statement("balance sheet", re.compile(r"\bbalance sheets?\b|\bfinancial (?:position|condition)\b", re.I))
INCOME = Statement(
    "income statement",
    re.compile(
        r"\b(?:income|operations|earnings) statements?\b|\bstatements? of (?:consolidated )?(?:comprehensive )?"
        r"(?:operations|income|earnings|profit)\b|\bresults of operations\b",
        re.I,
    ),
)
CASH = Statement(
    "cash flow statement",
    re.compile(r"\bcash flows? statements?|\bstatements? of (?:consolidated )?cash flows?\b", re.I),
)
STATEMENTS = (BALANCE, INCOME, CASH)


@dataclass(frozen=True, slots=True)
class Line:
    """`asked`: how people ask for it. `label`: what stands before its figures; matched from the label's beginning.
    `statement`: where it stands; None for a measure, which may stand anywhere, as a rule nowhere.
    """

    name: str
    statement: Statement | None
    asked: re.Pattern[str]
    label: re.Pattern[str]


def _line(name: str, statement: Statement, asked: str, label: str) -> Line:
    return Line(name, statement, re.compile(rf"\b(?:{asked})(?!\w)", re.IGNORECASE), re.compile(label, re.IGNORECASE))


_LOSS = r"(?: ?\((?:loss|deficit|benefit|income)\))?"
_ATTRIBUTABLE = r"(?:,? (?:attributable|available) to (?:the )?(?:common )?[\w.,'& ]+?)?"
LINES: tuple[Line, ...] = (
    _line(
        "current assets", BALANCE, r"(?:total )?current assets", r"total current assets"
    ),
    _line(
        "current liabilities", BALANCE, r"(?:total )?current liabilities", r"total current liabilities"),
    _line(
        "cash from operations", CASH,
        r"(?:net )?(?:operating cash ?flows?|cash (?:flows? )?(?:provided by|generated (?:by|from)|from|used in"
        r"|used for) (?:operations|operating activities)|cfo)",
        r"(?:total )?(?:net )?cash (?:flows? )?(?:provided by|generated (?:by|from)|from|used (?:in|for)|\(used[^)]*\)"
        r"|/|provided|\(required[^)]*\)| )*(?:continuing )?(?:operations|operating activities)",
    ),
    _line(
        "capital expenditures", CASH,
        r"capex|capital (?:expenditures?|spending|investments?)",
        r"capital expenditures?|(?:purchases?|acquisitions?|additions?|payments?|expenditures?|investments?)"
        r" (?:of|to|for|in) (?:acquisitions? of )?(?:land|property|properties|plant|fixed assets|capital)",
    ),
    _line(
        "cost of sales", INCOME,
        r"cogs|costs? of (?:goods sold|sales|(?:net )?revenues?|products? sold)",
        r"(?:total )?costs? of (?:goods sold|sales|(?:net )?revenues?|products? sold)",
    ),
    _line(
        "gross profit", INCOME, r"gross profit", rf"(?:total )?gross (?:profit|margin){_LOSS}"),
    _line(
        "operating income", INCOME,
        r"(?:unadjusted )?(?:operating (?:income|profit|earnings)|(?:income|profit|earnings) from operations|ebit)",
        r"(?:total )?(?:operating (?:income|profit|earnings)"
        rf"|(?:income|profit|earnings|\(?loss\)?) from operations){_LOSS}",
    ),
    _line(
        "net income", INCOME,
        rf"net (?:income|earnings|profit){_ATTRIBUTABLE}(?= in\b| for\b| of\b|[?.,(]|\Z)"
        r"|net (?:income|earnings|profit)",
        rf"net (?:income|earnings|profit){_LOSS}(?:,? (?:including|attributable to) [\w.,'& ]+)?",
    ),
    _line(
        "interest expense", INCOME, r"interest expenses?", r"interest (?:expenses?|charges)"),
    _line(
        "depreciation", CASH,
        r"d&a|depreciation(?: (?:and|&) amortization)?(?: expenses?)?",
        r"depreciation(?:,? (?:and )?(?:amortization|depletion))*",
    ),
    _line(
        "dividends", CASH,
        r"(?:cash )?dividends?(?: (?:payments?|paid))?",
        r"(?:cash )?dividends? (?:paid|payments?)"
        r"|(?:payments?|payouts?) (?:of|for) (?:cash |common )?(?:stock )?dividends?",
    ),
    _line(
        "property", BALANCE,
        r"pp&?n?e|ppne|property,? plant,? (?:and|&) equipment|(?:net )?fixed assets?",
        r"(?:net )?(?:property|land|plant)\b[^\d$|]*equipment",
    ),
    _line(
        "inventories", BALANCE, r"(?:merchandise )?inventor(?:y|ies)", r"(?:merchandise |total )?inventor(?:y|ies)"),
    _line(
        "accounts payable", BALANCE, r"(?:accounts|trade) payables?", r"(?:accounts|trade) payables?"),
    _line(
        "receivables", BALANCE,
        r"(?:(?:accounts|trade|net) )?(?:accounts )?receivables?",
        r"(?:(?:accounts|trade|customer|notes)(?: and notes)? )*(?:accounts )?receivables?",
    ),
    _line(
        "total liabilities", BALANCE, r"total liabilities", r"total liabilities(?! and)"),
    _line(
        "total assets", BALANCE, r"total assets", r"total assets"),
    _line(
        "equity", BALANCE,
        r"(?:total )?(?:shareholders|stockholders|shareowners)['’]? equity|total equity",
        r"total (?:[\w.& ]+ )?(?:(?:shareholders|stockholders|shareowners)['’]? )?(?:equity|investment)",
    ),
    _line(
        "cash", BALANCE,
        r"cash (?:and|&) (?:cash )?equivalents",
        r"(?:total )?cash(?: and cash equivalents|, cash equivalents)",
    ),
    _line(
        "research and development", INCOME,
        r"r&d|research (?:and|&) development",
        r"(?:total )?(?:research|product|technology),?(?: (?:and|&) |, )?(?:research|development)",
    ),
    _line(
        "selling, general and administrative", INCOME,
        r"sg&a|selling,? general,? (?:and|&) administrative",
        r"(?:total )?selling,? [a-z, &]*(?:general|informational),? (?:and|&) administrative",
    ),
    _line("effective tax rate", INCOME, r"effective (?:income )?tax rates?", r"effective (?:income )?tax rate"),
    _line(
        "revenue", INCOME,
        r"(?:total |net )*(?:revenues?|sales|top ?line)",
        r"(?:total |net |consolidated |operating )*(?:revenues?|sales|sales and revenues)\b",
    ),
)  # fmt: skip
_SOUGHT = {"revenue": "revenue net sales", "net income": "net income earnings"}  # by the other name it has as often
_BY_NAME = {line.name: line for line in LINES}
# A measure that documents rarely state -> the lines it is made of (the usual textbook definitions).
_MEASURES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(rf"\b(?:{asked})\b", re.IGNORECASE), names)
    for asked, names in (
        (r"days payables? outstanding|dpo", ("accounts payable", "cost of sales", "inventories")),
        (r"days (?:of )?inventory outstanding|dio|inventory turnover(?: ratio)?", ("cost of sales", "inventories")),
        (r"days sales outstanding|dso|receivables turnover(?: ratio)?", ("receivables", "revenue")),
        (r"cash conversion cycle|ccc", ("receivables", "inventories", "accounts payable")),
        (r"fixed asset turnover(?: ratio)?", ("revenue", "property")),
        (r"(?:total )?asset turnover(?: ratio)?", ("revenue", "total assets")),
        (r"(?:net )?working capital(?: ratio)?|current ratio", ("current assets", "current liabilities")),
        (r"quick ratio|acid[- ]test(?: ratio)?", ("cash", "receivables", "current liabilities")),
        (r"operating cash ?flow ratio", ("cash from operations", "current liabilities")),
        (r"free cash ?flows?(?: conversion)?|fcf", ("cash from operations", "capital expenditures")),
        (r"gross (?:profit )?margins?(?: profile)?", ("revenue", "cost of sales", "gross profit")),
        (r"operating (?:income |profit )?margins?(?: profile)?", ("operating income", "revenue")),
        (r"net (?:income |profit )?margins?(?: profile)?|profit margins?", ("net income", "revenue")),
        (r"return on assets|roa", ("net income", "total assets")),
        (r"return on equity|roe", ("net income", "equity")),
        (r"interest coverage(?: ratio)?|times interest earned", ("operating income", "interest expense")),
        (r"(?:dividend )?payout ratio|retention ratio", ("dividends", "net income")),
        (r"capital intensity", ("capital expenditures", "revenue", "property")),
        (r"ebitda(?: margins?)?", ("operating income", "depreciation")),
    )
)
_BESIDE = _word_set(  # of a question about figures: how they are asked for and put together, not which
    "a an and any are as at be been between by can compare compared company company's could did do does during "
    "each for from had has have how in is it its many me much of on or over s show so than that the their them "
    "this to under us use used using versus vs was we were what what's which will with would you your highest "
    "lowest largest smallest best average averages ratio change changes changed growth grow grew grown increase "
    "increased decrease decreased rise rose fall fell improve improved improving decline declined difference rate "
    "percent percentage year years annual annually fiscal quarter quarterly period month months two three number "
    "amount amounts total value balance level figure figures net gross million millions billion billions thousand "
    "thousands usd dollar dollars end ended ending december november october september august july june may april "
    "march february january generate generated report reported spend spent pay paid out payout record recorded "
    "made make earn earned positive negative based data formerly known adjusted unadjusted consolidated statement "
    "statements financial roughly approximately times expense expenses cost costs full latest recent last prior "
    "previous current profile conversion numerator denominator cash respectively sum combined day days one"
)
_OTHER_KIND = re.compile(r"\b(?:why|who|whom|whose|where|when|what (?:drove|drives|caused|led|explains|date))\b", re.I)
_AMOUNT = re.compile(  # not "what are sales?"
    r"\W*(?:what (?:was|were)|what (?:is|are) (?:the|its|our|your|their|total|net)|how (?:much|high|large|big))\b", re.I
)
_PERIOD = re.compile(r"\A(?:q[1-4]|(?:fy|cy)\d*|[1-4]q\d*|q[1-4]\d{2,4}|h[12]|qoq|yoy|cagr|ttm)\Z")
_SHORT_YEAR = re.compile(r"\bFY\s?['’]?(\d\d)\b(?!\d)", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_OWNER = re.compile(r"\b[A-Z][\w.&-]*(?: [A-Z&][\w.&-]*){0,4}['’](?:s\b)?")  # "Amazon's": whose figures, not which
_MIN_PART = 4
MAX_LINES = 4


def lines_of(question: str, names: Iterable[str]) -> tuple[Line, ...]:
    """The lines that answer `question`, at most MAX_LINES; none when it asks for more than lines, or for none.

    `names`: of the documents that it is asked of. The company they are named for is known and need not be matched.
    """
    rest = asked = core(question)
    if _OTHER_KIND.search(asked):
        return ()
    wanted: list[tuple[int, Line]] = []
    measures = [(pattern, _parts(pattern, parts)) for pattern, parts in _MEASURES]
    for pattern, parts in (*measures, *((line.asked, (line,)) for line in LINES)):
        if found := pattern.search(rest):
            wanted += [(found.start(), line) for line in parts]
            rest = pattern.sub(lambda match: " " * len(match.group()), rest)
    is_measured = any(line.statement is None for _, line in wanted)
    is_about_figures = is_measured or _YEAR.search(asked) or _SHORT_YEAR.search(asked) or _AMOUNT.match(asked)
    if not wanted or not is_about_figures or _asks_for_more(rest, names):
        return ()
    return tuple(dict.fromkeys(line for _, line in sorted(wanted, key=lambda each: each[0])))[:MAX_LINES]


def _parts(measure: re.Pattern[str], names: Iterable[str]) -> tuple[Line, ...]:
    """The measure itself, which a document may state after all, and its lines."""
    return (Line("", None, measure, measure), *(_BY_NAME[name] for name in names))


def _asks_for_more(rest: str, names: Iterable[str]) -> bool:
    """Whether what is left of a question says anything beside names and the usual words of questions about figures.

    File names are often written without blanks ("GENERALMILLS_2020"), so a longer word may be a part of them.
    """
    said = [readable_name(name).lower() for name in names]
    known = {word for name in said for word in name.split()}
    squashed = "".join(said)
    return any(
        not (word in _BESIDE or word in known or word[0].isdigit() or _PERIOD.match(word))
        and not (len(word) >= _MIN_PART and word in squashed)
        for word in tokens(_OWNER.sub(" ", rest))
    )


def sought(question: str, names: Iterable[str]) -> str:
    """What to search for: the question, or, when it needs lines, what it asks with their names and their statements'.

    A ratio's name stands nowhere; its lines do, and a statement says little else than lines. Measured on filings, page
    hit@10 with the document given: .868 -> .921, by keywords .632 -> .868 (bench/RESULTS.md).
    """
    lines = lines_of(question, names)
    statements = dict.fromkeys(f"consolidated {line.statement.name}" for line in lines if line.statement)
    names_of_lines = (_SOUGHT.get(line.name, line.name) for line in lines if line.name)
    return " ".join((core(question), *names_of_lines, *statements)) if lines else question


def years_of(question: str) -> frozenset[str]:
    """The years a question names; "FY20" is 2020."""
    asked = core(question)
    return frozenset(_YEAR.findall(asked)) | {f"20{short}" for short in _SHORT_YEAR.findall(asked)}
