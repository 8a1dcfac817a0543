"""Creating once: a repeat with the same Idempotency-Key gives the first answer, and changes nothing.

Each creating operation is asked four times at once with one key, then again, then wrongly, then by somebody else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from httpx2 import Response
from sqlalchemy import insert, select, update

from app.actions import breaches, publication, report_versions, signing_off, suspensions
from app.actions.declarations import prepare_declaration, undertaking_for
from app.actions.own_keys import register_key
from app.audit.entries import Entry, EntryKind
from app.records import posts
from app.records import releases as release_records
from app.records.tables import legal_holds, releases
from app.rules.contingency import CONFIRMATION
from app.rules.facts import Role
from app.rules.incidents import IncidentState
from app.rules.reasons import instant_text
from app.vault.age import new_identity
from tests.application import client_on
from tests.build import london
from tests.unit.api.estate import PUBLISHES_AT, Estate, Side, a_public_key, jwk_of
from tests.unit.api.routes import operations

AT_ONCE = 4


@dataclass(frozen=True)
class Ask:
    """One creating request."""

    who: str
    path: str
    sent: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True)
class Creating:
    """What creates something: the request, another one of the same person, and the table that grows by one row."""

    ask: Ask
    other: Ask
    table: str
    rows: int = 1


def json_ask(who: str, path: str, body: dict[str, Any], **headers: str) -> Ask:
    return Ask(who, path, {"json": body, "headers": headers})


def twice(table: str, who: str, path: str, body: dict[str, Any], **changes: Any) -> Creating:
    return Creating(json_ask(who, path, body), json_ask(who, path, {**body, **changes}), table)


def agreement(estate: Estate, side: Side, person_id: str) -> dict[str, Any]:
    actor = estate.actor(person_id)
    words = undertaking_for(estate.tools, actor, side.ids["rel"]).words
    return {"undertaking_sha256": words.sha256, "typed_name": actor.name, "agreed": True}


def signed_by_own_key(estate: Estate, side: Side, person_id: str) -> str:
    """A declaration that somebody signed themselves, as a compact JWS."""
    key, actor = ec.generate_private_key(ec.SECP256R1()), estate.actor(person_id)
    registered = register_key(estate.tools, actor, jwk_of(key.public_key()))
    prepared = prepare_declaration(estate.tools, actor, side.ids["rel"], **agreement(estate, side, person_id))
    header = {"alg": "ES256", "kid": registered.thumbprint, "typ": "pra-declaration+jws"}
    parts = [json.dumps(header).encode(), prepared.payload]
    said = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    numbers = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(SHA256())))
    signature = b"".join(number.to_bytes(32, "big") for number in numbers)
    return f"{said}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def ministry_of(estate: Estate, side: Side) -> str:
    with estate.tools.reading() as connection:
        return str(posts.get(connection, side.ids["pst"]).organisation_id)


def deputy_for(side: Side) -> dict[str, Any]:
    return {
        "name": "Di Puty",
        "email": f"di.puty@{side.name.lower()}.gov.example",
        "post_title": "Private Secretary 9",
        "organisation": f"Ministry of {side.name}",
        "held_from_on": "2024-01-01",
        "reason": "On leave.",
    }


def sheet(post: str) -> dict[str, Any]:
    return {"content": f"Post,Organisation\n{post},Ministry\n".encode(), "headers": {"Content-Type": "text/csv"}}


def calendar_of(title: str) -> dict[str, Any]:
    line = f"{title},Monthly {title},uk,ordinary,2026-04-14,09:30"
    return {
        "content": f"Title,Series,Order,Sensitivity,Date,Time\n{line}\n".encode(),
        "headers": {"Content-Type": "text/csv"},
    }


def announcing(size_bytes: int) -> dict[str, Any]:
    told = {"Upload-Length": str(size_bytes), "Upload-Metadata": "filename cmVnaW9ucy5jc3Y="}
    return {"headers": {"Tus-Resumable": "1.0.0", **told}}


RELEASE = {
    "title": "Vacancies",
    "order": "uk",
    "sensitivity": "ordinary",
    "publishes_at": "2026-03-17T09:30:00+00:00",
}


def on_record(side: Side) -> dict[str, Creating]:
    """What is published, kept and held beside the releases themselves."""
    head, who = side.sat.people[Role.HEAD_OF_PROFESSION], side.sat.people[Role.STATISTICIAN]
    producer, request = f"/producers/{side.ids['prd']}", f"/releases/{side.welsh}/record-requests"
    said = {"by": "A clerk", "about": "timing", "words": "Why so late?", "made_at": "2026-03-02T10:00:00Z"}
    asked = {"requester": "Sam Asker", "address": "1 High Street", "asked_for": "Who?", "asked_on": "2026-03-02"}
    year = {"order": "uk", "from_on": "2025-01-01", "to_on": "2025-12-31"}
    return {
        "publish_annual_list": twice("annual_lists", head, f"{producer}/annual-lists", year, order="scotland"),
        "publish_arrangements": twice(
            "arrangements", head, f"{producer}/arrangements", {"statement": "We ask."}, statement="We ask twice."
        ),
        "give_undertaking_words": twice(
            "producer_words",
            head,
            f"{producer}/undertaking-words",
            {"order": "northern_ireland", "words": "Mind."},
            words="Mind more.",
        ),
        "propose_warning": twice(
            "warning_texts", who, f"{producer}/warnings", {"order": "uk", "text": "Mind."}, text="Mind more."
        ),
        "record_representation": twice(
            "representations", who, f"/releases/{side.welsh}/representations", said, about="content"
        ),
        "take_record_request": twice("record_requests", who, request, asked, asked_for="When?"),
        "allow_watched_host": twice(
            "watched_hosts",
            head,
            f"{producer}/watched-hosts",
            {"host": "figures.example.gov.example", "reason": "Our own site."},
            host="more.example.gov.example",
        ),
        "confirm_page": twice(
            "page_confirmations",
            who,
            f"/releases/{side.welsh}/page-confirmations",
            {
                "publishes_at": instant_text(PUBLISHES_AT + timedelta(days=14)),
                "page_url": "https://statistics.gov.example/waiting-times",
                "scheduled_by": "Duty web editor",
                "seen": "Looked at its entry.",
            },
            seen="Looked at it again.",
        ),
        "write_prepared_text": twice(
            "prepared_texts",
            who,
            f"/releases/{side.welsh}/prepared-texts",
            {"kind": "tweet", "words": "Out now.", "channel": "The account", "owner_id": head},
            words="Out at last.",
        ),
        "begin_hold": twice("legal_holds", head, f"{producer}/legal-holds", {"reason": "A claim."}, reason="Another."),
    }


def destroying(estate: Estate, side: Side) -> dict[str, Creating]:
    """What is proposed to be destroyed: records of a release whose time is over, and one person's details."""
    gone = estate.service.person("Gil Gone", "gil.gone@elsewhere.gov.example")
    with estate.tools.transaction() as tx:
        row = tx.connection.execute(select(releases).where(releases.c.release_id == side.ids["rel"])).one()._mapping
        long_ago = london(2014, 6, 17, 9, 30)
        old = {
            "release_id": "rel_" + "7" * 24,
            "publishes_at": long_ago,
            "published_at": long_ago,
            "state": "published",
        }
        tx.connection.execute(insert(releases), {**row, **old})
        theirs = legal_holds.c.producer_id == side.ids["prd"]
        tx.connection.execute(update(legal_holds).where(theirs).values(ended_at=long_ago))
        tx.append(Entry(EntryKind.RELEASE_REGISTERED, long_ago, release_id=old["release_id"]))
    head, path = side.sat.people[Role.HEAD_OF_PROFESSION], f"/producers/{side.ids['prd']}/erasures"
    body = {"release_ids": [old["release_id"]], "reason": "Seven years have passed."}
    asked = {"reason": "Asked for by letter."}
    person = f"/people/{gone}/erasure"
    return {
        "propose_erasure": twice("erasures", head, path, body, reason="Twelve years have passed."),
        "propose_person_erasure": twice("erasures", estate.administrator, person, asked, reason="Asked for again."),
    }


