"""The demo, second part: the window. Refusals, openings, and a download that is stopped."""

from __future__ import annotations

import io
import threading
import time
from typing import Any

import httpx2
import pikepdf

from app.cli.stage import Stage
from app.cli.story import STRANGER, Story

ONE_EARLY = "2016-07-19T09:29:59.999+01:00"
FIRST = "2016-07-19T09:30:00+01:00"


def play(story: Story) -> None:
    """Knock one millisecond early, open at the first instant, and everything that must be refused."""
    chancellor = story.recipient("Chancellor of the Exchequer")
    prime_minister = story.recipient("Prime Minister")
    story.stage.clock(ONE_EARLY)
    for who in (chancellor, prime_minister):
        story.stage.sign_in(who["E-mail"])
    _one_millisecond_early(story, chancellor)
    _first_instant(story, chancellor)
    _no_declaration(story)
    _stranger(story)
    _suspended(story, prime_minister)


def _one_millisecond_early(story: Story, chancellor: dict[str, str]) -> None:
    stage = story.stage
    stage.scene("One millisecond before the window opens")
    answer = story.open(chancellor["E-mail"], story.bulletin_id)
    said = answer.json()
    for reason in said["reasons"]:
        stage.say(f"{answer.status_code} {reason['code']} ({reason['source']}): {reason['detail']} {reason['remedy']}")
    kept = (
        answer.status_code == 403
        and story.reasons(answer) == "window_not_open"
        and said["opens_at"] == "2016-07-19T08:30:00.000Z"
    )
    stage.promise("refused_one_millisecond_early_with_clause_and_instant", kept, said["opens_at"])


def _first_instant(story: Story, chancellor: dict[str, str]) -> None:
    stage, who = story.stage, chancellor["E-mail"]
    stage.clock(FIRST)
    stage.scene("The first instant of the window")
    answer = story.open(who, story.bulletin_id)
    stage.promise("opened_at_the_first_instant", answer.status_code == 201, f"opening {answer.json().get('number')}")
    opening = answer.json()
    copy = stage.call("GET", opening["content"], who=who)
    shown = stage.do("POST", f"/api/v1/openings/{opening['opening_id']}/reveal", who=who)
    again = stage.call("POST", f"/api/v1/openings/{opening['opening_id']}/reveal", who=who)
    stage.promise("passphrase_revealed_once", again.status_code == 409, again.json()["title"])
    path = stage.keep("recipients_copy", "chancellors-copy.pdf", copy.content)
    stage.keep("recipients_passphrase", "chancellors-passphrase.txt", f"{shown['passphrase']}\n".encode())
    stage.say(f"the copy lies in {path}; its passphrase: {shown['passphrase']}")
    stage.promise(
        "copy_is_encrypted_and_marked_on_every_page", _is_marked(copy.content, shown["passphrase"], opening["number"])
    )


def _is_marked(copy: bytes, passphrase: str, number: str) -> bool:
    try:
        pikepdf.open(io.BytesIO(copy)).close()
        return False
    except pikepdf.PasswordError:
        pass
    with pikepdf.open(io.BytesIO(copy), password=passphrase) as pdf:
        return pdf.encryption.bits == 256 and all(number.encode() in _drawn(page) for page in pdf.pages)


def _drawn(page: pikepdf.Page) -> bytes:
    streams = [page.Contents] if isinstance(page.Contents, pikepdf.Stream) else list(page.Contents)
    drawn = b"".join(stream.read_bytes() for stream in streams)
    forms: Any = page.resources.get("/XObject", {})
    return drawn + b"".join(form.read_bytes() for form in forms.values() if form.get("/Subtype") == "/Form")


def _no_declaration(story: Story) -> None:
    stage = story.stage
    stage.scene("A listed person who has not signed")
    who = story.recipient("Financial Secretary")
    stage.sign_in(who["E-mail"])
    answer = story.open(who["E-mail"], story.bulletin_id)
    reason = answer.json()["reasons"][0]
    stage.say(f"{answer.status_code} {reason['code']} ({reason['source']}): {reason['detail']} {reason['remedy']}")
    kept = answer.status_code == 403 and story.reasons(answer) == "declaration_missing"
    stage.promise("listed_person_without_declaration_refused", kept)
    story.sign(who)
    stage.promise(
        "after_signing_the_same_person_may_open", story.open(who["E-mail"], story.bulletin_id).status_code == 201
    )


