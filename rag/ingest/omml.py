"""Equations of Office documents (OMML, ECMA-376 part 1, 22.1) -> LaTeX, which readers and models share. Pure.

What an equation means hangs on its shape: "x^{2}" is not "x2", and "\\frac{1}{2}" not "12".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.ingest.opc import attribute, local

_MAX_DEPTH = 100


def _pairs(characters: str, names: str) -> dict[str, str]:
    return dict(zip(characters, names.split(), strict=True))


_SYMBOLS = {
    **_pairs(
        "αβγδεϵζηθϑικλμνξπρσςτυφϕχψωΓΔΘΛΞΠΣΥΦΨΩ",
        "alpha beta gamma delta varepsilon epsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma "
        "varsigma tau upsilon varphi phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
    ),
    **_pairs(
        "×÷±∓⋅·∗∘∙≤≥≠≈≡∼≅∝∞∂∇∈∉∋⊂⊃⊆⊇∪∩∧∨¬∀∃∅→←↔⇒⇐⇔↦",
        "times div pm mp cdot cdot ast circ bullet leq geq neq approx equiv sim cong propto infty partial nabla in "
        "notin ni subset supset subseteq supseteq cup cap wedge vee neg forall exists emptyset rightarrow leftarrow "
        "leftrightarrow Rightarrow Leftarrow Leftrightarrow mapsto",
    ),
    **_pairs(
        "∑∏∐∫∬∭∮∯∰⋃⋂⋀⋁√∠⊥∥…⋯⋮⋱ℏℓ′",
        "sum prod coprod int iint iiint oint oiint oiiint bigcup bigcap bigwedge bigvee surd angle perp parallel ldots "
        "cdots vdots ddots hbar ell prime",
    ),
}
_ACCENTS = {
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline", "\u0307": "dot", "\u0308": "ddot",
    "\u030c": "check", "\u0306": "breve", "\u0301": "acute", "\u0300": "grave", "\u20d7": "vec",
    "\u20d6": "overleftarrow", "^": "hat", "~": "tilde", "→": "vec", "¯": "bar",
}  # fmt: skip
_GROUPS = {"⏞": "overbrace", "⏟": "underbrace", "⏜": "overparen", "⏝": "underparen"}
_FENCES = {"{": r"\{", "}": r"\}", "⟨": r"\langle", "⟩": r"\rangle", "‖": r"\|", "⌊": r"\lfloor", "⌋": r"\rfloor",
           "⌈": r"\lceil", "⌉": r"\rceil", "": "."}  # fmt: skip
_FUNCTIONS = frozenset(
    {
        "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "coth", "log",
        "ln", "lg", "exp", "lim", "max", "min", "sup", "inf", "det", "dim", "ker", "gcd", "arg", "deg", "hom", "limsup",
        "liminf",
    }
)  # fmt: skip


def latex(equation: Any) -> str:
    """An <m:oMath> -> LaTeX without the signs around it."""
    return " ".join(_inside(equation, 0).split())


def _inside(element: Any, depth: int) -> str:
    if element is None or depth > _MAX_DEPTH:
        return ""
    return "".join(_one(child, depth + 1) for child in element.iterchildren())


def _one(element: Any, depth: int) -> str:
    name = local(element)
    if name == "t":
        return "".join(_symbol(character) for character in element.text or "")
    if name.endswith("Pr") or name in {"del", "moveFrom", "instrText"}:
        return ""
    build = _BUILDERS.get(name)
    return build(element, depth) if build is not None else _inside(element, depth)


def _symbol(character: str) -> str:
    command = _SYMBOLS.get(character)
    return f"\\{command} " if command else f"\\{character}" if character in "#$%&_{}" else character


def _part(element: Any, name: str, depth: int) -> str:
    return _inside(element.find(f"{{*}}{name}"), depth).strip()


def _property(element: Any, name: str, default: str) -> str:
    """A property's value; `default` when it is not given at all."""
    found = element.find(f"{{*}}{local(element)}Pr/{{*}}{name}")
    return default if found is None else attribute(found, "val")


