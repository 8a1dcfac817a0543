"""What is written to somebody about a suspension, and about access for producing statistics."""

from __future__ import annotations

from app.rules.rehearsals import one_paragraph


def suspended(producer: str, covers: str, reason: str, needs: str, contact: str) -> tuple[str, str]:
    """Write to somebody that they are suspended.

    Args:
        producer: From whose statistics.
        covers: Whom or what the suspension covers.
        reason: Why.
        needs: What reinstatement needs.
        contact: Whom to ask.
    """
    subject = f"Your pre-release access to the statistics of {producer} is suspended"
    return subject, _of_suspension(
        subject, f"It covers: {covers}.\nWhy: {reason}\nReinstatement needs: {needs}", contact
    )


def conditions_changed(producer: str, covers: str, reason: str, needs: str, contact: str) -> tuple[str, str]:
    """Write to somebody who is suspended that their reinstatement needs something else than before.

    Args:
        producer: From whose statistics.
        covers: Whom or what the suspension covers.
        reason: Why it changed.
        needs: What reinstatement needs now.
        contact: Whom to ask.
    """
    subject = f"What your reinstatement with {producer} needs has changed"
    words = f"It covers: {covers}.\nWhy it changed: {reason}\nNow needed: {needs}"
    return subject, _of_suspension(subject, words, contact)


def reinstated(producer: str, covered: str, reason: str, contact: str) -> tuple[str, str]:
    """Write to somebody that they are suspended no longer.

    Args:
        producer: From whose statistics they were.
        covered: Whom or what the suspension covered.
        reason: Why it ended.
        contact: Whom to ask.
    """
    subject = f"Your pre-release access to the statistics of {producer} is no longer suspended"
    return subject, _of_suspension(subject, f"It covered: {covered}.\nWhy it ended: {reason}", contact)


def reapplication_decided(
    producer: str, decision: str, reason: str, contact: str, *, approved: bool
) -> tuple[str, str]:
    """Write to somebody what was decided on their application to be let back.

    Args:
        producer: Who decided.
        decision: In one word.
        reason: Why.
        contact: Whom to ask.
        approved: It was approved.
    """
    subject = f"{producer[:60]}: your application to be let back was {decision}"
    after = (
        "The suspension goes on until the producer ends it; you will be told."
        if approved
        else "The suspension goes on. You can apply again."
    )
    return subject, f"{subject}.\n\nWhy: {reason}\n{after}\n\nQuestions: {contact}\n"


def production_access(producer: str, purpose: str, state: str, title: str, words: str, contact: str) -> tuple[str, str]:
    """Write to somebody about their access for producing or checking a release.

    Args:
        producer: Whose release it is.
        purpose: What the access is for.
        state: What it is now.
        title: The release's.
        words: What follows from it.
        contact: Whom to ask.
    """
    subject = f"{producer[:60]}: your access for {purpose} is {state}"
    return subject, f"{subject}.\n\nStatistics: {title}\n{words}\n\nQuestions: {contact}\n"


def production_proposed(where: str, restriction: str) -> str:
    """Say what somebody does who is proposed for the production of a release.

    Args:
        where: The address at which they read and accept the restriction.
        restriction: Its words.
    """
    return (
        "Nothing is shared with you before you have accepted this restriction and the producer has permitted it. Read "
        f"and accept it at {where}\n\n{restriction}"
    )


def _of_suspension(subject: str, words: str, contact: str) -> str:
    return f"{subject}.\n\n{one_paragraph(words)}\n\nQuestions: {contact}\n"
