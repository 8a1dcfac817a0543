"""What is written to one person about themselves: codes, declarations, training, suspensions, access to production."""

from __future__ import annotations

from datetime import date, datetime

from app.rules.facts import london_text
from app.rules.rehearsals import one_paragraph
from app.rules.training import day_text

SECRET = "{secret}"  # where the code comes in as the letter goes; it stands nowhere before


def sign_in_code(expires_at: datetime, address: str) -> tuple[str, str]:
    """Write the letter with a one-time code, whose digits come in as it goes.

    Args:
        expires_at: When the code ends. Aware.
        address: Where the service is reached.
    """
    return "Your sign-in code for pre-release access to statistics", (
        f"Your sign-in code is {SECRET}\n\n"
        f"It works once, until {london_text(expires_at.replace(second=0, microsecond=0))}, and only where you asked "
        f"for it:\n{address}\n\n"
        "Nobody from the service or from a statistics producer will ever ask you for it. If you did not ask for a "
        "code, somebody typed your address; without the code they cannot sign in. Tell the producer if it happens "
        "again.\n"
    )


def lapses(name: str, covered: str, producer: str, lapses_at: datetime, contact: str) -> tuple[str, str]:
    """Write to somebody that their declaration is about to lapse.

    Args:
        name: Whose it is.
        covered: What it covers, in words.
        producer: To whom it was given.
        lapses_at: When it lapses. Aware.
        contact: Whom to ask.
    """
    return "Your declaration on pre-release access is about to lapse", (
        f"Dear {name},\n\nYour declaration for {covered} ({producer}) lapses on "
        f"{london_text(lapses_at)}. Without one that counts you cannot open anything.\n\n"
        "If you still need the access, sign in, read the words and sign again. If you do not, tell the producer: "
        f"{contact}\n\nWhat you have undertaken so far goes on to bind you.\n"
    )


def words_changed(name: str, producer: str, from_at: datetime, contact: str) -> tuple[str, str]:
    """Write to somebody that a producer has changed the words of its declaration.

    Args:
        name: Who signed the words of before.
        producer: Whose words they are.
        from_at: From when the new ones hold. Aware.
        contact: Whom to ask.
    """
    return f"Please sign again: {producer} has changed the words of its declaration", (
        f"Dear {name},\n\n{producer} has changed the words that it adds to the declaration on "
        f"pre-release access. They hold since {london_text(from_at)}. The declaration you signed before does not "
        "count for what opens from now on.\n\nSign in, read the new words and sign again before you open "
        f"anything.\n\nQuestions: {contact}\n"
    )


def training_ends(producer: str, until: date, contact: str) -> tuple[str, str]:
    """Write to somebody that their training is about to count no more.

    Args:
        producer: Who asks for it.
        until: Its last day.
        contact: Whom to ask.
    """
    last = day_text(until)
    return f"{producer[:60]}: your training counts until {last}", (
        f"{producer} asks everybody with pre-release access for training. Yours counts until "
        f"{last}; after that day no document opens for you.\n\nDo the training again before "
        f"then, and ask for it to be put on record.\n\nQuestions: {contact}\n"
    )


def failure_recorded(producer: str, what: str, occurred_on: date, contact: str) -> tuple[str, str]:
    """Write to somebody that something that happened with their access is on record.

    Args:
        producer: Who keeps the record.
        what: What happened.
        occurred_on: On which day.
        contact: Whom to ask.
    """
    subject = f"{producer[:60]}: something that happened with your pre-release access is on record"
    words = (
        f"What: {what}\nWhen: {day_text(occurred_on)}\nIt is shown to whoever decides whether you are given access "
        "again."
    )
    return subject, f"{subject}.\n\n{one_paragraph(words)}\n\nIf you think it is wrong, ask: {contact}\n"


def failure_withdrawn(producer: str, occurred_on: date, reason: str, contact: str) -> tuple[str, str]:
    """Write to somebody that what was on record about their access was withdrawn.

    Args:
        producer: Who kept the record.
        occurred_on: The day it was about.
        reason: Why it was withdrawn.
        contact: Whom to ask.
    """
    subject = f"{producer[:60]}: what was on record about your pre-release access was withdrawn"
    words = f"It was about: {day_text(occurred_on)}\nWhy it was withdrawn: {reason}"
    return subject, f"{subject}.\n\n{one_paragraph(words)}\n\nIf you think it is wrong, ask: {contact}\n"
