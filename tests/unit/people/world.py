"""The service with only the doors of this noun, so that these tests need no other."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from fastapi import FastAPI

from app.actions import notices
from app.actions.tools import Policy
from app.api import failures, holdings, organisations, people, problems, providers, sign_in, suspensions, training
from app.web.problems import problem_page, wants_page
from tests.application import client_on, front_of
from tests.service import ORIGIN, Service

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NETWORK = "192.0.2.7"
RECEIPT = re.compile(r"/ent_[0-9a-f]{24}(/|$)")


def a_service(folder: Path, *, database_url: str | None = None, policy: Policy | None = None) -> Service:
    """The whole service, with no door open but those for people, sign-in and organisations."""
    roomy = Policy(origin=ORIGIN, codes_per_network_per_hour=1000)
    made = Service(folder, START, database_url=database_url, policy=policy or roomy)
    front = front_of(_doors(), made.tools)
    made._client = client_on(front, client=(NETWORK, 50000))
    return made


@cache
def _doors() -> FastAPI:
    application = FastAPI()
    for door in (sign_in, people, holdings, organisations, providers, suspensions, training, failures):
        application.router.routes.extend(door.router.routes)
    problems.install(application, wants_page, problem_page)
    return application


def code_for(service: Service, email: str) -> tuple[str, str]:
    """Ask for a code and read it from the mail: id and code."""
    asked = service.client.post("/api/v1/sign-in/codes", json={"email": email})
    assert asked.status_code == 202, asked.text
    notices.send_due(service.tools)
    found = re.search(r"\b(\d{8})\b", service.mailbag.to(email)[-1].body)
    assert found is not None
    return asked.json()["code_id"], found.group(1)


def another(code: str) -> str:
    """A code that is wrong."""
    return f"{(int(code) + 1) % 10**8:08d}"
