"""A version of a list leaves as a sheet, in headings that import again; who took it is on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.actions.lists import PREPARERS
from app.actions.tools import Actor, Tools, require_role
from app.audit.entries import Entry, EntryKind
from app.records import eligibility, releases
from app.rules.canonical import sha256_hex
from app.rules.facts import Role
from app.rules.listsheet import list_rows

SheetKind = Literal["csv", "xlsx", "ods"]


@dataclass(frozen=True, slots=True)
class ExportedSheet:
    """A sheet that leaves: its bytes, and the name it is given."""

    content: bytes
    file_name: str
    kind: SheetKind


def export_list(tools: Tools, actor: Actor, list_id: str, kind: SheetKind) -> ExportedSheet:
    """Write one version of a list, holders and all, as a sheet.

    It names people, so that it was taken, by whom and with which hash, stands in the log before it leaves.

    Args:
        tools: The tools.
        actor: Somebody who prepares the release, or an auditor.
        list_id: The version.
        kind: ``csv``, ``xlsx`` or ``ods``.

    Raises:
        NotFound: There is none, or the actor has no business with it.
        Refused: The actor has another role.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        row = eligibility.get_row(connection, list_id)
        release = releases.get_row(connection, row.eligibility_list.release_id)
        require_role(actor, release.organisation_id, *PREPARERS, Role.AUDITOR)
    listed = row.eligibility_list
    rows = list_rows((one.grant, one.holder_name, one.holder_email) for one in row.rows)
    content = tools.write_sheet(rows, kind=kind, title=f"List version {listed.version}")
    with tools.transaction() as tx:
        tx.append(
            Entry(
                EntryKind.LIST_EXPORTED,
                at,
                actor_id=actor.actor_id,
                producer_id=release.release.producer.producer_id,
                release_id=listed.release_id,
                said={
                    "list_id": list_id,
                    "version": listed.version,
                    "format": kind,
                    "seats": len(row.rows),
                    "sha256": sha256_hex(content),
                },
            )
        )
    return ExportedSheet(content, f"list-version-{listed.version}.{kind}", kind)
