"""The pictures in the manual are those that the walks through the pages take, and each of them is shown somewhere."""

from __future__ import annotations

from tests.browser.best import BEST, SHOWN
from tests.house.test_docs import DOCUMENTS, links_in
from tests.house.tree import ROOT

MOST_BYTES = 150_000


def test_picture_that_the_manual_shows_is_one_that_a_walk_takes() -> None:
    walks = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tests" / "browser").glob("test_*.py")))
    lacking = [name for name, (walk, what) in BEST.items() if f'"{walk}"' not in walks or f'"{what}"' not in walks]
    assert lacking == []


def test_picture_is_there_small_and_shown() -> None:
    there = {path.stem: path.stat().st_size for path in SHOWN.iterdir()}
    assert there.keys() == BEST.keys()
    assert [name for name, size in there.items() if size > MOST_BYTES] == []
    shown = {link for document in DOCUMENTS for link in links_in(document.read_text("utf-8")) if link.endswith(".png")}
    assert [name for name in BEST if not any(link.endswith(f"pictures/{name}.png") for link in shown)] == []
