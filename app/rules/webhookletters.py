"""What people are told of webhooks: what came of a message, and that nothing is sent any more."""

from __future__ import annotations

from datetime import datetime

from app.rules.facts import london_text
from app.rules.probes import Trouble
from app.rules.webhooks import PostAnswer, StoppedBecause

TROUBLE_WORDS: dict[Trouble, str] = {
    Trouble.NOT_HTTPS: "its address is not https",
    Trouble.HOST_NOT_ALLOWED: "its host is not allowed",
    Trouble.ADDRESS_NOT_PUBLIC: "its name leads to an address that is not on the public Internet",
    Trouble.NAME_NOT_FOUND: "its name is not found",
    Trouble.NO_CONNECTION: "it could not be reached",
    Trouble.TLS_NOT_TRUSTED: "it could not be reached",
    Trouble.TOO_SLOW: "it answered too slowly",
    Trouble.TOO_MANY_REDIRECTS: "it leads elsewhere",
    Trouble.TOO_LARGE: "its answer is too large",
    Trouble.UNREADABLE: "its answer cannot be read",
}


def told_trouble(trouble: str) -> str:
    """Give the trouble as the producer is told it: one word for a closed port and for a certificate not trusted.

    Whoever may add a webhook must not learn by trying which ports of a machine are open; the operator is told apart.

    Args:
        trouble: As it is on record, empty where there was none.
    """
    return Trouble.NO_CONNECTION.value if trouble == Trouble.TLS_NOT_TRUSTED.value else trouble


def answer_words(answer: PostAnswer) -> str:
    """Say what came of sending a message, e.g. ``it answered 503``."""
    if answer.trouble is not None:
        return TROUBLE_WORDS[answer.trouble]
    if answer.status is None:
        return "its secret could not be read here, and it was sent nothing; whoever runs this service must look"
    return f"it answered {answer.status}"


def stopped_letter(
    name: str, host: str, because: StoppedBecause, since: datetime, answer: PostAnswer, address: str
) -> tuple[str, str]:
    """Give subject and body of the letter that nothing is sent to a webhook any more.

    Args:
        name: What the producer calls it.
        host: Where it leads.
        because: Why.
        since: Since when nothing was taken. Aware.
        answer: What came of the last message.
        address: Its page.
    """
    why = (
        "It answered 410: it wants no more messages."
        if because is StoppedBecause.GONE
        else f"It has taken nothing since {london_text(since)}; the last time {answer_words(answer)}."
    )
    body = (
        f"Nothing is sent any more to the webhook “{name}” on {host}. {why}\n\n"
        "What waited for it will not go by itself. Once it answers again, have it resumed, and send again what it "
        "needs; what it has missed also stands in the public feed.\n\n"
        f"{address}\n"
    )
    return f"Webhook stopped: {name}", body
