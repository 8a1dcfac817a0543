"""Tells a scenario through the whole service: its HTTP API, its records, its log, a twin clock and twin mail.

Every act is a request by somebody. Only signing in goes a shorter way, as it has tests of its own: a session is put
straight into the records, and made anew when the clock has moved on; ``signs_in`` goes the long way, by the code in
the mail.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pyzipper
from starlette.testclient import TestClient

from app.actions import auditing, notices
from app.actions.tools import Policy
from app.audit.entries import EntryKind
from app.rules.facts import Role
from app.rules.reasons import instant_text
from app.worker import jobs
from tests.application import client_of
from tests.service import Service
from tests.unit.lists.real import as_csv
from tests.world import session_of

HEADINGS = ["Post", "Organisation", "Hours", "Name", "Email", "In post from", "Ground"]
FIGURES = b"region,claimants\nNorth,120455\nSouth,98812\n"
STALE = timedelta(minutes=10)


@dataclass(frozen=True)
class Reader:
    """Somebody who is to be on a list, in a post of their own."""

    name: str
    email: str
    post: str
    organisation: str = "Example Treasury"
    hours: str = "24"
    ground: str = "Answers questions at the time of publication"

    def row(self) -> list[str]:
        return [self.post, self.organisation, self.hours, self.name, self.email, "2010-01-04", self.ground]


CHANCELLOR = Reader("Ash Alder", "ash.alder@treasury.gov.example", "Chancellor")
ADVISER = Reader("Bay Birch", "bay.birch@treasury.gov.example", "Chief Economic Adviser")
SECRETARY = Reader("Cam Cedar", "cam.cedar@treasury.gov.example", "Private Secretary")
STRANGER = Reader("Vic Willow", "vic.willow@elsewhere.gov.example", "Press Officer", "Department for Fog")


@dataclass
class Told:
    """What the story has come to: the release, its list, its document."""

    release_id: str = ""
    listed: dict[str, Any] = field(default_factory=dict)
    document_id: str = ""


class Story:
    """One producer, the people around it, and one release at a time.

    People are named by their person id, or as the ``Reader`` that stands on the list.
    """

    def __init__(
        self, folder: Path, at: datetime, *, database_url: str | None = None, declaration_for_all: bool = True
    ) -> None:
        self.folder = folder
        policy = Policy(origin="story.pra-gatekeeper.example/log")
        self.service = Service(folder, at, database_url=database_url, policy=policy)
        self.tools, self.clock = self.service.tools, self.service.clock
        self.sat = self.service.producer(declaration_for_all=declaration_for_all)
        self.statistician = self.sat.people[Role.STATISTICIAN]
        self.lead = self.sat.people[Role.LEAD_OFFICIAL]
        self.head = self.sat.people[Role.HEAD_OF_PROFESSION]
        self.auditor = self.sat.people[Role.AUDITOR]
        self.told = Told()
        self._person_ids: dict[str, str] = {}
        self._sessions: dict[str, tuple[datetime, dict[str, str]]] = {}

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(
        self, who: Reader | str | None, method: str, path: str, *, revision: int | None = None, **sent: Any
    ) -> httpx2.Response:
        """Send one request as somebody, or as nobody; gives the whole answer."""
        headers = {} if who is None else dict(self.headers(who))
        headers.update(sent.pop("headers", {}))
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        answer: httpx2.Response = self.client.request(method, f"/api/v1{path}", headers=headers, **sent)
        return answer

    @property
    def client(self) -> TestClient:
        """A client of the application as it serves this story."""
        return client_of(self.tools)

    def get(self, who: Reader | str | None, path: str, **sent: Any) -> Any:
        """Read something that must be there."""
        return done(self.ask(who, "GET", path, **sent))

    def post(self, who: Reader | str | None, path: str, **sent: Any) -> httpx2.Response:
        """Ask for something to be done; gives the whole answer."""
        return self.ask(who, "POST", path, **sent)

    def headers(self, who: Reader | str) -> dict[str, str]:
        """Give the headers of a session of this person that is fresh by the story's clock."""
        person_id, now = self.id_of(who), self.clock.now()
        known = self._sessions.get(person_id)
        if known is None or not timedelta(0) <= now - known[0] < STALE:
            self._sessions[person_id] = known = now, session_of(self.tools, person_id).headers
        return known[1]

    def signs_in(self, who: Reader | str) -> dict[str, str]:
        """Sign in by the code that is mailed."""
        person_id = self.id_of(who)
        self.service._client = self.client
        self._sessions[person_id] = self.clock.now(), self.service.sign_in(self.service.email_of(person_id))
        return self._sessions[person_id][1]

    def id_of(self, who: Reader | str) -> str:
        """Give the person's id; a reader who is on no list yet is added as a person that the service knows."""
        if isinstance(who, str):
            return who
        if who.email not in self._person_ids:
            found = self.get(self.statistician, "/people", params={"email": who.email})["results"]
            known = found[0]["person_id"] if found else self.service.person(who.name, who.email)
            self._person_ids[who.email] = known
        return self._person_ids[who.email]

    # -- preparing ----------------------------------------------------------------------------------------------

    def release(self, publishes_at: datetime, **changes: Any) -> str:
        """Register a release as the statistician: market sensitive, under the UK Order, unless told otherwise."""
        body = {
            "producer_id": self.sat.producer_id,
            "title": "Claimant count",
            "order": "uk",
            "sensitivity": "market_sensitive",
            "publishes_at": instant_text(publishes_at),
            "public_url": "https://stats.gov.example/claimant-count",
            **changes,
        }
        self.told = Told(release_id=done(self.post(self.statistician, "/releases", json=body), 201)["release_id"])
        return self.told.release_id

    def imports(self, *readers: Reader, **query: Any) -> httpx2.Response:
        """Import these readers as a new draft of the list, as the statistician."""
        sheet = as_csv([HEADINGS, *(reader.row() for reader in readers)])
        return self.import_sheet(sheet, "text/csv", **query)

    def import_sheet(self, sheet: bytes, media_type: str, **query: Any) -> httpx2.Response:
        """Import a sheet as it is."""
        path = f"/releases/{self.told.release_id}/lists/imports"
        headers = {"Content-Type": media_type}
        return self.post(self.statistician, path, params=query, content=sheet, headers=headers)

    def draft_with(self, *readers: Reader, **query: Any) -> dict[str, Any]:
        """Import these readers; gives the draft with its grants."""
        made = done(self.imports(*readers, **query), 201)
        self.told.listed = self.get(self.statistician, f"/lists/{made['draft']['list_id']}")
        return self.told.listed

    def approves(self, who: str | None = None, *, override: str = "") -> httpx2.Response:
        """Ask for approval of the draft, as the head of profession unless told otherwise; overriding with a reason."""
        listed = self.told.listed
        sent = {"json": {"override_reason": override}} if override else {}
        return self.post(who or self.head, f"/lists/{listed['list_id']}/approval", revision=listed["revision"], **sent)

    def list_with(self, *readers: Reader, override: str = "", **query: Any) -> dict[str, Any]:
        """Have a list of these readers imported and approved."""
        self.draft_with(*readers, **query)
        self.told.listed = done(self.approves(override=override))
        return self.told.listed

    def grant_of(self, reader: Reader) -> dict[str, Any]:
        """Give the reader's grant on the newest version of the list."""
        return next(grant for grant in self.told.listed["grants"] if grant["holder_email"] == reader.email)

    def sealed(self, content: bytes = FIGURES, file_name: str = "claimants.csv", media_type: str = "text/csv") -> str:
        """Have a document uploaded by the statistician and fixed by the lead official; gives its id."""
        path = f"/releases/{self.told.release_id}/documents"
        headers = {"Content-Type": media_type}
        sent = self.post(self.statistician, path, params={"file_name": file_name}, content=content, headers=headers)
        made = done(sent, 201)
        self.told.document_id = made["document_id"]
        path = f"/documents/{self.told.document_id}/fixing"
        body = {"sha256": hashlib.sha256(content).hexdigest()}
        done(self.post(self.lead, path, json=body, revision=made["revision"]))
        return self.told.document_id

    def signed_off(self) -> None:
        """Announce the release and sign it off."""
        done(self.moves(self.statistician, "announcement"))
        done(self.moves(self.head, "sign-off"))

    def signed(self, *readers: Reader) -> list[dict[str, Any]]:
        """Let readers read the undertaking and sign it; gives their declarations."""
        return [done(self.signs(reader), 201) for reader in readers]

    def signs(self, reader: Reader, *, agreed: bool = True) -> httpx2.Response:
        """Let a reader sign, or leave the box unticked."""
        path = f"/releases/{self.told.release_id}"
        words = self.get(reader, f"{path}/undertaking")
        body = {"undertaking_sha256": words["sha256"], "typed_name": reader.name, "agreed": agreed}
        return self.post(reader, f"{path}/declarations", json=body)

    def ready(self, publishes_at: datetime, *readers: Reader, **changes: Any) -> str:
        """Have a release registered, its list approved, its document fixed, signed off, and everybody's declaration."""
        self.release(publishes_at, **changes)
        self.list_with(*(readers or (CHANCELLOR,)))
        self.sealed()
        self.signed_off()
        self.signed(*(readers or (CHANCELLOR,)))
        return self.told.release_id

    # -- the day --------------------------------------------------------------------------------------------------

    def opens(self, who: Reader | str, document_id: str = "", *, acknowledged: bool = False) -> httpx2.Response:
        """Ask to open the document; gives the whole answer, whatever it is."""
        sent = {"json": {"acknowledged": True}} if acknowledged else {}
        return self.post(who, f"/documents/{document_id or self.told.document_id}/openings", **sent)

    def reads(self, who: Reader, *, acknowledged: bool = False) -> bytes:
        """Open, fetch and decrypt, as a lawful recipient would; gives the document's bytes."""
        opening = done(self.opens(who, acknowledged=acknowledged), 201)
        copy = self.fetches(who, opening)
        assert copy.status_code == 200, copy.text
        shown = done(self.post(who, f"/openings/{opening['opening_id']}/reveal"))
        return unlocked(copy.content, shown["passphrase"])

    def fetches(self, who: Reader, opening: dict[str, Any]) -> httpx2.Response:
        """Fetch the copy of an opening."""
        return self.client.get(opening["content"], headers=self.headers(who))

    def moves(self, who: str, act: str, **body: Any) -> httpx2.Response:
        """Move the release, e.g. ``postponement``, with the revision it has now."""
        revision = self.get(who, f"/releases/{self.told.release_id}")["revision"]
        return self.post(who, f"/releases/{self.told.release_id}/{act}", json=body, revision=revision)

    def published(self, reason: str = "Seen live on the public page.", **body: Any) -> dict[str, Any]:
        """Publish the list of posts and declare publication."""
        done(self.post(self.statistician, f"/releases/{self.told.release_id}/public-list"), 201)
        return dict(done(self.moves(self.lead, "publication", reason=reason, **body)))

    def reports(self, who: Reader | str, kind: str, statement: str, **more: Any) -> dict[str, Any]:
        """Report something, as a person who is signed in."""
        body = {"kind": kind, "statement": statement, "release_id": self.told.release_id, **more}
        return dict(done(self.post(who, "/incidents", json=body), 201))

    def works(self) -> int:
        """Do what is due at this instant, as the worker would; gives how much there was."""
        jobs.plan(self.tools)
        return jobs.do_due(self.tools, "story")

    # -- afterwards -------------------------------------------------------------------------------------------------

    def phase(self) -> str:
        """Give the phase of the release, as the head of profession is told it."""
        return str(self.get(self.head, f"/releases/{self.told.release_id}")["phase"])

    def incidents(self, who: str | None = None) -> list[dict[str, Any]]:
        """Give the incidents that the head of profession sees, the oldest first."""
        return list(reversed(self.get(who or self.head, "/incidents")["results"]))

    def report(self, incident: dict[str, Any], form: str | None = None) -> dict[str, Any]:
        """Give the draft report of an incident."""
        query = {"form": form} if form else {}
        return dict(self.get(self.head, f"/incidents/{incident['incident_id']}/report", params=query))

    def decisions(self, who: Reader, outcome: str = "refused") -> list[dict[str, Any]]:
        """Give what the auditor finds in the log of a reader's openings: what each entry says, oldest first."""
        query = {"person_id": self.id_of(who), "kind": "access_decided", "outcome": outcome, "limit": 100}
        return [entry["leaf"] for entry in self.get(self.auditor, "/audit/entries", params=query)["results"]]

    def entries(self, kind: EntryKind) -> list[dict[str, Any]]:
        """Give every entry of one kind as it stands in the log, oldest first."""
        return self.service.entries(kind)

    def letters(self, who: Reader | str) -> list[tuple[str, str]]:
        """Send what is due; gives the subject and body of each letter to this person, oldest first."""
        notices.send_due(self.tools)
        return [(letter.subject, letter.body) for letter in self.service.mailbag.to(self._address(who))]

    def exported(self, name: str, **how: Any) -> Path:
        """Export the log into a folder of the story."""
        auditing.export_log(self.tools, "operator", self.folder / name, **how)
        return self.folder / name

    def _address(self, who: Reader | str) -> str:
        return self.service.email_of(who) if isinstance(who, str) else who.email


