"""The exhibits of a report: each entry that bears the account out, with the proof that the log holds it.

What an entry keeps sealed is left out: the proof needs none of it, and a report goes to people outside.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime

from app.actions.drafting import drafted_entry, report_facts, seen
from app.actions.gathering import timeline_of
from app.actions.kept_reports import found, view
from app.actions.tools import Actor, Tools
from app.audit import export, reading
from app.audit.sequencer import Sequencer
from app.records import releases
from app.records.breaches import IncidentCard
from app.rules.canonical import sha256_hex
from app.rules.errors import LogDamaged
from app.rules.reportparts import Report
from app.rules.reports import draft_report as drafted
from app.rules.timeline import Timeline

_FOLDER = "exhibits"
_READ_ME = """These are the exhibits of the report on incident {number}: entries of the audit log of pre-release access.

entries/     each entry as it stands in the log, canonical JSON; the number is that of the report's annex
receipts/    for each, the proof that the log holds it, under a checkpoint that is signed with the log's key
checkpoint   the newest of those signed heads of the log
keys.txt     the log's public keys, newest first. Compare them with a copy that you trust
timeline.svg the timeline of the release's window, as a picture; made from the log and the records at the time of this
             archive. No proof goes with it: what it rests on, an auditor finds in the log. Absent where no release
             is concerned
MANIFEST.sha256   the SHA-256 of every other file here

Are the files whole?          sha256sum --check MANIFEST.sha256
Does the log hold an entry?   pra audit verify-receipt receipts/001.json --key keys.txt

An entry names nobody: personal details stand in it as commitments only, and their clear values are left out here.
"""


def archive(tools: Tools, actor: Actor, incident_id: str, draw: Callable[[Timeline], bytes]) -> bytes:
    """Give the exhibits of the draft of an incident's report as one ZIP file. That they were given is on record.

    Args:
        draw: Writes the timeline of the release's window as an SVG picture.

    Raises:
        NotFound: There is none, or none that this person may see.
        LogDamaged: The log cannot vouch for an entry; nothing is given.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        card = seen(connection, actor, incident_id)
        report = drafted(report_facts(connection, card, at))
    return _archive(tools, actor, card, report, at, {}, draw)


def archive_of_version(tools: Tools, actor: Actor, report_version_id: str, draw: Callable[[Timeline], bytes]) -> bytes:
    """Give the exhibits of one version of a report, numbered as in its annex. That they were given is on record.

    Args:
        draw: As for ``archive``.

    Raises:
        NotFound: There is none, or none that this person may see; or what it said was destroyed.
        LogDamaged: The log cannot vouch for an entry; nothing is given.
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        one, card = found(connection, actor, report_version_id)
        report = view(connection, one).as_report()
    return _archive(tools, actor, card, report, at, {"number": one.number}, draw)


def _archive(
    tools: Tools,
    actor: Actor,
    card: IncidentCard,
    report: Report,
    at: datetime,
    said: dict[str, int],
    draw: Callable[[Timeline], bytes],
) -> bytes:
    _sequence(tools)  # the newest of the entries may have no place in the tree yet
    with tools.reading() as connection:
        logged = [reading.find(connection, entry_id) for entry_id in report.exhibits]
    files: dict[str, bytes] = {}
    note = tools.tiles.read_checkpoint() or ""
    for number, one in enumerate(logged, 1):
        if one is None:
            raise LogDamaged("an entry of the account is not in the log")
        receipt = export.receipt(tools.tiles, one)
        del receipt["disclosed"]
        note = receipt["checkpoint"]
        files[f"entries/{number:03}.json"] = base64.b64decode(receipt["entry"])
        files[f"receipts/{number:03}.json"] = json.dumps(receipt, indent=1, sort_keys=True).encode() + b"\n"
    files["checkpoint"] = note.encode()
    files["keys.txt"] = "".join(f"{vkey}\n" for vkey in tools.keys.checkpoint_vkeys(tools.policy.origin)).encode()
    files["READ-ME.txt"] = _READ_ME.format(number=card.number).encode()
    if card.release_id is not None:
        with tools.reading() as connection:
            release = releases.get(connection, card.release_id)
            files["timeline.svg"] = draw(timeline_of(connection, release, at, incident_id=card.incident_id))
    manifest = "".join(f"{sha256_hex(content)}  {name}\n" for name, content in sorted(files.items())).encode()
    with tools.transaction() as tx:
        drafted = {"format": "exhibits", "sha256": sha256_hex(manifest), **said}
        tx.append(drafted_entry(actor, card, at, drafted))
    return _packed({**files, "MANIFEST.sha256": manifest}, at)


def _sequence(tools: Tools) -> None:
    signer = tools.keys.checkpoint_signer(tools.policy.origin)
    keeper = Sequencer(tools.database, tools.tiles, tools.policy.origin, signer.sign_note)
    keeper.integrate_all()


def _packed(files: dict[str, bytes], at: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(files.items()):
            member = zipfile.ZipInfo(f"{_FOLDER}/{name}", at.timetuple()[:6])
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(member, content)
    return out.getvalue()
