"""The demo, last part: a postponement after reading, publication, and the evidence."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from app import wiring
from app.actions import auditing
from app.audit import verify
from app.audit.exported import LogRefused
from app.cli import scenes_texts
from app.cli.story import Story

STORE = Path("var/demo/service/sealed")


def play(story: Story) -> None:
    """Move the release after people have read it, publish it, and let others check everything."""
    _postponed(story)
    _published(story)
    _log(story)
    _sealed_files(story)


def _postponed(story: Story) -> None:
    stage = story.stage
    stage.clock("2016-07-19T20:00:00+01:00")
    stage.scene("The evening: the release is put off by a day, after people have read it")
    for who in (story.head, story.recipient("Chancellor of the Exchequer")["E-mail"]):
        stage.sign_in(who)
    story.move(
        story.head,
        "rescheduling",
        publishes_at="2016-07-21T09:30:00+01:00",
        reason="A source error was found; the tables are being checked.",
    )
    scenes_texts.hold(story)
    incidents = stage.do("GET", "/api/v1/incidents?near_miss=false", who=story.head)["results"]
    moved = [incident for incident in incidents if incident["kind"] == "access_made_over_long"]
    stage.promise("postponement_after_reading_opens_an_incident", len(moved) == 1)
    stage.say(moved[0]["summary"])
    for form, name in (("2009", "markdown"), ("2018", "markdown"), ("2018", "html"), ("2018", "json")):
        path = f"/api/v1/incidents/{moved[0]['incident_id']}/report?form={form}&format={name}"
        report = stage.call("GET", path, who=story.head)
        ending = {"markdown": "md"}.get(name, name)
        stage.keep(f"breach_report_{form}_{ending}", f"breach-report-{form}.{ending}", report.content)
        stage.promise("report_drafted_from_the_log", report.status_code == 200 and _tells(story, report.text))
    chancellor = story.recipient("Chancellor of the Exchequer")["E-mail"]
    refused = story.open(chancellor, story.bulletin_id)
    stage.promise(
        "window_counted_afresh_after_the_move", "window_not_open" in story.reasons(refused), story.reasons(refused)
    )


def _tells(story: Story, report: str) -> bool:
    # The account must name posts and times, and none of the people.
    names = [row["Name"] for row in story.recipients] + [row["E-mail"] for row in story.recipients]
    return "Chancellor of the Exchequer" in report and not any(name in report for name in names)


def _published(story: Story) -> None:
    stage = story.stage
    stage.clock("2016-07-21T09:30:04+01:00")
    stage.scene("The new time: publication, which needs the list of posts")
    stage.sign_in(story.head)
    scenes_texts.ask_early(story)
    etag = story.release(story.head)["etag"]
    path = f"/api/v1/releases/{story.release_id}/publication"
    body = {"reason": "Seen live on the public page."}
    blocked = stage.call("POST", path, who=story.head, body=body, If_Match=etag)
    stage.say(f"without the list of posts: {blocked.status_code} {blocked.json()['reasons'][0]['detail']}")
    stage.do("POST", f"/api/v1/releases/{story.release_id}/public-list", who=story.head, expect=201)
    story.move(story.head, "publication", **body)
    scenes_texts.send(story)
    stage.promise("publication_blocked_without_list_of_posts", blocked.status_code == 409)
    posts: dict[str, Any] = stage.call("GET", f"/api/v1/releases/{story.release_id}/public-list.json").json()
    for ending in ("html", "csv", "json"):
        listed = stage.call("GET", f"/api/v1/releases/{story.release_id}/public-list.{ending}")
        stage.keep(f"public_list_{ending}", f"public-list.{ending}", listed.content)
    published = sorted((row["post"], row["organisation"]) for row in posts["rows"] for _ in range(row["count"]))
    granted = sorted((row["Role"], row["Organisation"]) for row in story.recipients)
    stage.promise("public_list_is_exactly_the_enforced_list", published == granted, f"{len(granted)} posts")
    chancellor = story.recipient("Chancellor of the Exchequer")["E-mail"]
    stage.sign_in(chancellor)
    ended = story.open(chancellor, story.bulletin_id)
    stage.promise("window_ends_with_publication", "already_published" in story.reasons(ended), ended.json()["detail"])


def _log(story: Story) -> None:
    stage = story.stage
    stage.clock("2016-07-21T11:30:00+01:00")
    stage.scene("Two hours after: the auditor takes the log away and checks it without us")
    stage.sign_in(story.auditor)
    refusals = stage.do(
        "GET", f"/api/v1/audit/entries?release_id={story.release_id}&outcome=refused", who=story.auditor
    )
    for entry in refusals["results"][:8]:
        leaf = entry["leaf"]
        stage.say(f"{leaf['at']} {leaf['kind']} {leaf['outcome']} {leaf['said'].get('reasons', '')}")
    tools, _ = wiring.demo_tools()
    folder = Path("var/demo/log")
    size = auditing.export_log(tools, "operator", folder)
    vkey = auditing.log_vkeys(tools)[0]
    stage.keep("log_key", "log.vkey", f"{vkey}\n".encode())
    stage.files["log"] = str(folder)
    stage.promise("log_exported_and_verified", _holds(folder, vkey), f"{size} entries")
    altered = Path("var/demo/log-altered")
    shutil.copytree(folder, altered)
    bundle = next(path for path in sorted((altered / "tile" / "entries").rglob("*")) if path.is_file())
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    bundle.write_bytes(bytes(content))
    stage.promise("altered_log_refused", not _holds(altered, vkey))
    entry_id = refusals["results"][0]["entry_id"]
    receipt = stage.do("GET", f"/api/v1/audit/entries/{entry_id}/receipt", who=story.auditor)
    stage.promise("receipt_proves_a_refusal", verify.verify_receipt(receipt, vkey).index == receipt["index"])


def _holds(folder: Path, vkey: str) -> bool:
    try:
        verify.verify_log(folder, vkey)
    except LogRefused as refused:
        print(f"   refused: {refused}")
        return False
    return True


def _sealed_files(story: Story) -> None:
    stage = story.stage
    stage.scene("A sealed file at rest, the offline key, and the ordinary age program")
    body = max((path for path in STORE.iterdir() if path.suffix != ".escrow"), key=lambda path: path.stat().st_size)
    escrow = body.with_name(body.name + ".escrow")
    work = Path("var/demo/recovered")
    work.mkdir(parents=True)
    offline = Path("var/demo/offline-escrow.key")
    key = work / "document.key"
    opened = _age(offline, escrow, key) and _age(key, body, work / "tables.csv")
    plain = (work / "tables.csv").read_bytes()[:11] if opened else b""
    stage.promise("sealed_file_opened_by_age_with_the_escrowed_key", opened and plain == b"month,rate\n", _program())
    stage.files["sealed_document"], stage.files["recovered_document"] = str(body), str(work / "tables.csv")
    flipped = work / "flipped.age"
    content = bytearray(body.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(bytes(content))
    stage.promise("sealed_file_with_one_flipped_bit_refused", not _age(key, flipped, work / "flipped.csv"))
    stage.promise("no_plaintext_at_rest", not any(b"month,rate" in path.read_bytes() for path in STORE.iterdir()))


def _program() -> str:
    return "age" if shutil.which("age") else "pyrage"


def _age(identity: Path, sealed: Path, plain: Path) -> bool:
    if shutil.which("age"):
        done = subprocess.run(
            ["age", "--decrypt", "--identity", str(identity), "--output", str(plain), str(sealed)],
            capture_output=True,
            check=False,
        )
        return done.returncode == 0
    import pyrage  # noqa: PLC0415  # slow: only where the age program is not installed

    try:
        keys = [pyrage.x25519.Identity.from_str(identity.read_text("ascii").strip())]
        plain.write_bytes(pyrage.decrypt(sealed.read_bytes(), keys))
    except pyrage.DecryptError:
        return False
    return True
