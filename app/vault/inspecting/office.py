"""Word, Excel and PowerPoint: the kind they say they are inside, and nothing that runs, fetches or hides.

A part is what it is declared as and how it is related, as Office takes it; its name says little. In the child alone.

Source:
    ECMA-376 Part 1; ECMA-376 Part 2
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from app.rules.errors import Code, Malformed
from app.vault.inspecting.containers import Archive
from app.vault.inspecting.fields import Fields, judge_formula
from app.vault.inspecting.following import demand_followable, is_on_the_readers_own_machine, leads_out
from app.vault.inspecting.kinds import Kind, not_inert
from app.vault.inspecting.parts import demand_nothing_hidden, local, looks_like_xml, must_be_xml, read_part, short

_TYPES_PART = "[Content_Types].xml"
_MAIN = {
    Kind.DOCX: "wordprocessingml.document.main+xml",
    Kind.XLSX: "spreadsheetml.sheet.main+xml",
    Kind.PPTX: "presentationml.presentation.main+xml",
}
_RUNS_NAME = re.compile(
    r"(^|/)(vbaproject[^/]*\.bin|vbadata\.xml|activex[^/]*|macrosheets|dialogsheets|oleobject[^/]*|attachedtoolbars\.bin)(/|$)"
)
_IN_PIECES = re.compile(r"/\[\d+\](\.last)?\.piece$", re.IGNORECASE)
# Words in what a part is declared as.
_RUNS_TYPE = (
    *[
        "activex",
        "attachedtoolbars",
        "dialogsheet",
        "javascript",
        "macroenabled",
        "macrosheet",
        "vbadata",
        "vbaproject",
        "webextension",
    ],
    "x-msdownload",
)
# Last pieces of the types of relationships.
_RUNS_RELATION = frozenset(
    [
        "activexcontrolbinary",
        "attachedtoolbars",
        "control",
        "dialogsheet",
        "extensibility",
        "usercustomization",
        "vbaproject",
        "webextension",
        "webextensiontaskpanes",
        "wordvbadata",
        "xlintlmacrosheet",
        "xlmacrosheet",
    ]
)
_HOLDS_RELATION = frozenset(("oleobject", "afchunk", "subdocument"))
_FETCHES_RELATION = frozenset(
    [
        "connections",
        "frame",
        "mailmergeheadersource",
        "mailmergerecipientdata",
        "mailmergesource",
        "querytable",
        "recipientdata",
        "transform",
        "volatiledependencies",
    ]
)
_FETCHES_TYPE = ("connections+xml", "querytable", "volatiledependencies")
_FETCHES_ELEMENT = frozenset(("mailMerge", "DataMashup", "ddeLink", "oleLink", "dbPr", "webPr", "altChunk", "subDoc"))
_FORMULAS = frozenset(
    ("f", "formula", "formula1", "formula2", "totalsRowFormula", "definedName", "calculatedColumnFormula")
)
_CELLS = frozenset(("c", "v", "row"))
_FOLLOWED = frozenset(("hyperlink", "hlinkClick", "hlinkHover", "hlinkMouseOver"))
_ACTS = re.compile(r"^\s*ppaction://(program|macro|ole|hlinkfile|hlinkpres)", re.IGNORECASE)


def inspect_open_xml(archive: Archive, kind: Kind) -> None:
    """Look through a Word, Excel or PowerPoint document.

    Links that a reader may follow are left; what is fetched or run when the document is opened is not.

    Raises:
        Malformed: Code ``document_type_differs``, ``document_not_inert``, ``document_unreadable``.
    """
    if _TYPES_PART not in archive.names():
        raise Malformed(
            f"The file cannot be accepted: it lacks the list of parts that a {kind.value} has; save it again as one.",
            code=Code.DOCUMENT_UNREADABLE,
        )
    for name in archive.names():
        _demand_plain_name(name, kind)
    types = _Types(kind)
    read_part(_TYPES_PART, archive.content(_TYPES_PART), types, demanded=True)
    types.demand_main()
    followed: dict[str, frozenset[str]] = {}
    for name in archive.names():
        declared = types.of(name)
        _demand_inert_type(declared, name, kind)
        if name.lower().endswith(".rels"):
            relations = _Relations(kind)
            read_part(name, archive.content(name), relations, demanded=True)
            followed[_source_of(name)] = frozenset(relations.followed)
    for name, content in archive.contents():
        if name == _TYPES_PART or name.lower().endswith(".rels"):
            continue
        demanded = must_be_xml(name, types.of(name))
        if demanded or looks_like_xml(name, content):
            part = _Part(kind, followed.get(name.casefold(), frozenset()))
            read_part(name, content, part, demanded=demanded)
            part.close()
        else:
            demand_nothing_hidden(kind.value, content)


class _Types:
    """Reads what each part is declared as."""

    plain: frozenset[str] = frozenset()

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._by_name: dict[str, str] = {}
        self._by_ending: dict[str, str] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> bool:
        declared = attributes.get("ContentType", "")
        if "macroenabled" in declared.lower():
            raise not_inert(
                f"The {self._kind.value} is one with macros. Save it without macros, as .{self._kind.name.lower()}."
            )
        if name == "Override":
            self._by_name[unquote(attributes.get("PartName", "")).lstrip("/").casefold()] = declared
        elif name == "Default":
            self._by_ending[attributes.get("Extension", "").casefold()] = declared
        return False

    def text(self, name: str, said: str) -> None:
        """No text is wanted."""

    def of(self, name: str) -> str:
        known = self._by_name.get(name.casefold())
        return known if known is not None else self._by_ending.get(name.rpartition(".")[2].casefold(), "")

    def demand_main(self) -> None:
        if not any(each.endswith(_MAIN[self._kind]) for each in self._by_name.values()):
            raise _differs(self._kind)


class _Relations:
    """Reads to what a part is related; ``followed`` are the ids of links outside that a reader may follow."""

    plain: frozenset[str] = frozenset()

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.followed: set[str] = set()

    def begin(self, name: str, attributes: dict[str, str]) -> bool:
        if name != "Relationship":
            return False
        target = attributes.get("Target", "")
        of_kind = attributes.get("Type", "").rstrip("/ ").rpartition("/")[2].lower()
        self._demand_inert(of_kind)
        if attributes.get("TargetMode", "").strip().lower() == "external":
            self._demand_followed(of_kind, target)
            self.followed.add(attributes.get("Id", ""))
        elif leads_out(target):
            raise self._fetched(of_kind)
        return False

    def text(self, name: str, said: str) -> None:
        """No text is wanted."""

    def _demand_inert(self, of_kind: str) -> None:
        if of_kind in _RUNS_RELATION:
            raise _runs(self._kind, of_kind)
        if of_kind in _HOLDS_RELATION:
            raise _holds(self._kind)
        if "externallink" in of_kind:
            raise _takes_from_elsewhere()
        if of_kind in _FETCHES_RELATION:
            raise _connected(self._kind)

    def _demand_followed(self, of_kind: str, target: str) -> None:
        if of_kind == "attachedtemplate" and is_on_the_readers_own_machine(target):
            return
        if of_kind != "hyperlink":
            raise self._fetched(of_kind)
        demand_followable(self._kind.value, target)

    def _fetched(self, of_kind: str) -> Malformed:
        return not_inert(
            f"The {self._kind.value} fetches something from outside when it is opened ({of_kind[:40]}). Break the "
            "link, and put the thing itself into the document."
        )


class _Part:
    """Reads any other part for what acts in it."""

    def __init__(self, kind: Kind, followed: frozenset[str]) -> None:
        self._kind = kind
        self.plain = _CELLS if kind is Kind.XLSX else frozenset()
        self._followed = followed
        self._fields = Fields()

    def begin(self, name: str, attributes: dict[str, str]) -> bool:
        if name in _FETCHES_ELEMENT:
            raise _connected(self._kind)
        if attributes:
            self._judge_attributes(name, attributes)
        if name in _FORMULAS:
            return True
        return self._fields.begin(name, attributes)

    def text(self, name: str, said: str) -> None:
        if name in _FORMULAS:
            judge_formula(said)
        else:
            self._fields.text(said)

    def close(self) -> None:
        self._fields.close()

    def _judge_attributes(self, name: str, attributes: dict[str, str]) -> None:
        if "action" in attributes and _ACTS.match(attributes["action"]):
            raise not_inert(
                f"A button or link in the {self._kind.value} starts something when it is pressed. Remove its action."
            )
        if name == "cfvo" and attributes.get("type") == "formula":
            judge_formula(attributes.get("val", ""))
        for key in ("href", "o:href"):  # of a shape drawn the old way
            demand_followable(self._kind.value, attributes.get(key, ""))
        source = attributes.get("src", "")  # of a picture drawn the old way, which needs no relationship
        if leads_out(source):
            raise not_inert(
                f"The {self._kind.value} fetches a picture from outside when it is opened. Put the picture itself in."
            )
        if self._followed and name not in _FOLLOWED:
            for key, value in attributes.items():
                if ":" in key and value in self._followed and local(key) not in ("author", "name"):
                    raise not_inert(
                        f"The {self._kind.value} fetches something from outside when it is opened ({name[:40]}). Break "
                        "the link, and put the thing itself into the document."
                    )


def _demand_plain_name(name: str, kind: Kind) -> None:
    if _RUNS_NAME.search(name.lower()):
        raise _runs(kind, short(name))
    if name.lower().startswith("xl/externallinks/"):
        raise _takes_from_elsewhere()
    if _IN_PIECES.search(name):
        raise Malformed(
            "The file cannot be accepted: a part of it is kept in pieces; save it again.",
            code=Code.DOCUMENT_UNREADABLE,
        )


def _demand_inert_type(declared: str, name: str, kind: Kind) -> None:
    said = declared.lower()
    if any(word in said for word in _RUNS_TYPE):
        raise _runs(kind, short(name))
    if "oleobject" in said:
        raise _holds(kind)
    if "externallink" in said:
        raise _takes_from_elsewhere()
    if any(word in said for word in _FETCHES_TYPE):
        raise _connected(kind)


def _source_of(relations_part: str) -> str:
    """Name the part whose relationships stand in another; without regard to case."""
    folder, name = posixpath.split(relations_part)
    return posixpath.join(posixpath.dirname(folder), name[: -len(".rels")]).casefold()


def _runs(kind: Kind, what: str) -> Malformed:
    return not_inert(
        f"The {kind.value} holds macros or other parts that run ({what[:60]}). Save it without macros, as "
        f".{kind.name.lower()}."
    )


def _holds(kind: Kind) -> Malformed:
    return not_inert(f"The {kind.value} holds another file inside it. Put a picture of it there instead.")


def _takes_from_elsewhere() -> Malformed:
    return not_inert("The Excel workbook takes figures from other files. Break the links (Data, Edit links).")


def _connected(kind: Kind) -> Malformed:
    return not_inert(
        f"The {kind.value} is connected to a source of data or to another file, from which it fetches. Remove the "
        "connection (in Excel: Data, Queries and connections; in Word: Mailings, Normal document) and keep the values."
    )


def _differs(kind: Kind) -> Malformed:
    return Malformed(
        f"The file is named and sent as one of the kind “{kind.value}”, and inside it is none. Save it again as that, "
        "or give it its true name.",
        code=Code.DOCUMENT_TYPE_DIFFERS,
    )