def failing_and_learning(estate: Estate, side: Side) -> dict[str, Creating]:
    """What is on record of people, and what somebody who is kept out asks for."""
    head, producer = side.sat.people[Role.HEAD_OF_PROFESSION], side.ids["prd"]
    kept_out = estate.service.person("Kim Keptout", "kim.keptout@elsewhere.gov.example")
    reason = "An indication was given."
    suspended = suspensions.begin_suspension(
        estate.tools, estate.actor(head), producer, subject_kind="person", subject_id=kept_out, reason=reason
    )
    failure = {"person_id": kept_out, "what": "Told a friend.", "occurred_on": "2026-01-06", "order": "uk"}
    course = {"producer_id": producer, "course": "Access", "done_on": "2026-03-02"}
    checking = {"person_id": kept_out, "purpose": "production", "why": "Makes tables.", "from_on": "2026-03-09"}
    return {
        "reapply": twice(
            "reapplications",
            kept_out,
            f"/suspensions/{suspended.suspension.suspension_id}/reapplications",
            {"statement": "I understand now."},
            statement="I understand.",
        ),
        "record_wrong_fact": twice(
            "wrong_facts",
            head,
            "/wrong-facts",
            {
                "kind": "holding",
                "producer_id": producer,
                "post_id": side.ids["pst"],
                "person_id": kept_out,
                "reason": "Never held it.",
            },
            reason="Left before.",
        ),
        "record_failure": twice("failures", head, f"/producers/{producer}/failures", failure, what="Told a paper."),
        "record_training": twice("training_records", head, f"/people/{kept_out}/training", course, course="Law"),
        "propose_production_access": twice(
            "production_access", head, f"/releases/{side.ids['rel']}/production-access", checking, why="Checks them."
        ),
    }


