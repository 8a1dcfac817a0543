"""A service with one organisation, its people, and its sign-in provider; and somebody at a browser who signs in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from httpx2 import Response

from app.actions import providers
from app.actions.providers import SignInProvider
from app.actions.tools import Actor, RoleHeld
from app.audit.entries import EntryKind
from app.rules.facts import Role
from tests.provider import CLIENT, SECRET, Account, LyingProvider
from tests.service import Service
from tests.unit.web.browser import Visitor

OPERATOR = Actor("operator", "The operator", (RoleHeld(Role.ADMINISTRATOR, None),))
ADDRESS = "robin.reader@treasury.gov.example"
DOMAIN = "treasury.gov.example"
ROBIN = Account("robin-0001", ADDRESS)


@dataclass
class Town:
    service: Service
    provider: LyingProvider
    known: SignInProvider
    person_id: str

    def visitor(self) -> Visitor:
        return Visitor(self.service.client)

    def goes(self, person: Visitor, email: str = ADDRESS, then: str = "/account") -> str:
        """Give an address at the sign-in page, and the address at the provider to which that leads."""
        person.looks(f"/sign-in?then={then}")
        sent = person.sends("/sign-in", email=email, then=then)
        assert (sent.status_code, sent.headers["location"].partition("?")[0]) == (303, "/sign-in/provider"), sent.text
        person.looks(sent.headers["location"])
        found = re.search(r'href="(http[^"]+/auth\?[^"]+)"', person.last.text)
        assert found is not None
        return html.unescape(found[1])

    def comes_back(self, person: Visitor, brought: dict[str, str], provider_id: str = "") -> Response:
        return person.asks("GET", f"/sign-in/from/{provider_id or self.known.provider_id}", params=brought)

    def signs_in(self, person: Visitor, account: Account = ROBIN, **asked: Any) -> Response:
        return self.comes_back(person, self.provider.signs_in(self.goes(person, **asked), account))

    def refusals(self) -> list[str]:
        """Why sign-ins were refused, as the log says."""
        return [entry["said"]["why"] for entry in self.service.entries(EntryKind.SIGN_IN_REFUSED)]


def a_provider(
    service: Service,
    issuer: str,
    *,
    organisation_id: str = "",
    domains: tuple[str, ...] = (DOMAIN,),
    secret: str = SECRET,
    **asked: Any,
) -> SignInProvider:
    """Put a provider on record, and approve it, as the operator does."""
    proposed = providers.propose_provider(
        service.tools,
        OPERATOR,
        organisation_id=organisation_id or service.organisation(f"Organisation of {domains[0]}"),
        issuer=issuer,
        client_id=CLIENT,
        secret=secret,
        domains=domains,
        required=asked.pop("required", False),
        **asked,
    )
    return providers.approve_provider(service.tools, OPERATOR, proposed.provider_id)


def a_town(service: Service, provider: LyingProvider, **asked: Any) -> Town:
    person_id = service.person("Robin Reader", ADDRESS)
    return Town(service, provider, a_provider(service, provider.address, **asked), person_id)
