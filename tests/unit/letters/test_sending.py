"""Letters by GOV.UK Notify through the whole service: once as far as can be known, and how far each came."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import deliveries, notices, receipts
from app.audit.entries import Entry, EntryKind
from app.cli.seed import OPERATOR
from app.outside.mail import SmtpMail
from app.records import erasing, tables
from app.rules.deliveries import DeliveryState
from app.rules.errors import NotFound, NotSignedIn, OutOfOrder, Refused, Unavailable
from app.rules.lettertexts import TEXTS
from app.rules.mailanswers import Became, Down
from tests.story import ADVISER, CHANCELLOR
from tests.unit.letters.test_bounces import returned
from tests.unit.letters.world import Letters, invited, letters
from tests.unit.people.test_mail import Postbox, postbox  # noqa: F401  # framework: a fixture

KIND = "list_approved"


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Letters]:
    with letters(tmp_path) as made:
        yield made


def moved(sent: Letters, day: str = "2026-03-25T09:30:00Z") -> None:
    answer = sent.story.moves(sent.story.head, "rescheduling", publishes_at=day, reason="The site is being moved.")
    assert answer.status_code == 200, answer.text


def test_letters_by_notify_are_handed_over_and_then_delivered(tmp_path: Path, any_database_url: str) -> None:
    with letters(tmp_path, any_database_url) as sent:
        assert sent.states(KIND) == invited(DeliveryState.SENT)
        sent.becomes(KIND, ADVISER.email, "delivered")
        assert sent.asks(seconds=59) == 0
        assert sent.asks(seconds=1) == 1
        assert sent.states(KIND) == {
            ADVISER.email: "delivered",
            CHANCELLOR.email: "sent",
        }
        (entry,) = sent.story.entries(EntryKind.NOTICE_DELIVERED)
        assert entry["said"]["notice_id"] == sent.row(KIND, ADVISER.email)["notice_id"]
        # What is over is asked about no more; the other is, ever more seldom, and for a week at most.
        before = len(sent.notify.asked)
        for _ in range(40):
            sent.asks(hours=12)
        mine = sent.row(KIND, CHANCELLOR.email)["notice_id"]
        assert 10 <= len(sent.notify.asked) - before <= 40 * len(sent.notify.taken)
        with sent.tools.reading() as connection:
            waiting = connection.execute(tables.notice_checks.select()).all()
        assert (waiting, sent.row(KIND, CHANCELLOR.email)["notice_id"]) == ([], mine)


def test_letter_carries_the_number_of_its_text_and_its_release(sent: Letters) -> None:
    row = sent.row(KIND, ADVISER.email)
    version = TEXTS[KIND].version
    assert (row["text_version"], row["release_id"]) == (version, sent.story.told.release_id)
    queued = [entry["said"] for entry in sent.story.entries(EntryKind.NOTICE_QUEUED)]
    assert {"notice_id": row["notice_id"], "kind": KIND, "text_version": version} in queued


@pytest.mark.parametrize("fault", ["cut", "silent", "garbled"])
def test_letter_that_notify_took_without_saying_so_is_asked_for_and_goes_once(sent: Letters, fault: str) -> None:
    hasty = replace(sent.tools.mail, timeout_seconds=0.3)  # of the silent one
    sent.story.tools = replace(sent.tools, mail=hasty, mail_tracker=hasty)
    sent.notify.faults = [fault]
    moved(sent)
    sent.sends()
    first = len(sent.notify.taken)
    assert set(sent.states("release_moved").values()) == {"queued"}
    sent.story.clock.forward(seconds=30)
    sent.sends()
    assert sent.states("release_moved") == invited(DeliveryState.SENT)
    by_person = [len(sent.notify.to(one.email)) for one in (ADVISER, CHANCELLOR)]
    assert (first, by_person) == (3, [2, 2])  # each: the invitation, and this one
    rows = [sent.row("release_moved", one.email) for one in (ADVISER, CHANCELLOR)]
    assert [row["doubt"] for row in rows] == ["", ""]
    assert {row["handed_id"] for row in rows} <= {one["id"] for one in sent.notify.taken}


@pytest.mark.parametrize(("fault", "code"), [("500", "notify 500"), ("429", "notify 429"), ("403", "notify 403")])
def test_letter_that_notify_did_not_take_goes_later(sent: Letters, fault: str, code: str) -> None:
    sent.notify.faults = [fault]
    moved(sent)
    assert sent.sends() == 0
    # Notify is at fault, so the others did not go either.
    assert {row["last_error"] for row in (sent.row("release_moved", one.email) for one in (ADVISER, CHANCELLOR))} == {
        code
    }
    sent.story.clock.forward(seconds=30)
    assert sent.sends() == 2
    assert sent.states("release_moved") == invited(DeliveryState.SENT)


def test_letter_that_notify_refuses_is_shown_as_failed_and_keeps_no_other_waiting(sent: Letters) -> None:
    sent.notify.faults = ["400"]
    moved(sent)
    assert sent.sends() == 1
    assert sorted(sent.states("release_moved").values()) == ["failed", "sent"]
    for _ in range(3):
        sent.story.clock.forward(hours=2)
        assert sent.sends() == 0
    assert [leaf["said"]["error"] for leaf in sent.story.entries(EntryKind.NOTICE_FAILED)] == [
        "notify 400 ValidationError"
    ]


def test_service_in_trial_mode_at_notify_loses_no_letter_and_the_doctor_says_so(sent: Letters) -> None:
    sent.notify.trial = True
    moved(sent)
    assert sent.sends() == 0
    assert sent.states("release_moved") == invited(DeliveryState.QUEUED)
    with pytest.raises(Unavailable, match="takes no letters: it last said notify 400 BadRequestError"):
        deliveries.check_mail(sent.tools)
    sent.notify.trial = False
    sent.story.clock.forward(seconds=30)
    assert sent.sends() == 2
    assert sent.states("release_moved") == invited(DeliveryState.SENT)
    assert deliveries.check_mail(sent.tools) == "GOV.UK Notify answers; version 3 of the template"


@pytest.mark.parametrize("when", ["while it waits", "while it is in hand"])
def test_letter_that_is_emptied_with_an_erasure_is_tried_and_touched_no_more(sent: Letters, when: str) -> None:
    moved(sent)
    notice_id = sent.row("release_moved", ADVISER.email)["notice_id"]
    at = sent.story.clock.now()

    def empties() -> None:
        sent.notify.on_taken = lambda: None
        with sent.tools.transaction() as tx:
            erasing.forget_person(tx.connection, sent.story.id_of(ADVISER), at)
            tx.append(Entry(EntryKind.PERSON_ERASED, at))

    if when == "while it waits":
        empties()
    else:
        sent.notify.on_taken = empties
    assert sent.sends() == (1 if when == "while it waits" else 2)
    sent.story.clock.forward(hours=2)
    assert sent.sends() == 0
    sent.asks()
    with sent.tools.reading() as connection:
        row = connection.execute(tables.notices.select().where(tables.notices.c.notice_id == notice_id)).one()
        asked = connection.execute(select(tables.notice_checks.c.notice_id)).scalars().all()
    assert (row.email, row.handed_id, row.sent_at, row.given_up_at, row.in_hand) == ("", "", None, at, False)
    assert notice_id not in asked
    assert sent.story.entries(EntryKind.NOTICE_FAILED) == []


class Slow:
    """Can be asked, and takes its time; or cannot be reached at all."""

    def __init__(self, mail: Any, *, gone: bool) -> None:
        self.mail, self.gone, self.seconds = mail, gone, 0.0

    def find(self, message_id: str) -> Any:
        self.seconds += 6
        if self.gone:
            raise Down("gone")
        return self.mail.find(message_id)


@pytest.mark.parametrize("gone", [False, True])
def test_letter_that_was_not_asked_about_for_want_of_time_does_not_count_as_asked(sent: Letters, gone: bool) -> None:
    slow = Slow(sent.tools.mail, gone=gone)

    class Clock:
        """The story's, by which only the mail system's slowness takes time."""

        now = staticmethod(sent.story.clock.now)

        def monotonic_seconds(self) -> float:
            return slow.seconds

    sent.story.clock.forward(minutes=1)
    at = sent.story.clock.now()
    receipts.ask_what_became(replace(sent.tools, clock=Clock(), mail_tracker=slow), 500)
    with sent.tools.reading() as connection:
        table = tables.notice_checks
        rows = connection.execute(select(table.c.ask_at, table.c.asked).order_by(table.c.asked)).all()
    held = at + timedelta(minutes=5)
    assert [tuple(row) for row in rows] == ([(held, 0), (held, 1)] if gone else [(at, 0), (held, 1)])


class Dying:
    """Sends, and then the process is gone before that is on record."""

    def __init__(self, mail: Any) -> None:
        self.mail, self.dead = mail, False

    def send(self, **letter: str) -> str:
        handed = self.mail.send(**letter)
        if self.dead:
            return str(handed)
        self.dead = True
        raise Unavailable("gone")

    def find(self, message_id: str) -> Any:
        return self.mail.find(message_id)

    def check(self) -> str:
        return str(self.mail.check())


def test_worker_that_dies_when_notify_has_a_letter_leaves_one_letter(tmp_path: Path, any_database_url: str) -> None:
    with letters(tmp_path, any_database_url) as sent:
        dying = Dying(sent.tools.mail)
        sent.story.tools = replace(sent.tools, mail=dying, mail_tracker=dying)
        moved(sent)
        with pytest.raises(Unavailable):
            notices.send_due(sent.tools)
        assert sent.sends() == 0
        sent.story.clock.forward(minutes=10)
        sent.sends()
        assert [len(sent.notify.to(one.email)) for one in (ADVISER, CHANCELLOR)] == [2, 2]
        assert sent.states("release_moved") == invited(DeliveryState.SENT)
        assert {sent.row("release_moved", one.email)["doubt"] for one in (ADVISER, CHANCELLOR)} == {""}


def test_letter_that_notify_has_twice_all_the_same_is_shown_as_twice(sent: Letters) -> None:
    notice_id = sent.row(KIND, ADVISER.email)["notice_id"]
    # Notify kept the first so late that it was not found when it was asked for.
    sent.notify.taken.append({**sent.notify.to(ADVISER.email)[0], "id": "late"})
    sent.asks()
    assert sent.row(KIND, ADVISER.email)["doubt"] == "twice"
    sent.asks(minutes=10)
    doubts = [e["said"] for e in sent.story.entries(EntryKind.NOTICE_SENT) if "doubt" in e["said"]]
    assert [(one["notice_id"], one["doubt"]) for one in doubts] == [(notice_id, "twice")]


def test_worker_that_dies_when_a_mail_server_has_a_letter_sends_two_at_most_and_says_so(
    sent: Letters,
    postbox: tuple[Postbox, int],  # noqa: F811  # framework: a fixture
) -> None:
    box, port = postbox
    smtp = SmtpMail("127.0.0.1", port, "pra@service.gov.example", starttls=False, now=sent.story.clock.now)
    sent.story.tools = replace(sent.tools, mail=Dying(smtp), mail_tracker=None)
    moved(sent)
    with pytest.raises(Unavailable):
        notices.send_due(sent.tools)
    sent.story.clock.forward(minutes=10)
    sent.sends()
    tos = sorted(receivers[0] for _, receivers, _ in box.taken)
    doubts = {one.email: sent.row("release_moved", one.email)["doubt"] for one in (ADVISER, CHANCELLOR)}
    twice = next(address for address in tos if tos.count(address) == 2)
    assert (len(tos), doubts[twice]) == (3, "perhaps_twice")
    ids = [line for _, to, sent_ in box.taken if to == [twice] for line in sent_.splitlines() if b"Message-ID" in line]
    assert (len(ids), len(set(ids))) == (2, 1)


def test_address_that_the_mail_server_refuses_for_good_is_a_bounce_at_once(
    sent: Letters,
    postbox: tuple[Postbox, int],  # noqa: F811  # framework: a fixture
) -> None:
    box, port = postbox
    box.refused = (ADVISER.email,)
    smtp = SmtpMail("127.0.0.1", port, "pra@service.gov.example", starttls=False, now=sent.story.clock.now)
    sent.story.tools = replace(sent.tools, mail=smtp, mail_tracker=None)
    moved(sent)
    sent.sends()
    assert sent.states("release_moved") == {ADVISER.email: "bounced", CHANCELLOR.email: "sent"}
    sent.story.clock.forward(hours=2)
    assert (sent.sends(), sent.row("release_moved", ADVISER.email)["last_error"]) == (0, "smtp 550")


def test_receipt_of_notify_is_taken_by_its_token_alone_and_answered_alike_for_any_letter(sent: Letters) -> None:
    notice_id = sent.row(KIND, ADVISER.email)["notice_id"]
    client = sent.story.client

    def tells(reference: str | None, token: str = "a-token-agreed-with-notify") -> tuple[int, bytes, dict[str, str]]:
        body = {"id": "x", "reference": reference, "status": "permanent-failure", "to": ADVISER.email, "new": 1}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = client.post("/api/v1/mail/receipts", json=body, headers=headers)
        return answer.status_code, answer.content, dict(answer.headers)

    for wrong in ("", "x", "a-token-agreed-with-notifz", sent.story.headers(sent.story.head)["Authorization"][7:]):
        assert tells(notice_id, wrong)[0] == 401
    assert sent.states(KIND) == invited(DeliveryState.SENT)
    answers = [tells(one) for one in (notice_id, "not_" + "0" * 24, f"{notice_id}-1", "another system's", None)]
    assert answers == [answers[0]] * 5
    assert answers[0][:2] == (204, b"")
    assert sent.states(KIND) == {ADVISER.email: "bounced", CHANCELLOR.email: "sent"}
    assert len(sent.story.entries(EntryKind.NOTICE_BOUNCED)) == 1
    assert tells(notice_id) == answers[0]
    assert len(sent.story.entries(EntryKind.NOTICE_BOUNCED)) == 1


def test_receipt_is_refused_where_no_token_was_agreed(sent: Letters) -> None:
    policy = replace(sent.tools.policy, mail_callback_token="")
    for token in ("", "x"):
        with pytest.raises(NotSignedIn):
            receipts.demand_agreed(replace(sent.tools, policy=policy), token)


def test_message_that_came_back_counts_for_the_very_letter_and_address(sent: Letters) -> None:
    notice_id = sent.row(KIND, ADVISER.email)["notice_id"]

    def comes(reference: str, address: str, **how: str) -> list[tuple[str, bool]]:
        octets = returned(message_id=f"<{reference}@story.pra-gatekeeper.example>", address=address, **how)
        return [(one.notice_id, one.noted) for one in receipts.take_returned(sent.tools, octets)]

    assert comes("not_" + "0" * 24, ADVISER.email) == [("", False)]
    assert comes(notice_id, CHANCELLOR.email) == [("", False)]
    assert comes(f"{notice_id}-1", ADVISER.email) == [("", False)]
    assert sent.states(KIND) == invited(DeliveryState.SENT)
    assert comes(notice_id, ADVISER.email, action="failed", status="4.2.2") == [(notice_id, True)]
    assert sent.states(KIND)[ADVISER.email] == "delayed"
    assert comes(notice_id, ADVISER.email.upper()) == [(notice_id, True)]
    assert comes(notice_id, ADVISER.email) == [(notice_id, False)]
    assert comes(notice_id, ADVISER.email, action="failed", status="4.2.2") == [(notice_id, False)]
    assert sent.states(KIND)[ADVISER.email] == "bounced"
    bounces = [entry["said"]["bounce"] for entry in sent.story.entries(EntryKind.NOTICE_BOUNCED)]
    assert bounces == ["temporary", "permanent"]


def test_letter_that_failed_goes_once_more_under_another_reference(sent: Letters) -> None:
    row = sent.row(KIND, ADVISER.email)
    sent.becomes(KIND, ADVISER.email, "technical-failure")
    sent.asks()
    assert sent.states(KIND)[ADVISER.email] == "failed"
    with pytest.raises(OutOfOrder):
        deliveries.send_again(sent.tools, OPERATOR, sent.row(KIND, CHANCELLOR.email)["notice_id"])
    with pytest.raises(NotFound):
        deliveries.send_again(sent.tools, OPERATOR, "not_" + "0" * 24)
    with pytest.raises(Refused):
        deliveries.send_again(sent.tools, replace(OPERATOR, roles=()), row["notice_id"])
    deliveries.send_again(sent.tools, OPERATOR, row["notice_id"])
    assert sent.sends() == 1
    references = [one["reference"] for one in sent.notify.to(ADVISER.email)]
    assert references == [row["notice_id"], f"{row['notice_id']}-1"]
    sent.notify.becomes(f"{row['notice_id']}-1", "delivered")
    sent.asks()
    assert (sent.states(KIND)[ADVISER.email], sent.row(KIND, ADVISER.email)["doubt"]) == ("delivered", "")
    assert [e["said"]["sent_again"] for e in sent.story.entries(EntryKind.NOTICE_SENT_AGAIN)] == [1]


def test_code_to_sign_in_is_never_sent_once_more(sent: Letters) -> None:
    sent.notify.faults = ["400"]
    sent.story.client.post("/api/v1/sign-in/codes", json={"email": ADVISER.email})
    sent.sends()
    assert sent.states("sign_in_code") == {ADVISER.email: "failed"}
    with pytest.raises(OutOfOrder, match="one-time code"):
        deliveries.send_again(sent.tools, OPERATOR, sent.row("sign_in_code", ADVISER.email)["notice_id"])


def test_sighting_of_two_replicas_at_once_is_put_on_record_once(tmp_path: Path, any_database_url: str) -> None:
    with letters(tmp_path, any_database_url) as sent:
        notice_id = sent.row(KIND, ADVISER.email)["notice_id"]

        def tell(_: int) -> None:
            receipts.take_receipt(sent.tools, reference=notice_id, became=Became.DELIVERED, code="")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(tell, range(8)))
        assert len(sent.story.entries(EntryKind.NOTICE_DELIVERED)) == 1
