"""GOV.UK Notify as a way to send: before a server that speaks as it does, and fails as it can."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.outside.notify import NotifyMail, notify_mail
from app.rules.errors import Broken, Unavailable
from app.rules.mailanswers import Became, Down, NoAnswer, NotTaken, Sighting
from tests.notify import KEY, SECRET, SERVICE, TEMPLATE, Notify, served

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REFERENCE = "not_0a1b2c3d4e5f60718293a4b5"
MESSAGE_ID = f"<{REFERENCE}@service.gov.example>"
LETTER = {
    "to": "ana.example@department.gov.example",
    "subject": "Your access – naïve “quotes”",
    "body": "Première ligne\n\nFrom here on\n",
    "message_id": MESSAGE_ID,
}


@pytest.fixture
def notify() -> Iterator[Notify]:
    with served(Notify(now=lambda: AT)) as made:
        yield made


def mail(
    notify: Notify, *, key: str = KEY, template: str = TEMPLATE, at: datetime = AT, seconds: float = 5
) -> NotifyMail:
    return notify_mail(key, template, notify.url, seconds, lambda: at)


def test_letter_handed_over_has_its_words_its_address_and_its_reference(notify: Notify) -> None:
    handed_id = mail(notify).send(**LETTER)
    (taken,) = notify.taken
    assert {name: taken[name] for name in ("id", "email_address", "subject", "body", "reference", "type")} == {
        "id": handed_id,
        "email_address": LETTER["to"],
        "subject": LETTER["subject"],
        "body": LETTER["body"],
        "reference": REFERENCE,
        "type": "email",
    }
    assert (notify.asked, notify.refused) == (["POST /v2/notifications/email"], [])


@pytest.mark.parametrize(("seconds", "taken"), [(0, 1), (29, 1), (-29, 1), (31, 0), (-31, 0)])
def test_token_by_a_clock_that_is_out_is_refused_and_every_letter_waits(
    notify: Notify, seconds: int, taken: int
) -> None:
    ours = mail(notify, at=AT + timedelta(seconds=seconds))
    if taken:
        ours.send(**LETTER)
    else:
        with pytest.raises(Down) as down:
            ours.send(**LETTER)
        assert (down.value.code, isinstance(down.value, NoAnswer)) == ("notify 403", False)
    assert len(notify.taken) == taken


def test_key_of_another_service_is_refused_and_every_letter_waits(notify: Notify) -> None:
    other = KEY.replace(SECRET, SECRET.replace("3d", "4e", 1))
    with pytest.raises(Down) as down:
        mail(notify, key=other).send(**LETTER)
    assert (down.value.code, notify.taken) == ("notify 403", [])


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429])
def test_answer_that_concerns_every_letter_makes_them_wait(notify: Notify, status: int) -> None:
    notify.faults = [str(status)] if status in (403, 429) else []
    if not notify.faults:
        notify.takes = lambda _sent: (status, {})  # type: ignore[method-assign]  # deliberate: one more answer
    with pytest.raises(Down) as down:
        mail(notify).send(**LETTER)
    assert (down.value.code, isinstance(down.value, NoAnswer)) == (f"notify {status}", False)


@pytest.mark.parametrize("fault", ["trial mode", "another template", "a placeholder more"])
def test_refusal_that_is_no_fault_of_the_letter_makes_every_letter_wait(notify: Notify, fault: str) -> None:
    ours = mail(notify, template=TEMPLATE.replace("f33", "a11") if fault == "another template" else TEMPLATE)
    notify.trial = fault == "trial mode"
    if fault == "a placeholder more":
        notify.placeholders |= {"title"}
    with pytest.raises(Down) as down:
        ours.send(**LETTER)
    assert (down.value.code, isinstance(down.value, NoAnswer)) == ("notify 400 BadRequestError", False)
    assert LETTER["to"] not in str(down.value)


@pytest.mark.parametrize(
    ("status", "told"), [(400, {}), (400, {"errors": [{"error": "Sonstiges"}]}), (410, {}), (422, {}), (405, {})]
)
def test_refusal_of_which_nothing_is_known_makes_every_letter_wait(
    notify: Notify, status: int, told: dict[str, Any]
) -> None:
    notify.takes = lambda _sent: (status, told)  # type: ignore[method-assign]  # deliberate: one more answer
    with pytest.raises(Down):
        mail(notify).send(**LETTER)


def test_letter_that_is_too_large_for_notify_never_goes(notify: Notify) -> None:
    notify.takes = lambda _sent: (413, {})  # type: ignore[method-assign]  # deliberate: one more answer
    with pytest.raises(NotTaken) as refused:
        mail(notify).send(**LETTER)
    assert (refused.value.code, refused.value.again) == ("notify 413", False)


def test_letter_that_notify_refuses_never_goes_and_none_of_its_words_are_kept(notify: Notify) -> None:
    with pytest.raises(NotTaken) as refused:
        mail(notify).send(**{**LETTER, "to": "nobody"})
    assert (refused.value.code, refused.value.again, refused.value.bounce) == (
        "notify 400 ValidationError",
        False,
        None,
    )
    assert "nobody" not in str(refused.value)


@pytest.mark.parametrize("fault", ["cut", "garbled", "endless", "cut-before", "500"])
def test_letter_without_a_good_answer_may_have_gone_and_is_asked_for(notify: Notify, fault: str) -> None:
    notify.faults = [fault]
    with pytest.raises(NoAnswer):
        mail(notify).send(**LETTER)
    found = mail(notify).find(MESSAGE_ID)
    kept = fault not in ("cut-before", "500")
    assert found == (Sighting(Became.UNDER_WAY, 1, notify.taken[0]["id"], "") if kept else None)


def test_letter_taken_by_a_notify_that_then_says_nothing_may_have_gone(notify: Notify) -> None:
    notify.faults = ["silent"]
    with pytest.raises(NoAnswer):
        mail(notify, seconds=0.2).send(**LETTER)
    assert [one["reference"] for one in notify.taken] == [REFERENCE]


def test_notify_that_is_not_there_has_certainly_not_taken_a_letter() -> None:
    with served(Notify(now=lambda: AT)) as gone:
        pass
    with pytest.raises(Down) as down:
        mail(gone, seconds=2).send(**LETTER)
    assert (type(down.value), down.value.code) == (Down, "notify no connection")


@pytest.mark.parametrize(
    ("status", "became"),
    [
        ("created", Became.UNDER_WAY),
        ("sending", Became.UNDER_WAY),
        ("delivered", Became.DELIVERED),
        ("permanent-failure", Became.BOUNCED),
        ("temporary-failure", Became.DELAYED),
        ("technical-failure", Became.FAILED),
        ("something-new", Became.UNDER_WAY),
    ],
)
def test_status_of_a_letter_is_told_in_our_words(notify: Notify, status: str, became: Became) -> None:
    handed_id = mail(notify).send(**LETTER)
    notify.becomes(REFERENCE, status)
    failed = became in (Became.BOUNCED, Became.DELAYED, Became.FAILED)
    assert mail(notify).find(MESSAGE_ID) == Sighting(became, 1, handed_id, f"notify {status}" if failed else "")


def test_letter_that_notify_has_twice_is_told_as_two_and_the_one_that_arrived_counts(notify: Notify) -> None:
    first, _second = mail(notify).send(**LETTER), mail(notify).send(**LETTER)
    notify.taken[0]["status"], notify.taken[1]["status"] = "delivered", "permanent-failure"
    assert mail(notify).find(MESSAGE_ID) == Sighting(Became.DELIVERED, 2, first, "")


def test_letters_of_other_references_are_not_taken_for_ours(notify: Notify) -> None:
    mail(notify).send(**LETTER)
    notify.taken[0]["reference"] = "not_ours"
    assert mail(notify).find(MESSAGE_ID) is None


@pytest.mark.parametrize("part", ["to", "subject", "message_id"])
def test_header_of_two_lines_is_not_handed_over(notify: Notify, part: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        mail(notify).send(**{**LETTER, part: "x\r\nBcc: spy@x.example"})
    assert notify.asked == []


def test_doctor_is_told_that_notify_and_the_template_are_right(notify: Notify) -> None:
    assert mail(notify).check() == "GOV.UK Notify answers; version 3 of the template"


def test_doctor_is_told_what_is_wrong(notify: Notify) -> None:
    with pytest.raises(Unavailable, match="does not accept the key"):
        mail(notify, at=AT + timedelta(minutes=5)).check()
    with pytest.raises(Unavailable, match=r"no such template \(it answers 404\)"):
        mail(notify, template="00000000-0000-0000-0000-000000000000").check()
    notify.subject = "Something else"
    with pytest.raises(Unavailable, match=r"\(\(subject\)\) as its subject"):
        mail(notify).check()
    notify.subject, notify.body = "((subject))", "((body)) ((title))"
    with pytest.raises(Unavailable, match="no other placeholder"):
        mail(notify).check()
    notify.body, notify.kind = "((body))", "sms"
    with pytest.raises(Unavailable, match="one for e-mail"):
        mail(notify).check()


def test_doctor_is_told_that_notify_does_not_answer() -> None:
    with served(Notify()) as gone:
        pass
    with pytest.raises(Unavailable, match="does not answer"):
        mail(gone, seconds=2).check()


@pytest.mark.parametrize(
    ("key", "template", "url", "what"),
    [
        ("", TEMPLATE, "https://notify.example", "does not hold an API key"),
        (f"x-{SERVICE}", TEMPLATE, "https://notify.example", "does not hold an API key"),
        (f"x-{'f' * 36}-{SECRET}", TEMPLATE, "https://notify.example", "does not hold an API key"),
        (KEY, "", "https://notify.example", "PRA_NOTIFY_TEMPLATE"),
        (KEY, "../../v2", "https://notify.example", "PRA_NOTIFY_TEMPLATE"),
        (KEY, TEMPLATE, "http://notify.example", "https"),
        (KEY, TEMPLATE, "https://name@notify.example", "https"),
    ],
)
def test_settings_that_cannot_be_used_say_which(key: str, template: str, url: str, what: str) -> None:
    with pytest.raises(Broken, match=what) as broken:
        notify_mail(key, template, url, 5, lambda: AT)
    assert SECRET not in broken.value.detail


def test_key_is_in_no_error_no_text_of_the_object_and_no_log_line(
    notify: Notify, caplog: pytest.LogCaptureFixture
) -> None:
    ours = mail(notify, at=AT + timedelta(minutes=5))
    with caplog.at_level(logging.DEBUG), pytest.raises(Down) as down:
        ours.send(**LETTER)
    said = [repr(ours), str(down.value), repr(down.value), *(record.getMessage() for record in caplog.records)]
    assert [text for text in said if SECRET in text or LETTER["to"] in text or "Première" in text] == []
