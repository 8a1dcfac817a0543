"""OpenDocument: the kind it says it is inside, and nothing that runs, fetches or hides. In the child process alone.

Source:
    ISO/IEC 26300
"""

from __future__ import annotations

import re

from app.rules.errors import Code, Malformed
from app.vault.inspecting.containers import Archive
from app.vault.inspecting.fields import judge_formula
from app.vault.inspecting.following import demand_followable, is_on_the_readers_own_machine, leads_out
from app.vault.inspecting.kinds import OPEN_DOCUMENT, Kind, not_inert
from app.vault.inspecting.parts import demand_nothing_hidden, local, looks_like_xml, must_be_xml, read_part, short

_RUNS_NAME = re.compile(r"^(basic|scripts|dialogs)/|\.(xba|xlb|bas|py|js|jar|class|exe|dll)$")
_RUNS_OR_FETCHES = frozenset(
    [
        "applet",
        "auto-reload",
        "cell-range-source",
        "connection-resource",
        "database-source-query",
        "database-source-sql",
        "database-source-table",
        "dde-connection",
        "dde-connection-decl",
        "dde-link",
        "dde-links",
        "dde-source",
        "event-listener",
        "floating-frame",
        "plugin",
        "script",
        "section-source",
        "table-source",
    ]
)
_HOLDS = frozenset(("object-ole",))
_HIDES = ("application/vnd.sun.star.oleobject", "application/vnd.sun.xml.basic", "application/vnd.sun.xml.dialog")
# Links that a reader may follow; nothing is fetched for them by itself.
_FOLLOWED = frozenset(("a", "bibliography-mark", "alphabetical-index-auto-mark-file", "annotation"))
_FORMULAS = frozenset(("formula", "expression", "condition", "cell-range-address", "base-cell-address"))
_RULES = frozenset(("condition", "formatting-entry", "date-is", "data-bar-entry", "color-scale-entry"))


def inspect_open_document(archive: Archive, kind: Kind) -> None:
    """Look through an OpenDocument text, spreadsheet or presentation.

    Raises:
        Malformed: Code ``document_type_differs``, ``document_not_inert``, ``document_unreadable``.
    """
    first = archive.entries[0].filename if archive.entries else ""
    if first != "mimetype" or archive.content(first).decode("latin-1").strip() != OPEN_DOCUMENT[kind]:
        raise Malformed(
            f"The file is named and sent as one of the kind “{kind.value}”, and inside it is none. Save it again as "
            "that, or give it its true name.",
            code=Code.DOCUMENT_TYPE_DIFFERS,
        )
    for name in archive.names():
        if _RUNS_NAME.search(name.lower()):
            raise not_inert(f"The {kind.value} holds macros ({short(name)}). Save it without them.")
    for name, content in archive.contents():
        demanded = must_be_xml(name, "")
        if demanded or looks_like_xml(name, content):
            read_part(name, content, _Part(kind), demanded=demanded)
        else:
            demand_nothing_hidden(kind.value, content)


class _Part:
    """Reads one part for what acts in it."""

    plain: frozenset[str] = frozenset()

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def begin(self, name: str, attributes: dict[str, str]) -> bool:
        if name in _RUNS_OR_FETCHES:
            raise not_inert(
                f"The {self._kind.value} runs or fetches something when it is opened ({name}). Remove macros and break "
                "the links to other files."
            )
        if name in _HOLDS:
            raise _holds(self._kind)
        for key, value in attributes.items():
            self._judge(name, local(key), value)
        return False

    def text(self, name: str, said: str) -> None:
        """No text is wanted."""

    def _judge(self, name: str, key: str, value: str) -> None:
        if key in _FORMULAS or (key == "value" and name in _RULES):
            judge_formula(value)
        elif key == "media-type" and value.strip().lower().startswith(_HIDES):
            raise _holds(self._kind)
        elif key == "href":
            self._judge_link(name, value)

    def _judge_link(self, name: str, target: str) -> None:
        inside = not (leads_out(target) or target.lstrip().startswith(("../", "/")))
        if inside or (name == "template" and is_on_the_readers_own_machine(target)):
            return
        if name not in _FOLLOWED:
            raise not_inert(
                f"The {self._kind.value} fetches something from outside when it is opened ({name[:40]}). Break the "
                "link, and put the thing itself into the document."
            )
        demand_followable(self._kind.value, target if leads_out(target) else f"//{target}")


def _holds(kind: Kind) -> Malformed:
    return not_inert(f"The {kind.value} holds another file inside it. Put a picture of it there instead.")