def _scripts(element: Any, depth: int) -> str:
    below, above = element.find("{*}sub"), element.find("{*}sup")
    text = _part(element, "e", depth)
    text += "" if below is None else f"_{{{_inside(below, depth).strip()}}}"
    return text + ("" if above is None else f"^{{{_inside(above, depth).strip()}}}")


def _before(element: Any, depth: int) -> str:
    return f"{{}}_{{{_part(element, 'sub', depth)}}}^{{{_part(element, 'sup', depth)}}}{_part(element, 'e', depth)}"


def _fraction(element: Any, depth: int) -> str:
    above, below = _part(element, "num", depth), _part(element, "den", depth)
    kind = _property(element, "type", "bar")
    if kind == "noBar":
        return f"\\binom{{{above}}}{{{below}}}"
    return f"{above}/{below}" if kind in {"lin", "skw"} else f"\\frac{{{above}}}{{{below}}}"


def _root(element: Any, depth: int) -> str:
    degree = _part(element, "deg", depth)
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e', depth)}}}"


def _large(element: Any, depth: int) -> str:
    """A sum, product or integral with its limits."""
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    sign = _symbol(_property(element, "chr", "∫")).strip()
    limits = (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    return f"{sign}{limits or ' '}{_part(element, 'e', depth)}"


def _fenced(element: Any, depth: int) -> str:
    opening, closing = _property(element, "begChr", "("), _property(element, "endChr", ")")
    separator = _property(element, "sepChr", "|")
    inside = separator.join(_inside(part, depth).strip() for part in element.iterchildren("{*}e"))
    return f"\\left{_FENCES.get(opening, opening)}{inside}\\right{_FENCES.get(closing, closing)}"


def _function(element: Any, depth: int) -> str:
    name = _part(element, "fName", depth)
    known = f"\\{name}" if name in _FUNCTIONS else name
    return f"{known}{{{_part(element, 'e', depth)}}}"


def _limit(element: Any, depth: int) -> str:
    name, limit = _part(element, "e", depth), _part(element, "lim", depth)
    if name in _FUNCTIONS:
        name = f"\\{name}"
    return f"{name}{'_' if local(element) == 'limLow' else '^'}{{{limit}}}"


def _rows(element: Any, depth: int) -> str:
    rows = [
        " & ".join(_inside(cell, depth).strip() for cell in row.iterchildren("{*}e"))
        for row in element.iterchildren("{*}mr")
    ]
    lines = " \\\\ ".join(rows)
    return f"\\begin{{matrix}} {lines} \\end{{matrix}}"


def _stacked(element: Any, depth: int) -> str:
    return " \\\\ ".join(_inside(line, depth).strip() for line in element.iterchildren("{*}e"))


def _accented(element: Any, depth: int) -> str:
    return f"\\{_ACCENTS.get(_property(element, 'chr', '^'), 'hat')}{{{_part(element, 'e', depth)}}}"


def _barred(element: Any, depth: int) -> str:
    over = _property(element, "pos", "bot") == "top"
    return f"\\{'overline' if over else 'underline'}{{{_part(element, 'e', depth)}}}"


def _grouped(element: Any, depth: int) -> str:
    return f"\\{_GROUPS.get(_property(element, 'chr', '⏟'), 'underbrace')}{{{_part(element, 'e', depth)}}}"


_BUILDERS: dict[str, Callable[[Any, int], str]] = {
    "sSup": _scripts, "sSub": _scripts, "sSubSup": _scripts, "sPre": _before, "f": _fraction, "rad": _root,
    "nary": _large, "d": _fenced, "func": _function, "limLow": _limit, "limUpp": _limit, "m": _rows,
    "eqArr": _stacked, "acc": _accented, "bar": _barred, "groupChr": _grouped,
}  # fmt: skip
