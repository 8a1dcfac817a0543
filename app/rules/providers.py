"""Sign-in by an organisation's own provider: whom it answers for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.rules.errors import Malformed
from app.rules.mailboxes import normalise_address

_DOMAINS_LETTERS = 1500
BY_PROVIDER = "the organisation's own sign-in"  # how a session began that a provider's word opened


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """A provider by which an organisation's people sign in.

    Attributes:
        organisation_id: Whose people it answers for.
        issuer: Its name, an address, compared letter by letter.
        client_id: As whom it knows us.
        domains: The domains of those e-mail addresses that it answers for, in small letters.
        required: People of these domains sign in by it alone: no code goes to them.
        acr: Of these ways of authentication one must have been used; empty asks for none.
        amr: All of these methods must have been used; empty asks for none.
        made_by: Who proposed it.
        approved_at: When somebody else, or the operator, approved it; None before. Aware UTC.
        ended_at: When it ended. Aware UTC.
    """

    provider_id: str
    organisation_id: str
    organisation: str
    issuer: str
    client_id: str
    domains: tuple[str, ...]
    required: bool
    acr: tuple[str, ...]
    amr: tuple[str, ...]
    made_at: datetime
    made_by: str
    approved_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether it is approved and has not ended: only then does it answer for anybody."""
        return self.approved_at is not None and self.ended_at is None

    def answers_for(self, address: str) -> bool:
        """Say whether it stands, and a normalised e-mail address lies in one of its domains."""
        return self.stands and domain_of(address) in self.domains


def domain_of(address: str) -> str:
    """Give what stands after the @ of an address, in small letters; empty where there is none."""
    return address.rpartition("@")[2].strip().lower()


def read_domains(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Bring the domains that a provider answers for to the one form in which they are compared.

    Args:
        typed: As somebody typed them.

    Raises:
        Malformed: There is none, one of them is no domain of an e-mail address, or they are too long all together.
    """
    found = []
    for one in typed:
        bare = one.strip().lower().removeprefix("@")
        try:
            found.append(domain_of(normalise_address(f"somebody@{bare}")))
        except Malformed:
            why = f"“{one.strip()[:80]}” is no domain of e-mail addresses, such as department.gov.uk."
            raise Malformed(why, errors=[{"where": "body.domains", "what": why}]) from None
    if not found:
        why = "Name at least one domain of e-mail addresses for which the provider answers."
        raise Malformed(why, errors=[{"where": "body.domains", "what": why}])
    domains = tuple(sorted(set(found)))
    if sum(map(len, domains)) > _DOMAINS_LETTERS:  # all of them stand in one entry of the log
        why = f"Name fewer domains: all together may have {_DOMAINS_LETTERS:,} letters."
        raise Malformed(why, errors=[{"where": "body.domains", "what": why}])
    return domains
