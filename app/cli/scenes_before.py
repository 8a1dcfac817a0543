"""The demo, first part: from seven days before to the evening before the window. Preparing."""

from __future__ import annotations

import hashlib
import io
import json
import secrets

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from app import wiring
from app.cli import scenes_texts
from app.cli.story import AS_PUBLISHED, COMPLETED, Story


def play(story: Story) -> None:
    """Register, import, approve, sign, seal, fix, sign off, and write a tweet for the day."""
    _register(story)
    _import(story)
    _approve(story)
    _declarations(story)
    _documents(story)
    scenes_texts.wait(story)


def _register(story: Story) -> None:
    stage = story.stage
    stage.scene("Seven days before: the statistician registers the release")
    for who in (story.statistician, story.lead, story.head, story.auditor):
        stage.sign_in(who)
    made = stage.do(
        "POST",
        "/api/v1/releases",
        who=story.statistician,
        expect=201,
        body={
            "producer_id": story.producer.producer_id,
            "title": "UK labour market statistics: July 2016",
            "order": "uk",
            "sensitivity": "market_sensitive",
            "publishes_at": "2016-07-20T09:30:00+01:00",
            "series": "UK labour market statistics",
            "public_url": "https://stats.gov.example/releases/uk-labour-market-july-2016",
        },
    )
    story.release_id = made["release_id"]
    stage.say(f"{made['title']}, market sensitive, to be published {made['publishes_at_london']}.")
    found = stage.do(
        "GET",
        "/api/v1/window?order=uk&sensitivity=market_sensitive&publishes_at=2016-07-20T09:30:00%2B01:00",
        who=story.statistician,
    )
    stage.say(f"{found['reasons'][0]} ({', '.join(found['sources'])})")


def _import(story: Story) -> None:
    stage = story.stage
    path = f"/api/v1/releases/{story.release_id}/lists/imports"
    stage.scene("The list as it was really published, tried first: a dry run")
    rough = stage.do(
        "POST",
        f"{path}?dry_run=true",
        who=story.statistician,
        content=AS_PUBLISHED.read_bytes(),
        content_type="text/csv",
    )
    for problem in rough["problems"][:6]:
        stage.say(f"row {problem['row']}, {problem['column']}: {problem['detail']} [{problem['severity']}]")
    stage.say(f"… {len(rough['problems'])} remarks on {len(rough['to_add'])} rows; nothing was imported.")
    versions = stage.do("GET", f"/api/v1/releases/{story.release_id}/lists", who=story.statistician)
    stage.promise("dry_run_names_rows_and_changes_nothing", bool(rough["problems"]) and not versions["results"])
    hostile = b"Post,Organisation,Name,E-mail\n=HYPERLINK(1),HM Treasury,Hal,press.office@treasury.gov.example\n"
    refused = stage.call("POST", path, who=story.statistician, content=hostile, content_type="text/csv")
    for row in refused.json().get("rows", [])[:4]:
        stage.say(f"a hostile sheet is refused, row {row['row']}: {row['detail']}")
    stage.promise("formula_and_shared_mailbox_refused", refused.status_code == 422)
    stage.scene("The same list completed with holders and grounds, imported")
    done = stage.do(
        "POST", path, who=story.statistician, expect=201, content=COMPLETED.read_bytes(), content_type="text/csv"
    )
    story.list_id = done["draft"]["list_id"]
    stage.keep("list_import.json", "list-import.json", _pretty(done))
    stage.say(f"{len(done['to_add'])} grants as draft version {done['draft']['version']}.")


def _approve(story: Story) -> None:
    stage = story.stage
    stage.scene("Approval: by the head of profession, who did not prepare it")
    stage.sign_in(story.deputy_head)
    listed = stage.do("GET", f"/api/v1/lists/{story.list_id}", who=story.deputy_head)
    grant = listed["grants"][-1]["grant_id"]
    stage.do(
        "PATCH",
        f"/api/v1/lists/{story.list_id}/grants/{grant}",
        who=story.deputy_head,
        body={"ground": "Briefs the Chancellor for questions at publication"},
        if_match=listed["etag"],
    )
    listed = stage.do("GET", f"/api/v1/lists/{story.list_id}", who=story.head)
    path = f"/api/v1/lists/{story.list_id}/approval"
    alone = stage.call("POST", path, who=story.deputy_head, If_Match=listed["etag"])
    stage.say(f"the deputy head, who has just corrected a ground: {alone.status_code} {alone.json()['detail']}")
    approved = stage.do("POST", path, who=story.head, if_match=listed["etag"])
    stage.promise(
        "approved_by_a_second_person",
        alone.json()["code"] == "second_person_required" and approved["state"] == "approved",
        f"{approved['grants_count']} grants, list {approved['sha256'][:16]}…",
    )
    for row in story.recipients:
        if row["Role"] in (
            "Prime Minister",
            "Chancellor of the Exchequer",
            "Financial Secretary",
            "Economic Secretary",
        ):
            stage.sign_in(row["E-mail"])


