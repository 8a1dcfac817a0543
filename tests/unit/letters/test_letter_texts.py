"""The words of every letter: each is listed, written whole, numbered, and holds nothing that a letter must not."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.outside.mail import SUBJECT_LIMIT, write_letter
from app.rules.letterexamples import AT, Example
from app.rules.lettertexts import TEXTS
from app.rules.teamexamples import all_examples
from tests.build import london
from tests.house.tree import APP
from tests.story import Story
from tests.unit.web.browser import Visitor

WRITTEN = all_examples()
NUMBERED = Path(__file__).with_name("letter_texts.json")
# What only whoever has the statistics, or signs in, may have: none of it has a place in a letter.
FORBIDDEN = re.compile(
    r"passphrase|per cent|%|\bfigures? (?:is|are|rose|fell)|\.(?:xlsx|csv|pdf|docx|ods|zip)\b"
    r"|BEGIN |sha-?256|token=|pras_",
    re.IGNORECASE,
)


def each() -> Iterator[tuple[str, Example]]:
    for kind, examples in WRITTEN.items():
        for one in examples:
            yield kind, one


CASES = [pytest.param(kind, one, id=f"{kind}-{one.case}") for kind, one in each()]


def kinds_in_code() -> set[str]:
    """Every kind of notice that an action queues: a text given as ``kind``, or as the fourth argument of ``owe``."""
    found = set()
    for path in sorted((APP / "actions").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            named = name in ("queue_notice", "_owe", "tell_administrators")
            given = [word.value for word in node.keywords if word.arg == "kind"] if named else []
            if name in ("owe", "_tell_seniors") and len(node.args) > 3:
                given = [node.args[3]]
            found |= {one.value for one in given if isinstance(one, ast.Constant)}
    return found


def test_every_letter_that_is_queued_is_listed_with_its_text() -> None:
    found = kinds_in_code()
    assert len(found) > 30
    assert found - TEXTS.keys() == set()
    assert {"list_approved", "access_ended"} - found == set()


def digest(kind: str) -> str:
    written = [[one.case, one.subject, one.body] for one in WRITTEN[kind]]
    return hashlib.sha256(json.dumps(written, ensure_ascii=False).encode()).hexdigest()[:16]


def test_text_whose_words_have_changed_has_another_number() -> None:
    """On a change, raise its version in ``lettertexts.TEXTS`` and put the new pair into letter_texts.json."""
    known = json.loads(NUMBERED.read_text("utf-8"))
    now = {kind: [TEXTS[kind].version, digest(kind)] for kind in TEXTS}
    assert now == known


@pytest.mark.parametrize(("kind", "one"), CASES)
def test_letter_is_plain_words_with_nothing_sensitive_and_nothing_attached(kind: str, one: Example) -> None:
    whole = f"{one.subject}\n{one.body}"
    assert not FORBIDDEN.search(whole), FORBIDDEN.search(whole)
    assert one.body.strip() == one.body.rstrip("\n")
    assert len(one.subject) <= SUBJECT_LIMIT
    assert ("{secret}" in whole) == (kind == "sign_in_code")
    # Nothing is left unfilled, and nothing of the program shows.
    assert not re.search(r"\{(?!secret\})|\}(?<!\{secret\})|\bNone\b|<[a-z_]+ object|[A-Za-z]+\.[A-Z_]{3,}", whole)
    letter = write_letter(
        sender="pra@service.gov.example",
        to="a@x.example",
        subject=one.subject,
        body=one.body,
        message_id="<x@y>",
        at=AT,
    )
    assert (letter.get_content_type(), letter.is_multipart(), list(letter.iter_attachments())) == (
        "text/plain",
        False,
        [],
    )


@pytest.mark.parametrize("planted", ["rose by 2 per cent", "see table.xlsx", "the passphrase is six words", "up 3%"])
def test_sensitive_word_that_is_planted_is_found(planted: str) -> None:
    assert FORBIDDEN.search(f"Dear Ana,\n\nThe index {planted}.")


def test_letter_texts_are_shown_on_pages_and_by_the_api(tmp_path: Path) -> None:
    story = Story(tmp_path, london(2026, 3, 10, 10, 0))
    told = story.get(story.statistician, "/letter-texts")["results"]
    assert {one["kind"]: (one["version"], [e["body"] for e in one["examples"]]) for one in told} == {
        kind: (TEXTS[kind].version, [one.body for one in WRITTEN[kind]]) for kind in TEXTS
    }
    pages = Visitor(story.client, story.headers(story.statistician)["Authorization"].partition(" ")[2])
    listed = pages.looks("/letter-texts")
    for text in TEXTS.values():
        assert text.title[0].upper() + text.title[1:] in listed
    shown = pages.looks("/letter-texts/release_moved")
    assert "It is postponed" in shown
    assert "Version 1 of its text. The facts below are made up." in shown
    assert [pages.asks("GET", f"/letter-texts/{kind}").status_code for kind in ("nothing_such", "../x", "A")] == [
        404,
        404,
        404,
    ]
    story.service.close()