def reporting(estate: Estate, side: Side, south: Side) -> dict[str, Creating]:
    """Reports as people write them: begun, gone on with, and put on record as sent."""
    head, incident = side.sat.people[Role.HEAD_OF_PROFESSION], side.ids["inc"]
    actor = estate.actor(head)
    begun = report_versions.begin_version(estate.tools, actor, incident, form="free", with_names=False, note="")
    for section in (1, 2):
        answers = {"Said": ["All is said."]}
        begun = report_versions.edit_version(
            estate.tools, actor, begun.version.report_version_id, section=section, answers=answers, note=""
        )
    ready = begun.version
    signing_off.sign_off(estate.tools, actor, ready.report_version_id, sha256=ready.sha256)
    breaches.change_incident(estate.tools, actor, incident, revision=1, state=IncidentState.UNDER_REVIEW)
    edit = {"section": 4, "answers": [{"question": "Longer-term changes", "paragraphs": ["Two people look."]}]}
    act = {"what": "Two people look", "owner": "Publishing", "due_on": "2026-06-30", "long_term": True}
    sent = {"submitted_by": "Head", "to": "National Statistician", "how": "by e-mail"}
    at = instant_text(estate.clock.now())
    return {
        "begin_report_version": twice("report_versions", head, f"/incidents/{incident}/report-versions", {}, note="B"),
        "add_corrective_action": twice(
            "corrective_actions", head, f"/incidents/{incident}/corrective-actions", act, owner="Press"
        ),
        "edit_report_version": twice(
            "report_versions",
            south.sat.people[Role.STATISTICIAN],
            f"/report-versions/{south.ids['rpv']}/edits",
            edit,
            note="Another.",
        ),
        "record_report_submission": twice(
            "report_submissions",
            head,
            f"/report-versions/{ready.report_version_id}/submissions",
            {**sent, "submitted_at": at},
            how="by hand",
        ),
    }


