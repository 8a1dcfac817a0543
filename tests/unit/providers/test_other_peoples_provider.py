"""The whole flow against a provider that other people made, by each algorithm, over a real line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2
import pytest

from app.actions import providers
from app.outside.clock import SystemClock
from tests.live import free_port
from tests.oidc import other_peoples_provider
from tests.service import Service
from tests.unit.providers.town import DOMAIN, OPERATOR
from tests.unit.web.browser import Visitor, words

ALGORITHMS = ("ES256", "RS256", "PS256")
SECRET = "a-secret/of+the-provider"


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that knows the provider as three clients, one for each algorithm and domain."""
    clock, port = SystemClock(), free_port()
    service = Service(tmp_path_factory.mktemp("street"), clock.now())
    service.tools = replace(service.tools, clock=clock)  # the provider has the machine's own
    clients: list[dict[str, object]] = []
    for algorithm in ALGORITHMS:
        domain = f"{algorithm.lower()}.{DOMAIN}"
        proposed = providers.propose_provider(
            service.tools,
            OPERATOR,
            organisation_id=service.organisation(f"Treasury of {algorithm}"),
            issuer=f"http://127.0.0.1:{port}",
            client_id=f"pra-{algorithm}",
            secret=SECRET,
            domains=(domain, DOMAIN) if algorithm == "ES256" else (domain,),
            required=False,
        )
        providers.approve_provider(service.tools, OPERATOR, proposed.provider_id)
        clients.append(
            {
                "client_id": f"pra-{algorithm}",
                "client_secret": SECRET,
                "id_token_signed_response_alg": algorithm,
                "redirect_uris": [f"http://127.0.0.1:8000/sign-in/from/{proposed.provider_id}"],
                "token_endpoint_auth_method": "client_secret_post" if algorithm == "RS256" else "client_secret_basic",
            }
        )
    with other_peoples_provider(port, domain=DOMAIN, clients=clients):
        yield service
    service.close()


class Form:
    """The provider's pages, as somebody fills them in by hand."""

    def __init__(self) -> None:
        self.line = httpx2.Client(timeout=10, trust_env=False, follow_redirects=False)

    def __enter__(self) -> Form:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()

    def sign_in(self, url: str, name: str) -> dict[str, str]:
        """Sign in and consent; gives what the browser is sent back with."""
        answer = self.line.get(url)
        for _ in range(12):
            if answer.has_redirect_location:
                url = urljoin(url, answer.headers["location"])
                if "/sign-in/from/" in url:
                    return dict(parse_qsl(urlsplit(url).query))
                answer = self.line.get(url)
                continue
            action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert action is not None, answer.text[:500]
            fields = {"prompt": "login", "login": name, "password": "x"} if 'name="password"' in answer.text else {}
            url = urljoin(url, unescape(action[1]))
            answer = self.line.post(url, data=fields or {"prompt": "consent"})
        raise AssertionError("the provider never sent anybody back")


def goes(person: Visitor, email: str) -> str:
    person.looks("/sign-in?then=/account")
    person.looks(person.sends("/sign-in", email=email, then="/account").headers["location"])
    found = re.search(r'href="(http[^"]+/auth\?[^"]+)"', person.last.text)
    assert found is not None
    return unescape(found[1])


def provider_of(there: str) -> str:
    """Which provider an address leads to."""
    return urlsplit(dict(parse_qsl(urlsplit(there).query))["redirect_uri"]).path.rpartition("/")[2]


def test_flow_against_other_peoples_provider_signs_in_and_again_when_asked_anew(street: Service) -> None:
    street.person("Robin Reader", f"robin@{DOMAIN}")
    person, there, brought = Visitor(street.client), "", dict[str, str]()
    with Form() as form:
        for _ in range(2):  # the second time signed in already: the provider must ask for the password anew
            there = goes(person, f"robin@{DOMAIN}")
            brought = form.sign_in(there, "robin")
            came = person.asks("GET", f"/sign-in/from/{provider_of(there)}", params=brought)
            assert (came.status_code, came.headers.get("location")) == (303, "/account"), words(came)
    assert "Robin Reader" in person.looks("/account")
    assert person.asks("GET", f"/sign-in/from/{provider_of(there)}", params=brought).status_code == 401


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_flow_against_other_peoples_provider_takes_each_algorithm(street: Service, algorithm: str) -> None:
    """Its people have addresses of another domain: everything is right but whom this client answers for."""
    person = Visitor(street.client)
    there = goes(person, f"anybody@{algorithm.lower()}.{DOMAIN}")
    with Form() as form:
        brought = form.sign_in(there, f"somebody-{algorithm.lower()}")
    assert person.asks("GET", f"/sign-in/from/{provider_of(there)}", params=brought).status_code == 401
    refused = [entry["said"]["why"] for entry in street.entries() if entry["kind"] == "sign_in_refused"]
    assert refused[-1] == "this provider does not answer for that address"


def test_doctor_is_content_with_other_peoples_provider(street: Service) -> None:
    tools = replace(street.tools, known_providers=type(street.tools.known_providers)())
    assert "3 keys" in providers.check_providers(tools)
