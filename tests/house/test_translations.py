"""The catalogue of the pages in Welsh: nothing missing, nothing stale, nothing unsure, nothing left in English.

What is not looked at here is whether it is good Welsh; no program can say that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from jinja2 import nodes

from app.web.language import CATALOGUE, IN_WELSH
from app.web.shell import ENVIRONMENT
from tests.house.tree import ROOT, report

TEMPLATES = ROOT / "app/web/templates"
FRAME = ("layout.html", "reasons.html")  # part of every page, and of two
_KNOWING = ("gettext", "ngettext", "frame")
_IN_ITS_OWN_LANGUAGE = re.compile(r'<(\w+) [^>]*\blang="\w\w"[^>]*>.*?</\1>', re.DOTALL)
_TAG_WHOLE = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"[“A-Z]?[a-z’]+(,? [A-Za-z’]+)+[.,:;?! ]|[“A-Z][a-z’]+$|[“A-Z][a-z’]+ ")
_TAG = re.compile(r"</?[a-z][^>]*>")
_HELD = re.compile(r"%\((\w+)\)[sd]|%%")


def _read(place: Path) -> Catalog:
    with place.open("rb") as file:
        return read_po(file, locale="cy", abort_invalid=True)


def _messages(found: Catalog) -> dict[str, Message]:
    return {one.id if isinstance(one.id, str) else one.id[0]: one for one in found if one.id}


@pytest.fixture(scope="module")
def committed() -> Catalog:
    return _read(CATALOGUE)


def _said(message: Message) -> list[str]:
    """Give every Welsh form of a message."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_catalogue_holds_exactly_what_the_pages_say(
    committed: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    taken = tmp_path / "pages.pot"
    asked = ("-q", "extract", "-F", "pyproject.toml", "-k", "to_translate", "-k", "frame", "-o", str(taken), "app/web")
    CommandLineInterface().run(["pybabel", *asked])
    pages, kept = _messages(_read(taken)), _messages(committed)
    assert len(pages) > 200
    assert sorted(set(pages) - set(kept)) == [], "run `make catalogue`, and have these translated"
    assert sorted(set(kept) - set(pages)) == [], "run `make catalogue`: no page says these any more"


def test_every_message_is_translated_and_none_is_unsure(committed: Catalog) -> None:
    messages = _messages(committed)
    assert [text for text, one in messages.items() if not all(_said(one))] == []
    assert [text for text, one in messages.items() if one.fuzzy] == []
    assert committed.num_plurals == 6
    assert [text for text, one in messages.items() if one.pluralizable and len(one.string) != 6] == []


def test_every_message_keeps_what_is_put_into_it_and_its_markup(committed: Catalog) -> None:
    faults = [
        f"{text!r}: {said!r}" for text, one in _messages(committed).items() for said in _said(one) if _lost(text, said)
    ]
    assert not faults, report("Put the same values and tags into the Welsh", faults)


def _lost(text: str, said: str) -> bool:
    kept = (Counter(_TAG.findall(text)), Counter(_HELD.findall(text)))
    return kept != (Counter(_TAG.findall(said)), Counter(_HELD.findall(said)))


def test_lost_value_or_tag_is_seen() -> None:
    text = "Sign in at %(when)s <a href='/x'>here</a>"
    assert not _lost(text, "<a href='/x'>Yma</a> am %(when)s")
    assert _lost(text, "<a href='/x'>Yma</a>")
    assert _lost(text, "Yma am %(when)s")


def _left(template: str) -> list[str]:
    """Give the words of a template that the catalogue does not know of: in its own text, and in what it hands on."""
    parsed = ENVIRONMENT.parse(template)
    text = "".join(data.data for data in parsed.find_all(nodes.TemplateData))
    text = _TAG_WHOLE.sub(" ", _IN_ITS_OWN_LANGUAGE.sub(" ", text))
    return _WORD.findall(text) + [one for one in _handed_on(parsed) if _SENTENCE.match(one)]


def _handed_on(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _KNOWING:
        for given in node.kwargs:
            yield from _handed_on(given.value)
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _handed_on(child)


@pytest.mark.parametrize("name", sorted([*IN_WELSH, *FRAME]))
def test_page_in_welsh_has_no_words_outside_the_catalogue(name: str) -> None:
    assert _left((TEMPLATES / name).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("template", "count"),
    [
        ('<p class="govuk-body">Left here</p>', 2),
        ('<p class="{{ one }} wide">{{ gettext("Known") }}</p>', 0),
        ('{{ button({"text": "Left"}) }}', 1),
        ('{{ button({"text": "Left" if one else gettext("Known")}) }}', 1),
        ("{% trans %}Known{% endtrans %}", 0),
        ('{{ table(gettext("Known"), ["Left", gettext("Known")]) }}', 1),
        ('<a id="x-{{ one }}" class="wide">{{ one }}</a>', 0),
    ],
)
def test_words_outside_the_catalogue_are_found(template: str, count: int) -> None:
    assert len(_left(template)) == count


def test_page_that_uses_the_catalogue_is_among_those_in_welsh() -> None:
    using = {
        path.name
        for path in TEMPLATES.glob("*.html")
        if re.search(r"\bgettext\(|\{% trans", path.read_text("utf-8")) and path.name not in FRAME
    }
    assert using == IN_WELSH
