"""A new key-encryption key: what the old one wrapped is wrapped again, no body changes, and then the old one can go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select, update

from app.actions import custody, rewrapping
from app.audit.entries import EntryKind
from app.keys import Keys
from app.keys.ring import create_ring, load_ring
from app.records import custody as records
from app.records import tables
from app.rules.errors import Malformed, NotFound, OutOfOrder
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, FIGURES, Story, done, unlocked

PUBLISHES_AT = london(2026, 6, 16, 9, 30)
INSIDE = PUBLISHES_AT - timedelta(hours=20)

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")


@pytest.fixture
def story(tmp_path: Path, any_database_url: str) -> Iterator[Story]:
    """A release whose window is open, and an opening whose passphrase has not been shown yet."""
    told = Story(tmp_path, PUBLISHES_AT - timedelta(days=8), database_url=any_database_url)
    told.ready(PUBLISHES_AT, CHANCELLOR, ADVISER)
    told.clock.put(INSIDE)
    yield told
    told.service.close()


def wraps(story: Story) -> dict[str, dict[str, int]]:
    return {key.kid: key.wraps for key in rewrapping.ring_status(story.tools) if key.purpose == "kek" and key.wraps}


def all_again(story: Story) -> int:
    return sum(iter(lambda: rewrapping.rewrap(story.tools, limit=2), 0))


def test_after_a_rotation_everything_is_wrapped_again_and_opens_as_before(story: Story) -> None:
    opening = done(story.opens(CHANCELLOR), 201)
    before = bodies(story)
    (old,) = wraps(story)
    new = custody.rotate_key(story.tools, "kek")
    counted = wraps(story)[old]
    assert all_again(story) == sum(counted.values())
    assert wraps(story) == {new: counted}
    assert bodies(story) == before  # the sealed bodies are as they were, byte for byte
    copy = story.fetches(CHANCELLOR, opening)
    shown = done(story.post(CHANCELLOR, f"/openings/{opening['opening_id']}/reveal"))
    assert unlocked(copy.content, shown["passphrase"]) == FIGURES
    assert story.reads(ADVISER) == FIGURES
    assert rewrapping.rewrap(story.tools) == 0
    told = [entry["said"] for entry in story.entries(EntryKind.SECRETS_REWRAPPED)]
    assert {entry["to"] for entry in told} == {new}
    assert sum(entry.get("documents", 0) for entry in told) == counted["documents"]


def bodies(story: Story) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((story.folder / "sealed").iterdir())}


def test_key_that_still_wraps_something_cannot_be_forgotten_and_then_it_can(story: Story) -> None:
    (old,) = wraps(story)
    left = sum(wraps(story)[old].values())
    custody.rotate_key(story.tools, "kek")
    with pytest.raises(OutOfOrder, match="less than ten minutes ago"):
        rewrapping.forget_key(story.tools, "kek", old, confirmed=old)
    story.clock.put(INSIDE + timedelta(minutes=11))
    with pytest.raises(OutOfOrder, match=f"^{left} secrets are still wrapped by this key"):
        rewrapping.forget_key(story.tools, "kek", old, confirmed=old)
    all_again(story)
    rewrapping.forget_key(story.tools, "kek", old, confirmed=old)
    assert old not in story.tools.keys.kids("kek")
    assert story.reads(CHANCELLOR) == FIGURES
    acts = [entry["said"]["act"] for entry in story.entries(EntryKind.KEY_RING_CHANGED)]
    assert acts == ["rotate", "forget"]


@pytest.mark.parametrize(
    ("purpose", "change", "error", "words"),
    [
        ("declarations", lambda kid: (kid, kid), Malformed, "are not destroyed"),
        ("log", lambda kid: (kid, kid), Malformed, "are not destroyed"),
        ("kek", lambda kid: (kid, kid[::-1]), Malformed, "The two names of the key differ"),
        ("kek", lambda kid: (kid[::-1], kid[::-1]), NotFound, "The ring has no key"),
        ("kek", lambda kid: (kid, kid), OutOfOrder, "This is the current key"),
    ],
)
def test_key_is_not_forgotten_by_mistake(
    tmp_path: Path,
    purpose: str,
    change: Callable[[str], tuple[str, str]],
    error: type[Exception],
    words: str,
) -> None:
    story = Story(tmp_path, INSIDE)
    kid, typed = change(story.tools.keys.kids(purpose)[0])
    before = story.tools.keys.kids(purpose)
    with pytest.raises(error, match=words):
        rewrapping.forget_key(story.tools, purpose, kid, confirmed=typed)
    assert story.tools.keys.kids(purpose) == before


def test_secret_that_cannot_be_opened_is_left_and_counted_and_the_others_go_on(story: Story) -> None:
    done(story.opens(CHANCELLOR), 201)
    (old,) = wraps(story)
    spoil(story, tables.documents, "wrapped_identity")
    new = custody.rotate_key(story.tools, "kek")
    counted = wraps(story)[old]
    assert all_again(story) == sum(counted.values()) - 1
    assert wraps(story)[old] == {"documents": 1}
    assert wraps(story)[new]["passphrases"] == 1


def spoil(story: Story, table: Any, column: str) -> None:
    with story.tools.database.engine.begin() as connection:
        whole = connection.execute(select(table.c[column])).scalars().first()
        connection.execute(update(table).values({column: bytes(whole)[:-1] + bytes([bytes(whole)[-1] ^ 1])}))


def test_secret_changed_meanwhile_is_not_overwritten(story: Story) -> None:
    custody.rotate_key(story.tools, "kek")
    place = records.PLACES[0]
    with story.tools.reading() as connection:
        (secret,) = records.wrapped_otherwise(connection, place, story.tools.keys.current_prefix(), after="", limit=9)
    with story.tools.database.engine.begin() as connection:
        connection.execute(update(tables.documents).values(wrapped_identity=b""))
    assert rewrapping._put(story.tools, [(secret, b"stale")]) == 0
    with story.tools.reading() as connection:
        assert bytes(connection.execute(select(tables.documents.c.wrapped_identity)).scalar_one()) == b""


def test_every_column_of_wrapped_secrets_is_wrapped_again() -> None:
    """A column that is forgotten here would lose its secrets when the old key is destroyed."""
    known = {(place.wrapped.table.name, place.wrapped.name) for place in records.PLACES}
    never_wrapped = {("documents", "escrowed_identity"), ("entries", "leaf")}
    binary = {
        (table.name, column.name)
        for table in tables.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    others = {found for found in binary - known - never_wrapped if "wrapped" in found[1] or "secret" in found[1]}
    assert others == set()
    assert known <= binary


def test_server_that_runs_takes_up_a_ring_that_another_process_rotated(tmp_path: Path) -> None:
    keys = Keys(create_ring(tmp_path / "keys"))
    other = Keys(load_ring(tmp_path / "keys"))
    new = other.rotate("kek")
    wrapped = other.wrap(b"secret", "context")
    assert keys.kids("kek")[0] != new
    assert keys.unwrap(wrapped, "context") == b"secret"  # it looked again before it said that the key is missing
    assert keys.kids("kek")[0] == new
    newest = other.rotate("kek")
    assert (keys.refresh(), keys.kids("kek")[0]) == (True, newest)
    assert keys.refresh() is False
