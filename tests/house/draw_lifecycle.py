"""Draws the life of a release from the one table, into the manual. Run ``python -m tests.house.draw_lifecycle``."""

from __future__ import annotations

from pathlib import Path

from app.rules.facts import ReleaseState
from app.rules.lifecycle import TABLE, WHO, Move
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "lifecycle.md"
BEGIN = "<!-- drawn from app/rules/lifecycle.py: begin -->"
END = "<!-- drawn from app/rules/lifecycle.py: end -->"


def _words(name: str) -> str:
    return name.replace("_", " ")


def diagram() -> str:
    """The states and moves as a Mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(ReleaseState)).value}"]
    for state in ReleaseState:
        moves = [(move, TABLE[state, move]) for move in Move]
        lines += [f"    {state.value} --> {to.value}: {_words(move.value)}" for move, to in moves if to is not None]
        if all(to is None for _, to in moves):
            lines.append(f"    {state.value} --> [*]")
    return "\n".join([*lines, "```"])


def table() -> str:
    """Every state with every move: where it leads, or a dash where it is refused; below, who may make it."""
    rows = [["from", *(_words(move.value) for move in Move)], ["---"] * (len(Move) + 1)]
    for state in ReleaseState:
        reached = [TABLE[state, move] for move in Move]
        rows.append([f"**{state.value}**", *("–" if to is None else to.value for to in reached)])
    rows.append(["*by*", *(", ".join(sorted(_words(role.value) for role in WHO[move])) for move in Move)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def drawing() -> str:
    """What stands between the two marks of the page."""
    return f"{BEGIN}\n\n{diagram()}\n\n{table()}\n\n{END}"


def drawn_into(page: str) -> str:
    """The page with its drawing made anew; what stands outside the marks is left as it is."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return before + drawing() + after


def write(path: Path = PAGE) -> None:
    """Draw the page in place."""
    path.write_text(drawn_into(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