def contingency_of(estate: Estate, side: Side) -> dict[str, Creating]:
    """Overdue, with its list of posts published and its own site down."""
    head, release_id = side.sat.people[Role.HEAD_OF_PROFESSION], side.ids["rel"]
    publication.publish_list_of_posts(estate.tools, estate.actor(head), release_id)
    at = estate.clock.now()
    with estate.tools.transaction() as tx:
        due = {"publishes_at": at - timedelta(minutes=5)}
        tx.connection.execute(update(releases).where(releases.c.release_id == release_id).values(due))
        tx.append(Entry(EntryKind.RELEASE_CHANGED, at, release_id=release_id))
        revision = release_records.get_row(tx.connection, release_id).revision
    path, body = f"/releases/{release_id}/contingency", {"reason": "It is down.", "confirmation": CONFIRMATION}
    match = {"If-Match": f'"{revision}"'}
    ask, other = (json_ask(head, path, {**body, "reason": why}, **match) for why in ("It is down.", "Another."))
    return {"release_to_everyone": Creating(ask, other, "contingencies")}


def people_and_places(estate: Estate, side: Side) -> dict[str, Creating]:
    head, people = side.sat.people[Role.HEAD_OF_PROFESSION], estate.administrator
    new = estate.service.organisation("Office for New Statistics")
    former = estate.service.person("Fay Former", "fay.former@elsewhere.gov.example")
    heir = estate.service.person("Hal Heir", "hal.heir@elsewhere.gov.example")
    return {
        "add_organisation": twice("organisations", people, "/organisations", {"name": "Newly"}, name="Other"),
        "add_producer": twice(
            "producers", people, "/producers", {"organisation_id": new, "contact": "Desk"}, contact="Other desk"
        ),
        "propose_provider": twice(
            "sign_in_providers",
            people,
            "/sign-in-providers",
            {
                "organisation_id": new,
                "issuer": "http://127.0.0.1:9/new",
                "client_id": "pra",
                "domains": ["new.gov.example"],
            },
            client_id="other",
        ),
        "add_person": twice(
            "people", people, "/people", {"name": "Ana New", "email": "ana.new@elsewhere.gov.example"}, name="Bea New"
        ),
        "add_post": twice("posts", people, "/posts", {"organisation_id": side.ids["org"], "title": "Clerk"}, unit="X"),
        "begin_holding": twice(
            "holdings",
            people,
            f"/posts/{side.ids['pst']}/holdings",
            {"person_id": former, "from_on": "2026-03-01"},
            from_on="2026-03-02",
        ),
        "hand_over": twice(
            "holdings",
            people,
            f"/holdings/{side.ids['hld']}/handover",
            {"person_id": heir, "from_on": "2026-04-01"},
            from_on="2026-04-02",
        ),
        "give_role": twice(
            "roles",
            people,
            "/roles",
            {"person_id": former, "role": "coordinator", "organisation_id": side.ids["org"]},
            role="auditor",
        ),
        "begin_suspension": twice(
            "suspensions",
            head,
            f"/producers/{side.ids['prd']}/suspensions",
            {"subject_id": former, "reason": "An indication."},
            reason="Another.",
        ),
        "add_closed_day": twice(
            "closed_days",
            head,
            f"/producers/{side.ids['prd']}/closed-days",
            {"day": "2026-03-26", "name": "Local holiday", "reason": "The offices are closed."},
            day="2026-03-27",
        ),
        **on_record(side),
        **failing_and_learning(estate, side),
        "ask_for_erasure": Creating(
            Ask(side.reporter, "/me/erasures"), Ask(side.reporter, "/me/erasures?again=1"), "erasures"
        ),
        "register_key": Creating(
            json_ask(side.recipient, "/me/keys", dict(a_public_key())),
            json_ask(side.recipient, "/me/keys", dict(a_public_key())),
            "person_keys",
        ),
        "register_age_key": Creating(
            json_ask(side.reporter, "/me/age-keys", {"recipient": str(new_identity().recipient)}),
            json_ask(side.reporter, "/me/age-keys", {"recipient": str(new_identity().recipient)}),
            "age_keys",
        ),
        "save_search": twice(
            "saved_searches",
            side.sat.people[Role.AUDITOR],
            "/audit/searches",
            {"name": "Refused", "search": {"outcome": "refused"}},
            name="Refused again",
        ),
        "report_concern": twice(
            "incidents", side.reporter, "/incidents", {"kind": "other", "statement": "A page lay there."}, statement="B"
        ),
    }