def _declarations(story: Story) -> None:
    stage = story.stage
    stage.clock("2016-07-15T10:00:00+01:00")
    stage.scene("Five days before: two recipients sign their declarations")
    for post in ("Prime Minister", "Chancellor of the Exchequer"):
        who = story.recipient(post)
        stage.sign_in(who["E-mail"])
        signed = story.sign(who)
        stage.say(f"{post}: declaration {signed['declaration_id']} signed, counts until {signed['lapses_at']}.")
        jws: str = signed["jws"]
    stage.keep("declaration.jws", "declaration.jws", jws.encode())
    keys = stage.call("GET", "/api/v1/keys/declarations/jwks.json")
    stage.keep("declaration_keys.json", "declaration-keys.jwks.json", keys.content)
    stage.promise("declaration_verifies_from_the_public_keys", _verifies(jws, keys.json()))
    stage.promise("altered_declaration_does_not_verify", not _verifies(_altered(jws), keys.json()))


def _documents(story: Story) -> None:
    stage = story.stage
    stage.clock("2016-07-18T15:00:00+01:00")
    stage.scene("Two days before: documents are sealed as they arrive, and fixed by a second person")
    for who in (story.statistician, story.lead, story.head):
        stage.sign_in(who)
    bulletin = _bulletin()
    tables = b"month,rate\n" + b"".join(f"row {n},{secrets.token_hex(500)}\n".encode() for n in range(48 * 1024))
    story.bulletin_id = _seal_and_fix(story, "labour-market-2016-07.pdf", "application/pdf", bulletin)
    story.tables_id = _seal_and_fix(story, "labour-market-tables-2016-07.csv", "text/csv", tables)
    broken = stage.call(
        "POST",
        f"/api/v1/releases/{story.release_id}/documents?file_name=broken.pdf",
        who=story.statistician,
        content=bulletin[: len(bulletin) // 2],
        Content_Type="application/pdf",
    )
    stage.promise("broken_pdf_refused", broken.status_code == 422, broken.json()["title"])
    story.move(story.statistician, "announcement")
    story.move(story.head, "sign-off")
    stage.say("announced, and signed off by the head of profession.")


def _seal_and_fix(story: Story, name: str, media_type: str, content: bytes) -> str:
    stage = story.stage
    sealed = stage.do(
        "POST",
        f"/api/v1/releases/{story.release_id}/documents?file_name={name}",
        who=story.statistician,
        expect=201,
        content=content,
        Content_Type=media_type,
    )
    digest = hashlib.sha256(content).hexdigest()
    path = f"/api/v1/documents/{sealed['document_id']}/fixing"
    etag = f'"{sealed["revision"]}"'
    alone = stage.call("POST", path, who=story.statistician, body={"sha256": digest}, If_Match=etag)
    fixed = stage.do("POST", path, who=story.lead, body={"sha256": digest}, if_match=etag)
    kept = sealed["sha256"] == digest and alone.status_code == 403 and fixed["state"] == "final"
    stage.promise("document_fixed_by_a_second_person", kept, f"{name}, {len(content):,} bytes, {digest[:16]}…")
    return str(sealed["document_id"])


def _bulletin() -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    for number in range(1, 4):
        page.setFont("Helvetica-Bold", 18)
        page.drawString(72, 740, "Example labour market bulletin, July 2016")
        page.setFont("Helvetica", 12)
        page.drawString(72, 700, f"Page {number}. Invented figures: the rate was {4 + number}.{number} per cent.")
        page.showPage()
    page.save()
    return out.getvalue()


def _pretty(content: object) -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _verifies(jws: str, keys: dict[str, object]) -> bool:
    return wiring.declaration_verifies(jws, keys)


def _altered(jws: str) -> str:
    header, payload, signature = jws.split(".")
    return ".".join((header, payload[:-6] + ("A" if payload[-6] != "A" else "B") + payload[-5:], signature))
