"""What the manual says the service answers, it answers: the calculator's page, the settings, the addresses."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.actions.tools import Tools
from app.application import build
from app.cli.main import app as command_line
from app.rules.reasons import ReasonCode
from app.settings import Settings
from tests.house.tree import ROOT, report

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
OPERATOR = (DOCS / "operator.md").read_text(encoding="utf-8")


def worked_examples(text: str) -> list[tuple[str, str]]:
    """Each question of a page's console blocks with all that stands below it, up to the next."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    found = []
    for block in blocks:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            asked, _, answer = part.partition("\n")
            found.append((asked, answer))
    return found


EXAMPLES = worked_examples((DOCS / "window.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def without_rooms() -> FastAPI:
    """The application without any tools: the calculator needs none."""
    return build(cast(Tools, None))


def answered(asked: str, application: FastAPI) -> str:
    """What the service says to a question, as the page writes it down."""
    if asked.startswith("GET "):
        with TestClient(application) as client:
            return client.get(asked.removeprefix("GET ")).text + "\n"
    words = shlex.split(asked)
    assert words[0] == "pra"
    told = CliRunner().invoke(command_line, words[1:])
    return told.stdout if told.exit_code != 2 else "(exit status 2)\n"


@pytest.mark.parametrize(("asked", "answer"), EXAMPLES, ids=[asked for asked, _ in EXAMPLES])
def test_worked_example_of_the_window_is_answered_as_written(asked: str, answer: str, without_rooms: FastAPI) -> None:
    assert answered(asked, without_rooms) == answer


def test_worked_examples_are_found_on_the_page() -> None:
    text = (DOCS / "window.md").read_text(encoding="utf-8")
    assert len(EXAMPLES) == len(re.findall(r"^\$ ", text, flags=re.MULTILINE)) >= 10


def _default_as_written(name: str) -> str:
    value = Settings.model_fields[name].default
    if value is None or value == "":
        return "–"
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_operators_table_has_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `(PRA_[A-Z_]+)` \| `?([^|`]+)`? \|", OPERATOR, flags=re.MULTILINE)
    assert dict(rows) == {f"PRA_{name.upper()}": _default_as_written(name) for name in Settings.model_fields}
    assert len(rows) == len(Settings.model_fields)


@cache
def _templates() -> list[re.Pattern[str]]:
    """Every address of the API, as a pattern that a filled-in or abbreviated one fits."""
    paths = build(cast(Tools, None)).openapi()["paths"]
    inner = [path.removeprefix("/api/v1/") for path in paths if path.startswith("/api/v1/")]
    return [re.compile(re.sub(r"\{[^}]+\}", "[^/ ]+", path)) for path in inner]


def addresses_in(text: str) -> list[str]:
    """The addresses that a page names in passing, with their method. Those it calls are called in ``scenarios``."""
    return re.findall(r"`(?:GET|POST|PUT|PATCH|DELETE) (?:/api/v1/)?([a-z][^\s`?]*)", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_addresses_named_by_the_manual_exist(page: Path) -> None:
    known = [*_templates(), re.compile("/?(healthz|readyz)")]
    named = addresses_in(page.read_text(encoding="utf-8"))
    strangers = [address for address in named if not any(pattern.fullmatch(address) for pattern in known)]
    assert not strangers, report(f"docs/{page.name} names addresses that the API has not got", strangers)


def test_address_that_does_not_exist_is_found() -> None:
    named = addresses_in("Send `POST releases/{release}/deletion`, then `GET /api/v1/me`")
    assert [any(pattern.fullmatch(one) for pattern in _templates()) for one in named] == [False, True]


# What only an approver, a keeper of records or a door says, never the decision on an opening.
_NOT_TOLD_TO_RECIPIENTS = {
    ReasonCode.LIST_EMPTY,
    ReasonCode.HOLDER_MISSING,
    ReasonCode.GROUP_NOT_A_PERSON,
    ReasonCode.GRANT_TOO_LONG,
    ReasonCode.GROUND_MISSING,
    ReasonCode.PLACE_MISSING,
    ReasonCode.RECIPIENT_MISSING,
    ReasonCode.AGREEMENT_MISSING,
    ReasonCode.BANK_GRANT_MISSING,
    ReasonCode.REPRESENTATIONS_MISSING,
    ReasonCode.HOLDER_NOT_CONFIRMED,
    ReasonCode.LIST_FROZEN,
    ReasonCode.LIST_OF_POSTS_MISSING,
    ReasonCode.LIST_OF_POSTS_DIFFERS,
    ReasonCode.FAILURES_NOT_CONSIDERED,
    ReasonCode.REINSTATEMENT_CONDITIONS_UNMET,
    ReasonCode.RETENTION_RUNS,
    ReasonCode.LEGAL_HOLD,
    ReasonCode.INCIDENT_OPEN,
    ReasonCode.RECORD_ASKED_FOR,
    ReasonCode.ALREADY_ERASED,
    ReasonCode.ROLE_REQUIRED,
    ReasonCode.SECOND_PERSON_REQUIRED,
    ReasonCode.TIME_NOT_REACHED,
    ReasonCode.SEEN_LIVE,
    ReasonCode.REHEARSAL_IS_NOT_PUBLIC,
    ReasonCode.NOT_PUBLISHED,
    ReasonCode.TEXT_HELD,
    ReasonCode.TEXT_SET_EARLY,
    ReasonCode.FOOTING_MISSING,
}


def test_recipients_page_explains_every_reason_for_a_refusal() -> None:
    section = (DOCS / "recipient.md").read_text(encoding="utf-8").split("## 6. If you are refused")[1].split("\n## ")[0]
    table = re.findall(r"^\| (`[a-z_` ]+`) \|", section, flags=re.M)
    explained = {code for row in table for code in re.findall(r"[a-z_]+", row)} - {"code"}
    assert explained == {code.value for code in set(ReasonCode) - _NOT_TOLD_TO_RECIPIENTS}
