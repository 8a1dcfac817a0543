"""Sealing anew to another offline recipient, cut short at each step: it is seen, it is mended, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from app.actions import escrow
from app.actions.escrow import EscrowState, Resealed
from app.actions.tools import Tools
from app.audit.entries import Entry, EntryKind
from app.records import documents
from app.vault import age
from app.vault.store import LocalStore
from tests.faults.failing import AFTER, BEFORE, DIES, FailingDatabase, FailingStore, anew, killed
from tests.unit.documents.world import World


class Shelf:
    """Two sealed documents, and a new offline recipient whom nothing is sealed to yet."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.names = sorted(self.world.upload(file_name=f"claimants-{n}.csv").object_name for n in (1, 2))
        self.folder = folder / "sealed"
        self.new = age.new_identity()
        self.tools.keys._ring.escrow_recipient_text = str(self.new.recipient)  # as after `pra keys escrow`, restarted

    @property
    def tools(self) -> Tools:
        return self.world.tools

    def cut(self, where: str, fault: str) -> int:
        """Seal anew while one step fails; gives how many documents it told of."""

        def act() -> int:
            told: list[str] = []
            if where == "record":
                failing = anew(self.tools, database=FailingDatabase(self.tools.database.url, fault))
            else:
                failing = anew(self.tools, store=FailingStore(self.tools.store, fault))
            escrow.reseal_escrow(failing, told.append)
            failing.database.close()
            return len(told)

        if fault != DIES:
            return act()
        self.tools.database.close()
        assert killed(act)
        return 0

    def state(self) -> EscrowState:
        return escrow.escrow_status(self.tools)

    def assert_all_sealed_anew(self) -> None:
        """What lies in the store is what the records say, and opens for the new recipient."""
        lying = {name: (self.folder / f"{name}.escrow").read_bytes() for name in self.names}
        with self.tools.reading() as connection:
            assert lying == {row.object_name: row.escrowed_identity for row in documents.sealed_to(connection)}
        assert all(age.open_small([self.new], one).startswith(b"AGE-SECRET-KEY-1") for one in lying.values())


def quiet(line: str) -> None:
    """Not looked at: what counts is what lies there afterwards."""


@pytest.fixture
def laid(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.world.service.close()


@pytest.mark.parametrize(
    ("where", "fault", "told", "older", "different"),
    [
        ("record", BEFORE, 1, 1, 0),
        ("record", AFTER, 1, 0, 1),
        ("record", DIES, 0, 1, 1),
        ("store", BEFORE, 1, 0, 1),
        ("store", AFTER, 1, 0, 0),
        ("store", DIES, 0, 1, 0),
    ],
)
def test_reseal_cut_short_is_seen_by_the_status_and_mended_by_the_next(
    laid: Shelf, where: str, fault: str, told: int, older: int, different: int
) -> None:
    assert laid.cut(where, fault) == told
    state = laid.state()
    assert (state.current, state.older, state.missing, state.different) == (2 - older, older, 0, different)
    assert state.whole == (older + different == 0)
    left: list[str] = []
    assert escrow.reseal_escrow(laid.tools, left.append) == Resealed(anew=older, mended=different)
    assert (left, laid.state()) == ([], EscrowState(str(laid.new.recipient), 2, 0, 0, 0, missing=0, different=0))
    laid.assert_all_sealed_anew()
    assert len(laid.world.service.entries(EntryKind.DOCUMENT_KEY_ESCROWED)) == 2


@pytest.mark.parametrize("cut_short", [b"", b"age-encryption.org/v1\n", None])
def test_status_sees_a_key_missing_from_the_store_and_reseal_writes_it_from_the_record(
    laid: Shelf, cut_short: bytes | None
) -> None:
    escrow.reseal_escrow(laid.tools, quiet)
    lying = laid.folder / f"{laid.names[0]}.escrow"
    lying.unlink()
    if cut_short is not None:
        lying.write_bytes(cut_short)
    state = laid.state()
    assert (state.missing, state.different, state.whole) == (cut_short is None, cut_short is not None, False)
    assert escrow.reseal_escrow(laid.tools, quiet) == Resealed(anew=0, mended=1)
    laid.assert_all_sealed_anew()
    assert escrow.reseal_escrow(laid.tools, quiet) == Resealed(anew=0, mended=0)


class Meanwhile(LocalStore):
    """A store in which something is done to the records while the first key is being put there."""

    def __init__(self, folder: Path, act: Callable[[], None]) -> None:
        """Take the folder, and what is done."""
        super().__init__(folder)
        self._acts = [act]

    def replace(self, name: str, chunks: Iterable[bytes]) -> int:
        stored_bytes = super().replace(name, chunks)
        if self._acts:
            self._acts.pop()()
        return stored_bytes


def test_key_destroyed_while_it_is_put_into_the_store_does_not_stay_there(laid: Shelf) -> None:
    with laid.tools.reading() as connection:
        first = documents.sealed_to(connection)[0]

    def destroy() -> None:
        with laid.tools.transaction() as tx:
            now = documents.get(tx.connection, first.card.document_id)
            documents.destroy_key(tx.connection, now, by="per_head", at=laid.tools.clock.now())
            tx.append(Entry(EntryKind.DOCUMENT_KEY_DESTROYED, laid.tools.clock.now(), actor_id="per_head"))

    escrow.reseal_escrow(anew(laid.tools, store=Meanwhile(laid.folder, destroy)), quiet)
    assert sorted(path.name for path in laid.folder.glob("*.escrow")) == [
        f"{name}.escrow" for name in laid.names if name != first.object_name
    ]


def test_key_sealed_anew_by_somebody_else_meanwhile_stays_as_they_recorded_it(laid: Shelf) -> None:
    def seal_too() -> None:
        with laid.tools.transaction() as tx:
            for row in documents.sealed_to(tx.connection):
                sealed = age.seal_small(
                    [laid.new.recipient], laid.tools.keys.unwrap(row.wrapped_identity, row.card.document_id)
                )
                documents.put_escrow(tx.connection, row, escrowed=sealed, recipient=str(laid.new.recipient))
            tx.append(Entry(EntryKind.DOCUMENT_KEY_ESCROWED, laid.tools.clock.now(), actor_id="operator"))

    left: list[str] = []
    escrow.reseal_escrow(anew(laid.tools, store=Meanwhile(laid.folder, seal_too)), left.append)
    assert len(left) == 1  # the second had been changed since it was read
    escrow.reseal_escrow(laid.tools, left.append)
    laid.assert_all_sealed_anew()
    assert (len(left), laid.state().whole) == (1, True)
