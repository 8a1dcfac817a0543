"""What a statement changes, read from its text as it passes: a change that logged nothing is not committed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app.rules.errors import UnrecordedChange

# The log's own tables: writing to them is the logging, not something that must be logged.
LOG_TABLES = frozenset({"entries", "entries_waiting", "entry_places", "disclosures", "entry_labels", "log_state"})
# Bookkeeping that says nothing about anybody: the stored answers to repeated requests, which work is whose turn, that
# there were changes, each of which has its entry, what witnesses cosigned, of which an entry would make the next
# checkpoint that they have to cosign, and when a mail service is asked again about a letter.
BOOKKEEPING_TABLES = frozenset(
    {"idempotency", "jobs", "upload_turns", "facts_changes", "review_marks", "witnesses", "notice_checks"}
)
# What a statement may begin with and change nothing by that alone. Anything else counts as a change.
_HARMLESS = frozenset({"SELECT", "VALUES", "WITH", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "LOCK"})
_NAMES_TEXTS_COMMENTS = re.compile(r"""(?P<name>"(?:[^"]|"")*")|'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/""", re.DOTALL)
_CHANGED = re.compile(
    r"\b(?:INTO|DELETE FROM|(?<!FOR )(?<!KEY )(?<!DO )UPDATE(?: OR [A-Z]+)?)(?: ONLY)? ([^\s(;,]+)", re.IGNORECASE
)


@dataclass
class Watch:
    """What has passed through one transaction.

    Attributes:
        put_off: What the database is still to be told in it, given the connection; told before any other statement, and
            before the commit.
    """

    may_write: bool
    written_tables: set[str] = field(default_factory=set)
    entries_appended: int = 0
    put_off: Callable[[Any], None] | None = None

    def catch_up(self, connection: Any) -> None:
        """Tell the database what was put off, if anything was."""
        tell, self.put_off = self.put_off, None
        if tell is not None:
            tell(connection)

    def saw(self, statement: str) -> None:
        """Note one statement; raises when this transaction may not write."""
        tables = tables_written(statement)
        if tables and not self.may_write:
            raise UnrecordedChange(f"a reading transaction tried to change {', '.join(sorted(tables))}")
        self.written_tables |= tables

    @property
    def unrecorded(self) -> set[str]:
        """The tables changed without an entry; empty when all is well."""
        return set() if self.entries_appended else self.written_tables - LOG_TABLES - BOOKKEEPING_TABLES


@lru_cache(maxsize=2048)
def tables_written(statement: str) -> frozenset[str]:
    """Name the tables that a statement changes, in small letters, as it names them; nothing when it only reads.

    Where that cannot be told, the statement's first word stands in for a table, so that it counts as a change of
    something: a change that is taken for reading would go unlogged.
    """
    plain = " ".join(_NAMES_TEXTS_COMMENTS.sub(_plain_name, statement).split())
    written: set[str] = set()
    for part in plain.split(";"):
        begins = re.match(r"[ (]*([^\s(]*)", part)
        word = begins[1].upper() if begins else ""
        named = {name.strip('"').lower() for name in _CHANGED.findall(part)}
        if word and word not in _HARMLESS and not (named and word in ("INSERT", "UPDATE", "DELETE")):
            named.add(word.lower())
        written |= named
    return frozenset(written)


def _plain_name(found: re.Match[str]) -> str:
    """Leave a quoted name that is a plain word; no words inside a stranger one, a text or a comment shall be read."""
    name = found["name"]
    if name is None:
        return " "
    return name if re.fullmatch(r'"\w+"', name) else '"quoted"'