def releases_and_documents(estate: Estate, side: Side, south: Side) -> dict[str, Creating]:
    who, rel, spare = side.sat.people[Role.STATISTICIAN], side.ids["rel"], side.spare["rel"]
    upload = {"params": {"file_name": "a.csv"}, "content": b"a,b\n1,2\n", "headers": {"Content-Type": "text/csv"}}
    imports = f"/releases/{south.spare['rel']}/lists/imports?replace_draft=true"
    listed = estate.service.client.get(f"/api/v1/lists/{side.spare['lst']}", headers=estate.headers(who)).json()
    grant = {"post_title": "Third Secretary", "organisation": "Ministry of Third"}
    match = {"If-Match": f'"{listed["revision"]}"'}
    grants = f"/lists/{side.spare['lst']}/grants"
    head, standing = side.sat.people[Role.HEAD_OF_PROFESSION], f"/series/{side.ids['ser']}/standing-list"
    lines, first = f"/series/{south.ids['ser']}/standing-list/grants", {"If-Match": '"1"'}
    signing = f"/releases/{rel}/declarations"
    return {
        "register_release": twice(
            "releases", who, "/releases", {**RELEASE, "producer_id": side.ids["prd"]}, title="Other vacancies"
        ),
        "derive_list": twice("lists", who, f"/releases/{rel}/lists", {}, from_release_id=rel),
        "import_list": Creating(
            Ask(south.sat.people[Role.STATISTICIAN], imports, sheet("Clerk")),
            Ask(south.sat.people[Role.STATISTICIAN], imports, sheet("Other clerk")),
            "grants",
        ),
        "import_calendar": Creating(
            Ask(who, f"/producers/{side.ids['prd']}/calendar-imports?dry_run=false", calendar_of("Output")),
            Ask(who, f"/producers/{side.ids['prd']}/calendar-imports?dry_run=false", calendar_of("Input")),
            "releases",
        ),
        "ask_coordinators": twice(
            "confirmations",
            who,
            f"/lists/{side.spare['lst']}/confirmations",
            {"organisation_id": ministry_of(estate, side)},
            organisation_id=None,
        ),
        "ask_for_deputy": twice(
            "deputies", side.recipient, f"/releases/{rel}/deputies", deputy_for(side), reason="Ill for a week."
        ),
        "schedule_ready_letter": twice(
            "ready_letters",
            who,
            f"/releases/{rel}/ready-letters",
            {"send_at": "2026-03-10T08:00:00Z"},
            send_at="2026-03-10T08:30:00Z",
        ),
        "send_ready_letter": twice(
            "ready_letters", who, f"/releases/{rel}/ready-letters/sending", {}, person_ids=[side.recipient]
        ),
        "take_standing_list": Creating(
            json_ask(head, standing, {"list_id": side.ids["lst"]}, **first),
            json_ask(head, standing, {"list_id": side.spare["lst"]}, **first),
            "standing_grants",
            rows=0,  # it takes the place of the one there is
        ),
        "add_standing_grant": Creating(
            json_ask(south.sat.people[Role.STATISTICIAN], lines, grant, **first),
            json_ask(south.sat.people[Role.STATISTICIAN], lines, {**grant, "ground": "Other"}, **first),
            "standing_grants",
        ),
        "add_grant": Creating(
            json_ask(who, grants, grant, **match),
            json_ask(who, grants, {**grant, "ground": "Other"}, **match),
            "grants",
        ),
        "sign_declaration": twice(
            "declarations", side.recipient, signing, agreement(estate, side, side.recipient), agreed=False
        ),
        "sign_declaration_with_key": twice(
            "declarations",
            side.reporter,
            f"{signing}/signed",
            {"jws": signed_by_own_key(estate, side, side.reporter)},
            jws="a.b.c",
        ),
        "upload_document": Creating(
            Ask(who, f"/releases/{spare}/documents", upload),
            Ask(who, f"/releases/{spare}/documents", {**upload, "params": {"file_name": "b.csv"}}),
            "documents",
        ),
        "begin_upload": Creating(
            Ask(who, f"/releases/{spare}/uploads", announcing(500)),
            Ask(who, f"/releases/{spare}/uploads", announcing(501)),
            "uploads",
        ),
        "recall_release": twice(
            "recalls", head, f"/releases/{spare}/recalls", {"reason": "A wrong table."}, reason="Another table."
        ),
        "begin_rehearsal": twice("releases", head, f"/releases/{rel}/rehearsal", {"minutes": 20}, minutes=30),
        "give_statement": twice(
            "statements",
            side.recipient,
            f"/recalls/{side.ids['rcl']}/statements",
            {"did": "not_opened", "typed_name": estate.actor(side.recipient).name, "agreed": True},
            note="Nor shall I.",
        ),
        "open_document": Creating(
            Ask(south.recipient, f"/documents/{south.ids['doc']}/openings"),
            Ask(south.recipient, f"/documents/{side.ids['doc']}/openings"),
            "openings",
        ),
        "publish_list_of_posts": Creating(
            Ask(south.sat.people[Role.STATISTICIAN], f"/releases/{south.ids['rel']}/public-list"),
            Ask(south.sat.people[Role.STATISTICIAN], f"/releases/{side.ids['rel']}/public-list"),
            "public_lists",
        ),
    }


