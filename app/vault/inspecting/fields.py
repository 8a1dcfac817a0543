"""Fields of Word and formulas of workbooks: which of them fetch or start something. In the child process alone."""

from __future__ import annotations

import re

from app.vault.inspecting.following import demand_followable
from app.vault.inspecting.kinds import not_inert

_REACHES_OUT = frozenset(
    [
        "CONTROL",
        "DATABASE",
        "DDE",
        "DDEAUTO",
        "HTMLACTIVEX",
        "HTMLCONTROL",
        "IMPORT",
        "INCLUDE",
        "INCLUDEPICTURE",
        "INCLUDETEXT",
        "LINK",
        "OCX",
        "RD",
    ]
)
_FIRST_WORD = re.compile(r'[\s"“”]*([^\s"“”\\]*)')
_NESTED = "\0"  # stands for a field within the instruction of another; XML holds no such letter
_DEPTH_LIMIT = 64
# Texts, and names of sheets; found in one pass, since each may hold the other's mark.
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_FUNCTION = re.compile(
    r"(?<![\w.])(?:_xlfn\.|_xlws\.|com\.microsoft\.)*(WEBSERVICE|RTD|DDE|CALL|REGISTER(?:\.ID)?|EXEC|IMAGE)\s*\(",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"(?:[\w.]+|'x')\|(?:'x'|[\w.]+)!")
_WORDS_OF_A_FIELD = re.compile(r'"[^"]*"?|[^\s"]+')
_SWITCH = re.compile(r"\\[a-z]", re.IGNORECASE)
_SWITCHES_WITH_A_WORD = ("\\l", "\\o", "\\t")  # a bookmark, a tip, a frame
_LINK_FORMULA = re.compile(r'(?<![\w.])HYPERLINK\s*\(\s*"([^"]*)"', re.IGNORECASE)
_ELSEWHERE = re.compile(r"'(?:[a-z][a-z0-9+.-]*:|//|\\\\)[^']*'#", re.IGNORECASE)


class Fields:
    """The fields of one part of a Word document, put together from the runs over which they are spread.

    A field begins, has an instruction, perhaps a result, and ends; its instruction may hold other fields. What kind it
    is, is the first word of its instruction. Where another field would make that word, nobody can tell what it is.
    """

    def __init__(self) -> None:
        self._open: list[list[str] | None] = []  # None: its instruction is over

    def begin(self, name: str, attributes: dict[str, str]) -> bool:
        """Take the beginning of an element; True when its text belongs to an instruction.

        Raises:
            Malformed: Code ``document_not_inert``.
        """
        if name == "fldSimple":
            judge_field("".join(value for key, value in attributes.items() if key.rpartition(":")[2] == "instr"))
        elif name == "fldChar":
            self._mark(
                next((value for key, value in attributes.items() if key.rpartition(":")[2] == "fldCharType"), "")
            )
        elif name in ("instrText", "delInstrText"):
            return True
        # Word reads any text there as part of the instruction.
        return name in ("t", "delText") and bool(self._open) and self._open[-1] is not None

    def text(self, said: str) -> None:
        """Take text of an instruction."""
        if self._open and (instruction := self._open[-1]) is not None:
            instruction.append(said)
        else:
            judge_field(said)

    def close(self) -> None:
        """The part is over; fields that did not end are judged by what there was of them."""
        while self._open:
            self._over(self._open.pop())

    def _mark(self, what: str) -> None:
        if what == "begin":
            if len(self._open) >= _DEPTH_LIMIT:
                raise _unclear()
            if self._open and (around := self._open[-1]) is not None:
                around.append(_NESTED)
            self._open.append([])
        elif what == "separate" and self._open:
            self._over(self._open[-1])
            self._open[-1] = None
        elif what == "end" and self._open:
            self._over(self._open.pop())

    def _over(self, instruction: list[str] | None) -> None:
        if instruction is not None:
            judge_field("".join(instruction))


def judge_field(instruction: str) -> None:
    """Stop at a field that fetches something or starts another program.

    Args:
        instruction: Of one field, e.g. ``SEQ Table``.

    Raises:
        Malformed: Code ``document_not_inert``.
    """
    found = _FIRST_WORD.match(instruction)
    word = found[1] if found else ""
    if _NESTED in word:
        raise _unclear()
    if word.upper() in _REACHES_OUT:
        raise not_inert(
            f"The Word document holds a field that fetches something or starts another program ({word.upper()[:20]}). "
            "Select it, and press Ctrl+Shift+F9 to keep what it shows without the field."
        )
    if word.upper() == "HYPERLINK":
        _demand_followable_field(instruction)


def _demand_followable_field(instruction: str) -> None:
    words = iter(_WORDS_OF_A_FIELD.findall(instruction)[1:])
    for word in words:
        if _SWITCH.fullmatch(word):
            if word.lower() in _SWITCHES_WITH_A_WORD:
                next(words, None)
        else:  # a path is written there with two backslashes for each
            demand_followable("Word document", word.strip('"').replace("\\\\", "\\"))


def judge_formula(formula: str) -> None:
    """Stop at a formula that fetches something or starts another program.

    Args:
        formula: Of a cell, a name or a rule, as it is kept.

    Raises:
        Malformed: Code ``document_not_inert``.
    """
    if elsewhere := _ELSEWHERE.search(formula):
        raise not_inert(
            f"A formula takes figures from another file ({elsewhere[0][1:50]}). Put the values in its place."
        )
    if link := _LINK_FORMULA.search(formula):
        demand_followable("workbook", link[1])
    bare = _QUOTED.sub(lambda quoted: '""' if quoted[0][0] == '"' else "'x'", formula)
    if found := _FUNCTION.search(bare):
        raise not_inert(
            f"A formula fetches something from outside when it is worked out ({found[1].upper()}). Put the values in "
            "its place."
        )
    if _CHANNEL.search(bare):
        raise not_inert("A formula starts another program (DDE). Put the values in its place.")


def _unclear() -> Exception:
    return not_inert(
        "The Word document holds a field whose kind is made by another field. Select it, and press Ctrl+Shift+F9 to "
        "keep what it shows without the field."
    )