def _stranger(story: Story) -> None:
    stage = story.stage
    stage.scene("Somebody who is not on the list")
    stage.sign_in("alex.bryony@service.gov.example")
    stage.do(
        "POST",
        "/api/v1/people",
        who="alex.bryony@service.gov.example",
        expect=201,
        body={"name": "Vic Willow", "email": STRANGER},
    )
    stage.sign_in(STRANGER)
    real = _without_instance(story.open(STRANGER, story.bulletin_id))
    invented = _without_instance(story.open(STRANGER, "doc_" + "0" * 24))
    release = stage.call("GET", f"/api/v1/releases/{story.release_id}", who=STRANGER).status_code
    stage.say(f"{real[0]} {real[1]['title']}: {real[1]['detail']}")
    stage.promise("stranger_learns_nothing", real == invented and real[0] == 404 and release == 404)
    admin = story.open("alex.bryony@service.gov.example", story.bulletin_id)
    kept = admin.status_code == 403 and "not_on_list" in story.reasons(admin)
    stage.promise("administrator_is_not_a_recipient", kept, story.reasons(admin))


def _without_instance(answer: httpx2.Response) -> tuple[int, dict[str, Any]]:
    return answer.status_code, {name: value for name, value in answer.json().items() if name != "instance"}


def _suspended(story: Story, prime_minister: dict[str, str]) -> None:
    stage, who = story.stage, prime_minister["E-mail"]
    stage.scene("A download is running when the reader is suspended")
    opening = story.open(who, story.tables_id).json()
    download = _SlowDownload(stage, who, opening["content"])
    download.start()
    download.first_piece.wait(timeout=20)
    stage.sign_in(story.head)
    person_id = stage.do("GET", "/api/v1/me", who=who)["person"]["person_id"]
    suspension = stage.do(
        "POST",
        f"/api/v1/producers/{story.producer.producer_id}/suspensions",
        who=story.head,
        expect=201,
        body={
            "subject_id": person_id,
            "reason": "Figures were discussed in the corridor.",
            "conditions": "training done and access applied for again",
        },
    )
    suspended_at = time.monotonic()
    download.join(timeout=30)
    took = download.ended_at - suspended_at
    stage.say(f"cut after {download.received:,} of some 48,000,000 bytes, {max(took, 0):.2f} s after the suspension.")
    stopped = stage.do("GET", f"/api/v1/openings/{opening['opening_id']}", who=who)
    stage.promise(
        "suspended_persons_running_download_stopped",
        download.was_cut and took < 1.5 and stopped["outcome"] == "stopped",
    )
    refused = story.open(who, story.bulletin_id)
    stage.promise("suspended_person_refused", story.reasons(refused) == "suspended", refused.json()["detail"])
    stage.do(
        "POST",
        f"/api/v1/suspensions/{suspension['suspension_id']}/end",
        who=story.head,
        body={"reason": "Training done; re-application approved."},
    )
    lapsed = story.open(who, story.bulletin_id)
    stage.say(f"reinstated: {lapsed.status_code} {story.reasons(lapsed)}. A suspension ends a declaration; a new one:")
    story.sign(prime_minister)
    stage.promise("reinstated_person_may_open_again", story.open(who, story.bulletin_id).status_code == 201)


class _SlowDownload(threading.Thread):
    """Reads a copy slowly, as over a poor line, until it ends or is cut."""

    def __init__(self, stage: Stage, who: str, path: str) -> None:
        super().__init__(name="demo-download")
        self.received = 0
        self.was_cut = False
        self.ended_at = 0.0
        self.first_piece = threading.Event()
        self._stage, self._who, self._path = stage, who, path

    def run(self) -> None:
        """Read until the end."""
        try:
            with self._stage.stream(self._path, self._who) as answer:
                for piece in answer.iter_bytes(256 * 1024):
                    self.received += len(piece)
                    self.first_piece.set()
                    time.sleep(0.02)
        except httpx2.HTTPError:
            self.was_cut = True
        finally:
            self.ended_at = time.monotonic()
            self.first_piece.set()