NAMES = (
    "allow_watched_host",
    "confirm_page",
    "write_prepared_text",
    "propose_provider",
    *("add_organisation", "add_producer", "add_person", "add_post", "begin_holding", "give_role", "begin_suspension"),
    *("register_key", "report_concern", "register_release", "derive_list", "import_list", "add_grant"),
    "register_age_key",
    "hand_over",
    "save_search",
    *("add_closed_day", "take_standing_list", "add_standing_grant", "schedule_ready_letter", "send_ready_letter"),
    *("publish_annual_list", "publish_arrangements", "record_representation", "take_record_request", "begin_hold"),
    *("propose_warning", "give_undertaking_words", "import_calendar", "ask_coordinators", "ask_for_deputy"),
    "record_wrong_fact",
    *("reapply", "record_failure", "record_training", "propose_production_access"),
    *("propose_erasure", "propose_person_erasure", "ask_for_erasure"),
    *("sign_declaration", "sign_declaration_with_key", "upload_document", "open_document", "publish_list_of_posts"),
    "begin_upload",
    *("recall_release", "give_statement", "begin_rehearsal"),
    *("begin_report_version", "edit_report_version", "record_report_submission"),
    "add_corrective_action",
    "release_to_everyone",
)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    made = Estate(tmp_path_factory.mktemp("once"), sides=("North", "South", "West"))
    yield made
    made.service.close()


@pytest.fixture(scope="module")
def creating(estate: Estate) -> dict[str, Creating]:
    north, south, west = estate.sides
    return {
        **contingency_of(estate, west),
        **destroying(estate, south),
        **people_and_places(estate, north),
        **releases_and_documents(estate, north, south),
        **reporting(estate, north, south),
    }


def sender(estate: Estate, ask: Ask, key: str, who: str | None = None) -> Callable[[], Response]:
    """Give what sends the request once; each has a client of its own, so that several can be sent at once."""
    headers = {**estate.headers(who or ask.who), **ask.sent.get("headers", {}), "Idempotency-Key": key}
    client = client_on(estate.service.client.app)
    return lambda: client.request(ask.method, f"/api/v1{ask.path}", **{**ask.sent, "headers": headers})


def told(answer: Response) -> tuple[int, Any, str | None]:
    return answer.status_code, answer.json(), answer.headers.get("etag")


