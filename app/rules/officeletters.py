"""What is written to those who answer for a producer's statistics: incidents, duties, requests, records, malware."""

from __future__ import annotations

from datetime import date

from app.rules.scans import Scanned


def incident_opened(sort: str, number: int, what: str, summary: str, where: str) -> tuple[str, str]:
    """Write that an incident is on record.

    Args:
        sort: Incident, or near miss.
        number: The service's own number of it.
        what: Its kind, in words.
        summary: What happened, without any statistics.
        where: The address at which it stands.
    """
    return f"{sort} {number}: {what}", (
        f"{sort} {number} is on record: {what}.\n\n{summary}\n\nRead it, and its draft report, at {where}\n"
    )


def incident_completed(number: int, what: str, summary: str, where: str, *, closed: bool) -> tuple[str, str]:
    """Write that more is known of an incident, or less.

    Args:
        number: The service's own number of it.
        what: Its kind, in words.
        summary: What is known now.
        where: The address at which it stands.
        closed: It has been closed.
    """
    ended = " It has been closed; look whether that is still right." if closed else ""
    return f"Incident {number}, {what}: something more is known", (
        f"Incident {number}: {what}.{ended}\n\n{summary}\n\nRead it, and its draft report, at {where}\n"
    )


def annual_list_due(what: str, source: str, where: str, *, overdue: bool) -> tuple[str, str]:
    """Write that the annual list of statistics is due.

    Args:
        what: Which list, as a whole sentence.
        source: The clause that asks for it.
        where: The address at which it is looked at.
        overdue: Its day has passed.
    """
    standing = "overdue" if overdue else "due"
    return f"The annual list of statistics with pre-release access is {standing}", (
        f"{what} It must be published under {source}.\n\nLook at it before you publish it: {where}\n"
    )


def record_unanswered(asked_on: date, title: str, due_on: date | None, where: str) -> tuple[str, str]:
    """Write that a request for a record of access has no answer.

    Args:
        asked_on: When it was received.
        title: Of the release it is about.
        due_on: By when it must be answered, where the Order says so.
        where: The address at which it is answered.
    """
    when = f" It must be answered by {due_on.isoformat()}." if due_on else ""
    return "A request for a record of access has no answer yet", (
        f"A request received on {asked_on.isoformat()} asks for the record of access to "
        f"“{title}”, and has no answer yet.{when}\n\n"
        f"Answer it: {where}\n"
    )


def records_old(count: int, where: str) -> tuple[str, str]:
    """Write that records may be destroyed.

    Args:
        count: Of how many releases.
        where: The address at which that is decided.
    """
    return "Records of old releases may be destroyed", (
        f"The records of {count} releases are no longer kept by any Order, policy, hold or open matter. "
        f"Decide whether to destroy them:\n{where}\n"
    )


def duty_owed(title: str, source: str, what: str, where: str) -> tuple[str, str]:
    """Write that an Order asks for something to be done.

    Args:
        title: Of the release.
        source: The clause.
        what: What is to be done.
        where: The address at which the duty stands.
    """
    return f"{title[:200]}: to do, {what}", (
        f"By the list of “{title}” and its times as they stand now, {source} asks you to {what}, as "
        "soon as practicable.\n\nWhat must be told stands with the duty, and there you also record when and "
        f"how it was done: {where}\n"
    )


def reapplication_made(producer: str, applicant: str, covers: str, statement: str, where: str) -> tuple[str, str]:
    """Write that somebody who is suspended applies to be let back.

    Args:
        producer: To whom.
        applicant: Who applies.
        covers: Whom or what the suspension covers.
        statement: What they say.
        where: The address at which it is decided.
    """
    return f"{producer[:60]}: somebody who is suspended applies to be let back", (
        f"{applicant} applies to be let back. The suspension covers: {covers}.\n\n"
        f"{statement}\n\nRead and decide it at {where}\n"
    )


def malware_found(release_id: str, scanned: Scanned, *, kept: bool) -> tuple[str, str]:
    """Write that the malware scanner refused a document, by no title and no file name.

    Args:
        release_id: Of which release.
        scanned: What the scanner said.
        kept: It was accepted before, and is kept.
    """
    what = (
        "A document that was accepted before was scanned again, and the scanner found malware in it. A draft cannot be "
        "fixed; a final one is closed to everybody from now on, and running downloads stop. Recall it, which asks "
        "whoever has a copy what became of it, and upload a new version."
        if kept
        else "A document was refused as it arrived, because the scanner found malware in it. Nothing of it was kept."
    )
    return "The malware scanner refused a document", (
        f"{what}\n\nRelease: {release_id}\nFound: {scanned.signature}\nScanner: {scanned.engine}, "
        f"signatures {scanned.signatures or 'of its own'}\n\nThe machine that the document came from should be looked "
        "at. Who sent it is in the log, which an auditor can read."
    )
