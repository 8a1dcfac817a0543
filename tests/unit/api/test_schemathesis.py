"""The whole OpenAPI document, as each role and as nobody: no 5xx, and nothing that the document does not say.

``PRA_SCHEMATHESIS_EXAMPLES`` says how many random valid and invalid requests each role sends to each operation. From
50 on every role sends every boundary case too; below, each boundary case is sent by one of the roles.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from schemathesis import Case
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario

from app.rules.facts import Role
from tests.unit.api.deck import Hand, deal, dealt, load
from tests.unit.api.estate import Estate

EXAMPLES = int(os.environ.get("PRA_SCHEMATHESIS_EXAMPLES", "2"))
EVERYTHING = EXAMPLES >= 50

Headers = dict[str, str]
ROLES: dict[str, Callable[[Estate], Headers]] = {
    "nobody": lambda estate: {},
    "recipient": lambda estate: estate.headers(estate.sides[0].recipient),
    "statistician": lambda estate: estate.headers(estate.sides[0].sat.people[Role.STATISTICIAN]),
    "lead official": lambda estate: estate.headers(estate.sides[0].sat.people[Role.LEAD_OFFICIAL]),
    "head of profession": lambda estate: estate.headers(estate.sides[0].sat.people[Role.HEAD_OF_PROFESSION]),
    "auditor of a producer": lambda estate: estate.headers(estate.sides[0].sat.people[Role.AUDITOR]),
    "auditor of all": lambda estate: estate.headers(estate.auditor),
    "administrator": lambda estate: estate.headers(estate.administrator),
    "program": lambda estate: estate.program(estate.sides[0]),
}


@pytest.fixture(scope="module")
def hands(tmp_path_factory: pytest.TempPathFactory) -> list[Hand]:
    estate = Estate(tmp_path_factory.mktemp("deck"))
    return deal(load(estate.service.client.app), EXAMPLES)


@pytest.fixture
def estate(tmp_path: Any) -> Iterator[Estate]:
    made = Estate(tmp_path)
    made.publish_lists()
    yield made
    made.service.close()


@pytest.mark.parametrize("role", ROLES)
def test_api_asked_as_its_document_says_and_otherwise_keeps_to_it(role: str, estate: Estate, hands: list[Hand]) -> None:
    found: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    seat = list(ROLES).index(role)
    for hand in hands:
        headers = ROLES[role](estate)
        shared = hand.shared if EVERYTHING else hand.shared[seat :: len(ROLES)]
        for number, case in enumerate((*hand.everybody, *shared)):
            status, said = send(estate, case, headers, number + seat)
            statuses[status] += 1
            found.update(said)
            if status == 204:
                headers = ROLES[role](estate)  # that may have been our own session
    assert not found, "\n\n".join(f"{count} × {said}" for said, count in found.most_common())
    assert not [status for status in statuses if status >= 500]


def send(estate: Estate, case: Case, headers: Headers, number: int) -> tuple[int, list[str]]:
    """Send one request, and say what the document does not allow about the answer."""
    sent = case if number % 4 == 3 else dealt(case, estate.sides[0 if number % 8 else 1], first=number % 3 != 2)
    app = estate.service.client.app
    extra = {} if _without_signing_in(sent) else headers
    answer = sent.call(headers=extra, app=app)
    try:
        sent.validate_response(answer, headers=extra, transport_kwargs={"headers": extra, "app": app})
    except FailureGroup as group:
        return answer.status_code, [
            f"{sent.operation.label}: {failure.title}: {failure.message}" for failure in group.exceptions
        ]
    return answer.status_code, []


def _without_signing_in(case: Case) -> bool:
    data = case.meta.phase.data if case.meta else None
    if not isinstance(data, CoveragePhaseData):
        return False
    return data.scenario is CoverageScenario.MISSING_PARAMETER and (data.parameter or "").lower() == "authorization"


def test_checks_of_schemathesis_are_all_asked() -> None:
    assert {"not_a_server_error", "status_code_conformance", "response_schema_conformance"} <= set(
        CHECKS.get_all_names()
    )
