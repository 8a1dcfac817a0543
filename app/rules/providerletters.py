"""What is written about sign-in providers: to whoever signs in by one at first, and to every administrator."""

from __future__ import annotations

from collections.abc import Sequence

_ASK = "If you did not know of this, ask {organisation} by a number that you know already"


def bound(address: str, organisation: str) -> tuple[str, str]:
    """Write to somebody that they have signed in through their organisation for the first time.

    Args:
        address: Where the service is reached.
        organisation: Whose sign-in it was.
    """
    return "You can now sign in for pre-release access through your organisation", (
        f"Somebody has just signed in to {address} as you, for the first time through the sign-in of "
        f"{organisation}.\n\n"
        "If it was you, there is nothing to do: that account is yours here from now on, whatever your address.\n\n"
        "If it was not you, tell the producer who gave you access, and your organisation's IT desk, at once.\n"
    )


def proposed(organisation: str, issuer: str, domains: Sequence[str], who: str, where: str) -> tuple[str, str]:
    """Write that somebody has proposed a provider.

    Args:
        organisation: Whose people it is to sign in.
        issuer: Its address.
        domains: Of the e-mail addresses that it is to answer for.
        who: Who proposed it.
        where: The page with all providers.
    """
    return f"Proposed: sign-in through {organisation[:100]}", (
        f"{who} has proposed that people of {organisation} sign in for pre-release access through a sign-in of their "
        f"own:\n\n{issuer}\n\nfor e-mail addresses at {', '.join(domains)}.\n\n"
        "It signs nobody in until another administrator, who was one already when it was proposed, or the operator "
        "approves it. Then whatever it says opens sessions for everybody with such an address.\n\n"
        f"{_ASK.format(organisation=organisation)}, and end the proposal:\n{where}\n"
    )


def approved(organisation: str, issuer: str, domains: Sequence[str], who: str, where: str) -> tuple[str, str]:
    """Write that somebody has approved a provider.

    Args:
        organisation: Whose people it signs in.
        issuer: Its address.
        domains: Of the e-mail addresses that it answers for.
        who: Who approved it.
        where: The page with all providers.
    """
    return f"Let in: sign-in through {organisation[:100]}", (
        f"{who} has approved the sign-in of {organisation}:\n\n{issuer}\n\n"
        f"From now on whatever it says opens sessions for everybody with an e-mail address at {', '.join(domains)}.\n\n"
        f"{_ASK.format(organisation=organisation)}, and end it at once; its sessions end with it:\n{where}\n"
    )


def changed(organisation: str, what: Sequence[str], who: str, where: str) -> tuple[str, str]:
    """Write that somebody has changed a provider.

    Args:
        what: What is otherwise now, as ends of a sentence.
    """
    return f"Changed: sign-in through {organisation[:100]}", (
        f"{who} has changed the sign-in of {organisation}: {'; '.join(what)}.\n\n"
        f"{_ASK.format(organisation=organisation)}, and change it back or end it:\n{where}\n"
    )


def unbound(name: str, who: str, where: str) -> tuple[str, str]:
    """Write that somebody has taken away the accounts by which a person signs in.

    Args:
        name: The person's.
        where: The person's page.
    """
    return f"Unbound: how {name[:100]} signs in through their organisation", (
        f"{who} has taken away the accounts by which {name} signs in through their organisation. Whoever next shows "
        "an account with their verified address is taken for them.\n\n"
        f"If you did not know of this, ask {name} by a number that you know already, and end their sessions:\n{where}\n"
    )
