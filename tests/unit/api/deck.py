"""Requests that schemathesis derives from the OpenAPI document: made once, then sent as everybody in turn.

Three sorts of each operation: the examples of the document; the boundary cases of its schemas, valid and invalid; and
random ones, valid and invalid. Identifiers and revisions in them are invented; ``dealt`` puts real ones in their
place, so that requests get past "nothing here".
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.hypothesis.builder import generate_example_cases
from schemathesis.schemas import APIOperation
from starlette.testclient import TestClient

from tests.unit.api.estate import Side

_IDENT = re.compile(r"([a-z]{3})_[0-9a-f]{24}")
# Long texts under a pattern take the generator minutes; that they end where the document says is in test_malformed.py.
_LONG = 1000
# A status that says "well formed, but the law or the state of things says no" does not contradict the document.
_CONFIG = {
    "seed": 20260310,
    "checks": {
        # Dates in the past, Orders that are not built, lists that are not sound: rules that no JSON schema can state. A
        # checksum of a kind that is not known is answered 400, as tus has it.
        "positive_data_acceptance": {
            "expected-statuses": [200, 201, 202, 204, 400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 423, 429]
        },
        # A change without its ETag is answered 428 (RFC 6585), and only after the right to make it (404, 403). A
        # request that does not say which tus it speaks is answered 412, as that protocol has it.
        "missing_required_header": {"expected-statuses": [401, 403, 404, 412, 415, 422, 428]},
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429]},
    },
}


# What is made up for such a file is sent as its bytes.
schemathesis.serializer.alias(
    [
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
        "text/calendar",
        "application/offset+octet-stream",
    ],
    "application/octet-stream",
)


@dataclass(frozen=True)
class Hand:
    """What the document gives for one operation: every role gets the examples, each role its share of the rest."""

    operation: APIOperation[Any, Any, Any, Any]
    everybody: tuple[Case, ...]
    random: tuple[Case, ...]
    shared: tuple[Case, ...]

    def share(self, seat: int, seats: int, *, everything: bool) -> tuple[Case, ...]:
        """Give what one of so many roles sends besides the examples: all of it, or its share.

        Each random request is sent by two roles, and another two are next in the following operation; each boundary
        case by one. So the whole deck is dealt, and grows with the operations, not with operations times roles.
        """
        if everything:
            return (*self.random, *self.shared)
        turn = zlib.crc32(self.operation.label.encode()) + seat
        drawn = (one for number, one in enumerate(self.random) if (turn + number) % (seats // 2) == 0)
        return (*drawn, *self.shared[seat::seats])


def load(app: Any) -> Any:
    """Load the document of an application as schemathesis reads it."""
    document = TestClient(app).get("/openapi.json").json()
    _lighten(document)
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(_CONFIG))
    schema.app = app
    return schema


def deal(schema: Any, examples: int) -> list[Hand]:
    """Make the requests.

    Args:
        schema: From ``load``.
        examples: How many random requests of each operation, valid, and as many invalid ones; may be 0.
    """
    hands = []
    for found in schema.get_all_operations():
        operation = found.ok()
        shown = generate_example_cases(test=_nothing, operation=operation, fill_missing=True)
        random = [case for mode in GenerationMode for case in _random(operation, mode, examples)] if examples else []
        boundary = schema.iter_coverage_cases(
            operation,
            generation_modes=list(GenerationMode),
            generation_config=schema.config.generation_for(operation=operation),
        )
        hands.append(Hand(operation, tuple(shown), tuple(random), tuple(boundary)))
    return hands


def dealt(case: Case, side: Side, *, first: bool) -> Case:
    """Copy a request, with real identifiers of one producer wherever it names something well.

    Args:
        case: The request; it stays as it is.
        side: Whose identifiers.
        first: True takes what is in force, False what is being prepared.
    """
    sent = case.derive(keep_auth=True)
    object.__setattr__(sent, "_meta", deepcopy(case.meta))
    names = {**side.spare, **side.ids} if first else {**side.ids, **side.spare}
    meta = case.meta
    if meta is None or not meta.is_negative_at(ParameterLocation.PATH):
        sent.path_parameters = {name: _real(value, names) for name, value in sent.path_parameters.items()}
    if meta is None or not meta.is_negative_at(ParameterLocation.QUERY):
        sent.query = {name: _real(value, names) for name, value in sent.query.items()}
    if isinstance(sent.body, dict):
        sent.body = {name: _real(value, names) for name, value in sent.body.items()}
    return sent


def without_signing_in(case: Case) -> bool:
    """Whether a request is wrong for want of a token, so that it must not be given one."""
    data = case.meta.phase.data if case.meta else None
    if data is None or case.meta is None or not case.meta.is_negative_at(ParameterLocation.HEADER):
        return False
    named = {data.parameter, *(mutation.parameter for mutation in data.mutations)}
    return "authorization" in {(name or "").lower() for name in named}


def _real(value: Any, names: dict[str, str]) -> Any:
    found = _IDENT.fullmatch(value) if isinstance(value, str) else None
    return names.get(found.group(1), value) if found else value


def _random(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, count: int) -> list[Case]:
    drawn: list[Case] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def draw(case: Case) -> None:
        drawn.append(case)

    try:
        draw()
    except Unsatisfiable:
        # An operation without parameters and body cannot be asked wrongly.
        assert mode is GenerationMode.NEGATIVE
    return drawn


def _lighten(part: Any) -> None:
    for inner in _parts(part):
        if "pattern" in inner and inner.get("maxLength", 0) > _LONG:
            del inner["maxLength"]


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _parts(inner)


def _nothing() -> None:
    """Stands where schemathesis wants the test whose examples these are."""
