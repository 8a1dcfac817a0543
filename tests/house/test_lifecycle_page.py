"""The manual's drawing of a release's life is the table that decides it."""

from __future__ import annotations

import pytest

from app.rules import lifecycle
from app.rules.facts import ReleaseState
from app.rules.lifecycle import Move, Phase
from tests.house import draw_lifecycle
from tests.house.draw_lifecycle import BEGIN, END, PAGE, diagram, drawing, drawn_into, table


def test_page_shows_what_the_table_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert drawn_into(page) == page, "run `python -m tests.house.draw_lifecycle`"


def test_page_explains_every_state_and_phase() -> None:
    prose = PAGE.read_text(encoding="utf-8").split(BEGIN)[0]
    missing = [phase.value for phase in Phase if f"**{phase.value}**" not in prose]
    assert missing == []


def test_diagram_has_one_arrow_for_each_possible_move() -> None:
    possible = sorted(
        f"    {state.value} --> {to.value}: {move.value.replace('_', ' ')}"
        for (state, move), to in lifecycle.TABLE.items()
        if to is not None
    )
    assert sorted(line for line in diagram().splitlines() if ": " in line) == possible


def test_table_has_a_row_for_each_state_and_a_column_for_each_move() -> None:
    rows = [line.strip("| ").split(" | ") for line in table().splitlines()]
    assert [row[0] for row in rows[2:-1]] == [f"**{state.value}**" for state in ReleaseState]
    assert {len(row) for row in rows} == {len(Move) + 1}


def test_drawing_changes_when_the_table_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawing()
    changed = {**lifecycle.TABLE, (ReleaseState.PUBLISHED, Move.REOPEN): ReleaseState.FINAL}
    monkeypatch.setattr(draw_lifecycle, "TABLE", changed)
    assert "published --> final: reopen" in drawing()
    assert drawing() != before


def test_drawing_refuses_a_page_without_its_marks() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        drawn_into(f"# A page\n\n{BEGIN}\n")
    assert drawn_into(f"above\n{BEGIN}\nold\n{END}\nbelow") == f"above\n{drawing()}\nbelow"