def test_every_creating_operation_is_tried(estate: Estate, creating: dict[str, Creating]) -> None:
    document = estate.service.client.get("/openapi.json").json()
    taking = {
        operation["operationId"]
        for _, _, operation in operations(document)
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", []))
    }
    assert (set(creating), set(NAMES)) == (taking, taking)


# They give out a secret that is told once and kept nowhere, so that there is no first answer to repeat.
WITHOUT_A_KEY = {
    "begin_session",
    "issue_token",
    "make_credential",
    "make_calendar_link",
    "make_webhook",
    "rotate_webhook_secret",
    "renew_credential_secret",
}


def test_every_post_that_creates_takes_a_key_unless_it_tells_a_secret(estate: Estate) -> None:
    """Found by review: proposing to destroy records took none."""
    document = estate.service.client.get("/openapi.json").json()
    without = {
        operation["operationId"]
        for method, _, operation in operations(document)
        if method == "POST" and "201" in operation["responses"]
        if all(one["name"] != "Idempotency-Key" for one in operation.get("parameters", []))
    }
    assert without == WITHOUT_A_KEY


@pytest.mark.parametrize("name", NAMES)
def test_creating_request_with_a_key_has_one_effect(estate: Estate, creating: dict[str, Creating], name: str) -> None:
    one = creating[name]
    before = estate.counts()
    for key in ("1234567", "k" * 129, "with a blank"):
        refused = sender(estate, one.ask, key)()
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_not_valid")
    assert estate.counts() == before

    key = f"once-{name}"
    acts = [sender(estate, one.ask, key) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda act: act(), acts))
    done = [answer for answer in answers if answer.status_code == 201]
    assert done, answers[0].text
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({json.dumps(told(answer)) for answer in done}) == 1
    after = estate.counts()
    assert after[one.table] == before[one.table] + one.rows

    again = sender(estate, one.ask, key)()
    assert (told(again), again.headers["idempotency-replayed"]) == (told(done[0]), "true")
    other = sender(estate, one.other, key)()
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert estate.counts() == after
    theirs = sender(estate, one.ask, key, who=estate.stranger)()
    assert ("idempotency-replayed" in theirs.headers, told(theirs) == told(done[0])) == (False, False)
    made_theirs = theirs.status_code == 201  # everybody may report a concern
    assert estate.counts()[one.table] == after[one.table] + made_theirs


def test_key_used_by_two_people_creates_for_each(estate: Estate) -> None:
    path, key = "/incidents", "the-same-random-value"
    body = {"kind": "other", "statement": "Seen on a screen in the corridor."}
    first, second = (
        sender(estate, json_ask(who, path, body), key)()
        for who in (estate.sides[0].recipient, estate.sides[1].recipient)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["incident_id"] != second.json()["incident_id"]


def test_request_that_was_refused_leaves_its_key_free(estate: Estate) -> None:
    ask = json_ask(estate.administrator, "/people", {"name": "Group", "email": "team@elsewhere.gov.example"})
    refused = sender(estate, ask, "free-after-refusal")()
    assert (refused.status_code, refused.json()["code"]) == (422, "shared_mailbox")
    mended = replace(ask, sent={"json": {"name": "Gil Gray", "email": "gil.gray@elsewhere.gov.example"}})
    assert sender(estate, mended, "free-after-refusal")().status_code == 201


def test_stored_key_and_request_cannot_be_read_from_the_records(estate: Estate, tmp_path: Path) -> None:
    ask = json_ask(estate.administrator, "/organisations", {"name": "Ministry of Keys"})
    assert sender(estate, ask, "a-key-that-is-mine")().status_code == 201
    kept = (estate.service.folder / "records.sqlite3").read_bytes() + b"".join(
        path.read_bytes() for path in estate.service.folder.glob("records.sqlite3-*")
    )
    assert b"Ministry of Keys" in kept
    assert b"a-key-that-is-mine" not in kept
    assert hashlib.sha256(b"a-key-that-is-mine").hexdigest().encode() not in kept
