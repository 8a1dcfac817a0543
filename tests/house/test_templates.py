"""Markup is written in a template's own text, never put together from strings.

Joined to an escaped value, a string of markup is escaped with it, so that people read the tags; joined to one that is
not escaped, it lets the value write markup of its own. A block (``{% set words %}…{% endset %}``) does neither.
"""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, report

_CODE = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)
_QUOTED = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_JOINED = re.compile(rf"~\s*({_QUOTED})|({_QUOTED})\s*~")


def joined_markup(template: str) -> list[str]:
    """Give each string with markup in it that is joined to something."""
    code = ["".join(part or "" for part in found) for found in _CODE.findall(template)]
    strings = [first or second for part in code for first, second in _JOINED.findall(part)]
    return [one for one in strings if re.search(r"</?[a-z]", one)]


def test_string_of_markup_joined_to_a_value_is_nowhere() -> None:
    places = sorted((ROOT / "app/web/templates").rglob("*.html"))
    faults = [f"{path.relative_to(ROOT)}: {one}" for path in places for one in joined_markup(path.read_text("utf-8"))]
    assert len(places) > 50
    assert not faults, report("Write the markup in a {% set %} block and hand that on", faults)


@pytest.mark.parametrize(
    ("template", "count"),
    [
        ("""{{ button({"html": "End it<span>: " ~ (one | e) ~ "</span>"}) }}""", 2),
        ("""{% set x = '<b>' ~ name %}""", 1),
        ("""{{ a ~ "<br>" ~ b }}""", 1),
        ("""{% set x %}<b>{{ name }}</b>{% endset %}{{ panel({"html": x, "text": "less < more" ~ name}) }}""", 0),
        ("""{{ panel({"html": "<b>plain</b>"}) }}""", 0),
    ],
)
def test_joined_markup_is_found_wherever_it_stands(template: str, count: int) -> None:
    assert len(joined_markup(template)) == count