def done(answer: httpx2.Response, status: int = 200) -> Any:
    """Give the body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def reasons(answer: httpx2.Response) -> list[tuple[str, str]]:
    """Give the code and the clause of each reason of a refusal."""
    return [(reason["code"], reason["source"]) for reason in answer.json().get("reasons", [])]


def codes(answer: httpx2.Response) -> list[str]:
    """Give the status and the codes of a refusal's reasons."""
    return [str(answer.status_code), *(code for code, _ in reasons(answer))]


def answered(report: dict[str, Any]) -> str:
    """Give everything a draft report answers, as one text."""
    texts = [text for section in report["sections"] for one in section["answers"] for text in one["paragraphs"]]
    return "\n".join(texts)


def practices(report: dict[str, Any]) -> list[str]:
    """Give the labels of the practices a draft report proposes, then the paragraphs of the Order."""
    asked = [one for section in report["sections"] for one in section["answers"] if "ractice" in one["question"]]
    cited = re.findall(
        r"(?:Code of Practice [^,:]+, )([^:]+):|(SI 2008/2998 Sch\. para [^:]+)", "\n".join(asked[0]["paragraphs"])
    )
    return [label or clause for label, clause in cited]


def unlocked(copy: bytes, passphrase: str) -> bytes:
    """Decrypt a copy with the passphrase that was shown; gives the document in it."""
    with pyzipper.AESZipFile(io.BytesIO(copy)) as archive:
        archive.setpassword(passphrase.encode("ascii"))
        (name,) = [name for name in archive.namelist() if name.endswith(".csv")]
        content: bytes = archive.read(name)
    return content
