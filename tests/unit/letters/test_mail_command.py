"""``pra mail``: what waits, how far letters came, one once more, and messages that came back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app import wiring
from app.cli.main import app
from app.outside.mail import OutboxFolder
from app.outside.notify import NotifyMail
from app.rules.errors import Broken
from app.rules.lettertexts import TEXTS
from app.settings import Settings
from tests.notify import KEY, SECRET, TEMPLATE
from tests.story import ADVISER, CHANCELLOR
from tests.unit.letters.test_bounces import returned
from tests.unit.letters.world import TOKEN, Letters, letters

KIND = "list_approved"


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Letters]:
    with letters(tmp_path) as made:
        monkeypatch.setattr(wiring, "service_tools", lambda: made.tools)
        yield made


def runs(*words: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["mail", *words], input=given)


def test_queue_shows_what_waits_and_why(sent: Letters) -> None:
    assert runs("queue").output == "0 letters wait.\n"
    sent.notify.faults = ["429"]
    sent.story.moves(sent.story.head, "postponement", reason="A table has to be checked.")
    sent.sends()
    told = runs("queue").output
    assert told.count("tried 1, last: notify 429; next Tuesday 10 March 2026, 10:00:30am") == 2
    assert told.endswith("2 letters wait.\n")
    assert "A table has to be checked" not in told


def test_states_show_how_far_each_letter_came(sent: Letters) -> None:
    sent.becomes(KIND, ADVISER.email, "permanent-failure")
    sent.asks()
    (line, count) = runs("states", "--email", ADVISER.email.upper()).output.splitlines()
    version = TEXTS[KIND].version
    came_back = "came back: the address does not take it (notify permanent-failure)"
    assert line.endswith(f"{came_back}, version {version} of its text")
    assert count == "1 letter is shown."
    assert runs("states", "--undelivered").output == f"{line}\n1 letter is shown.\n"
    assert runs("states", "--limit", "1").output.endswith("1 letter is shown; there may be more.\n")


def test_letter_goes_once_more_by_command(sent: Letters) -> None:
    row = sent.row(KIND, ADVISER.email)
    refused = runs("send-again", row["notice_id"])
    assert "Only a letter that came back" in str(refused.exception)
    sent.becomes(KIND, ADVISER.email, "temporary-failure")
    sent.asks()
    done = runs("send-again", row["notice_id"])
    assert done.output == f"{row['notice_id']} to {ADVISER.email} goes once more within seconds.\n"
    assert sent.sends() == 1


def test_messages_that_came_back_are_read_from_files_and_from_standard_input(sent: Letters, tmp_path: Path) -> None:
    rows = {one: sent.row(KIND, one.email)["notice_id"] for one in (ADVISER, CHANCELLOR)}
    messages = {
        one: returned(message_id=f"<{rows[one]}@story.pra-gatekeeper.example>", address=one.email) for one in rows
    }
    kept = tmp_path / "one.eml"
    kept.write_bytes(messages[ADVISER])
    told = runs("bounce", str(kept))
    assert (told.exit_code, told.output) == (0, f"{kept}: bounced 5.1.1: {rows[ADVISER]}, on record\n")
    again = runs("bounce", str(kept))
    assert (again.exit_code, "on record already" in again.output) == (0, True)
    piped = runs("bounce", given=messages[CHANCELLOR])
    assert (piped.exit_code, piped.output) == (0, f"standard input: bounced 5.1.1: {rows[CHANCELLOR]}, on record\n")
    assert sent.states(KIND) == {ADVISER.email: "bounced", CHANCELLOR.email: "bounced"}
    other = tmp_path / "other.eml"
    other.write_bytes(b"Subject: I am on leave\n\nBack on Monday.\n")
    nothing = runs("bounce", str(other), str(kept))
    assert (nothing.exit_code, "no message about a letter of ours" in nothing.output) == (1, True)
    assert runs("bounce", str(tmp_path / "missing.eml")).exit_code == 2


def test_doctor_says_how_letters_go(sent: Letters) -> None:
    told = CliRunner().invoke(app, ["doctor"]).output
    assert "✓ letters: GOV.UK Notify answers; version 3 of the template" in told
    sent.notify.subject = "Hello"
    told = CliRunner().invoke(app, ["doctor"])
    assert (told.exit_code, "✗ letters: The template at GOV.UK Notify must be" in told.output) == (1, True)


def settings(folder: Path, **changed: object) -> Settings:
    key, token = folder / "key", folder / "token"
    key.write_text(f"{KEY}\n", "utf-8")
    token.write_text(f"{TOKEN}\n", "utf-8")
    chosen: dict[str, object] = {
        "notify_key_file": key,
        "notify_template": TEMPLATE,
        "notify_callback_token_file": token,
    }
    return Settings(_env_file=None, var_dir=folder, **{**chosen, **changed})


def test_settings_choose_notify_a_mail_server_or_a_folder(tmp_path: Path) -> None:
    clock = wiring.demo_clock()
    mail = wiring._mail(settings(tmp_path), clock)
    assert isinstance(mail, NotifyMail)
    assert (mail.secret, mail.template_id, wiring._policy(settings(tmp_path)).mail_callback_token) == (
        SECRET,
        TEMPLATE,
        TOKEN,
    )
    assert isinstance(wiring._mail(settings(tmp_path, notify_key_file=None), clock), OutboxFolder)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"smtp_host": "smtp.example"}, "Letters go one way"),
        ({"notify_template": ""}, "PRA_NOTIFY_TEMPLATE"),
        ({"notify_key_file": Path("/nowhere/key")}, "cannot be read"),
    ],
)
def test_settings_of_notify_by_half_stop_the_service(tmp_path: Path, changed: dict[str, object], what: str) -> None:
    with pytest.raises(Broken, match=what):
        wiring._mail(settings(tmp_path, **changed), wiring.demo_clock())


@pytest.mark.parametrize(("token", "what"), [("", "is empty"), ("short", "at least 20 characters")])
def test_token_that_is_none_stops_the_service(tmp_path: Path, token: str, what: str) -> None:
    chosen = settings(tmp_path)
    (tmp_path / "token").write_text(token, "utf-8")
    with pytest.raises(Broken, match=what):
        wiring._callback_token(chosen)
