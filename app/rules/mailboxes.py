"""Addresses: brought to one form, and refused where several people read what arrives.

Access and declarations belong to one human. Of a group, team or office mailbox nobody could say who read what, and
shared mailboxes and wrong addresses stand behind a good part of the breaches that were reported.
"""

from __future__ import annotations

import re

from app.rules.errors import Code, Malformed

ADDRESS_LIMIT = 254
LOCAL_LIMIT = 64

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_BETWEEN_WORDS = re.compile(r"[._+-]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stand for an office or a group wherever they stand between dots, hyphens, underscores and plus signs.
_WORDS = _words(
    """
    analysis analysts analytics answers briefing briefings bulletin bulletins clearance comms
    communication communications contact contacts contactus correspondence data department dept desk directorate
    dissemination distribution division donotreply email embargo enquiries enquiry everyone feedback group groups help
    helpdesk hub inbox info information inquiries inquiry mailbox mailboxes mailing media minister ministers news
    newsdesk newsroom noreply office offices parliamentary pra prerelease press pressdesk pressoffice privateoffice
    publication publications publishing reception recruitment registry release releases reply secretariat secretary
    servicedesk services shared spads staff statisticians statistic statistics stats subscriptions support team teams
    unit units webmaster postmaster
    """
)
# Words that are also surnames or initials: an office only where they are the whole of the address before the @.
_WHOLE = _words(
    "admin administrator all board branch foi general hello hr it list mail po pr ps root service statistician"
)
# Written together with something else, as in dofpressoffice or labourmarketteam. Long enough to be in nobody's name.
_JOINED = (
    "pressoffice",
    "pressdesk",
    "pressteam",
    "privateoffice",
    "mediaoffice",
    "mediateam",
    "newsdesk",
    "helpdesk",
    "servicedesk",
    "statistics",
    "statsteam",
    "enquiries",
    "inquiries",
    "communications",
    "mailbox",
    "secretariat",
    "noreply",
    "donotreply",
)
_ENDINGS = ("office", "mailbox", "inbox", "group", "comms")
_TEAM_ENDING_LENGTH = 8  # “steam” may end somebody's name; nothing of eight letters that ends in “team” does
_NAME_WORDS = _words(
    """
    team office group mailbox inbox unit desk helpdesk enquiries statistics stats communications comms secretariat
    directorate distribution everyone noreply
    """
)
_REMEDY = (
    "Give the work address of the one person who will read it. If their own address has such a word in it, ask their "
    "organisation for one that has not."
)


def normalise_address(text: str) -> str:
    """Bring an e-mail address to the one form in which it is stored and compared.

    White space around it is dropped and capitals become small. Nothing else is changed: what does not fit is refused.

    Args:
        text: As somebody typed it.

    Returns:
        At most 254 ASCII characters, with one @.

    Raises:
        Malformed: It is no address, or one that this service does not take; the message says what is wrong.

    Source:
        RFC 5321 sections 4.1.2 and 4.5.3.1; RFC 5322 section 3.2.3 (dot-atom)
    """
    address = text.strip().lower()
    if not address:
        raise _malformed("it is empty")
    if any(ord(character) < 33 or ord(character) == 127 for character in address):
        raise _malformed("it has spaces or control characters in it")
    if not address.isascii():
        raise _malformed("it has letters outside ASCII in it")
    if address.count("@") != 1:
        raise _malformed("it must have exactly one @")
    if len(address) > ADDRESS_LIMIT:
        raise _malformed(f"it is longer than {ADDRESS_LIMIT} characters")
    local, domain = address.split("@")
    _demand_local(local)
    _demand_domain(domain)
    return address


def refuse_shared_mailbox(address: str, name: str) -> None:
    """Stop when an address, or the name given with it, is that of a group or an office and not of one human.

    It rather refuses an odd personal address than take a shared one, and nobody can overrule it.

    Args:
        address: Normalised.
        name: The person's name, as given.

    Raises:
        Malformed: With the code ``shared_mailbox``, the word that gave it away, and what to do.
    """
    local = address.split("@")[0]
    words = [re.sub(r"\d+$", "", word) for word in _BETWEEN_WORDS.split(local)]
    word = _word_of_an_office(words)
    if word is not None:
        raise _shared(address, f"“{word}” before the @ stands for an office or a group")
    for part in re.findall(r"[a-z]+", name.lower()):
        if part in _NAME_WORDS:
            raise _shared(address, f"the name has the word “{part}” in it")


def is_shared_mailbox(address: str, name: str) -> bool:
    """Say whether an address that is on record already would be refused today, by itself or for the name with it."""
    try:
        refuse_shared_mailbox(address, name)
    except Malformed:
        return True
    return False


def _word_of_an_office(words: list[str]) -> str | None:
    for word in words:
        if word in _WORDS or word.endswith(_ENDINGS):
            return word
        if word.endswith("team") and len(word) >= _TEAM_ENDING_LENGTH:
            return word
    together = "".join(words)
    if together in _WHOLE:
        return together
    # The convention for the private secretaries of a minister, e.g. ps.someminister.
    if len(words) > 1 and words[0] in ("ps", "pps"):
        return words[0]
    return next((compound for compound in _JOINED if compound in together), None)


def _demand_local(local: str) -> None:
    if not local:
        raise _malformed("there is nothing before the @")
    if len(local) > LOCAL_LIMIT:
        raise _malformed(f"there are more than {LOCAL_LIMIT} characters before the @")
    if not _LOCAL.fullmatch(local):
        raise _malformed("what stands before the @ has characters, or dots at places, that this service does not take")


def _demand_domain(domain: str) -> None:
    labels = domain.split(".")
    if len(labels) < 2:
        raise _malformed("what stands after the @ is no full domain name")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise _malformed("what stands after the @ is no domain name")
    if any(label.startswith("xn--") for label in labels):
        # Letters that look like others make one address pass for another.
        raise _malformed("internationalised domain names are not taken")


def _malformed(why: str) -> Malformed:
    return Malformed(f"That is no e-mail address this service takes: {why}.", errors=[{"where": "email", "what": why}])


def _shared(address: str, why: str) -> Malformed:
    return Malformed(
        f"{address} looks like a shared mailbox: {why}. Several people may read it, so nobody could say who saw what. "
        f"{_REMEDY}",
        code=Code.SHARED_MAILBOX,
        errors=[{"where": "email", "what": why}],
    )
