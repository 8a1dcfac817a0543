"""The workshop: files are read in processes that can do nothing else, and what they do to those is refused in words."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import msoffcrypto
import pikepdf
import pytest

from app.rules.errors import Code, Malformed, PraError, Unavailable
from app.vault.copies.marks import Mark
from app.vault.workshop import framing
from app.vault.workshop import hand as hands
from app.vault.workshop.hand import Hand, _environment
from app.vault.workshop.pool import Workshop, _refuse
from app.vault.workshop.table import TABLE
from app.vault.workshop.tasks import LIMITS, Task
from tests.house.tree import ROOT
from tests.service import workshop
from tests.unit.documents.world import a_pdf
from tests.unit.vault.samples import MADE, parts

MARK = Mark("Ŵyn Example", "Minister", "Ministry", "publication", "K7F3-9QXM", "Warned.", binding=("One.", "Two."))
PATIENCE_SECONDS = 60

TRIES = """
import os, signal, socket, ctypes, sys
from app.vault.workshop.confinement import allow, lock_in
print("listed", lock_in())
def tried(name, act):
    try:
        act()
    except (OSError, RuntimeError) as error:
        return print(name, "refused")
    print(name, "done")
tried("read a file", lambda: os.open("/etc/hostname", os.O_RDONLY))
tried("make a file", lambda: os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT))
tried("socket", lambda: socket.socket())
tried("fork", lambda: os.fork() or os._exit(0))
tried("run", lambda: os.execv("/bin/true", ["true"]))
tried("signal", lambda: os.kill(os.getppid(), 0))
tried("unlink", lambda: os.unlink(sys.argv[2]))
read = ctypes.CDLL(None, use_errno=True).process_vm_readv
print("look into another", "refused" if read(os.getppid(), None, 0, None, 0, 0) < 0 else "done")
"""


@contextmanager
def opened_workshop(hands: int = 1, **how: Any) -> Iterator[Workshop]:
    made = Workshop(hands, **how)
    try:
        yield made
    finally:
        made.close()


PDF = {"kind": "PDF", "page_limit": 1, "marked": True}


def copy_params(passphrase: str = "specimen") -> dict[str, object]:
    return {"made_as": "pdf", "mark": MARK.as_record(), "passphrase": passphrase}


def at_work(shop: Workshop) -> Hand:
    """Give the one process that holds a task."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patience:
        with shop._lock:
            busy = shop._all.difference(shop._spares)
        if busy:
            (hand,) = busy
            return hand
    raise AssertionError("no process took the task")


def ready_spares(shop: Workshop, count: int) -> list[Hand]:
    """Give the spares, once there are so many and each has said that it is ready."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patience:
        spares = list(shop._spares)
        if len(spares) == count and all(select.select([hand._out], [], [], 0)[0] for hand in spares):
            return spares
    raise AssertionError("the spares never became ready")


def confined(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, timeout=60
    )


def test_task_has_one_function_and_limits() -> None:
    assert set(TABLE) == set(Task) == set(LIMITS)


def test_workshop_does_what_the_function_does() -> None:
    shop = workshop()
    assert shop.do(Task.INSPECT, a_pdf(), {"kind": "PDF", "page_limit": 3, "marked": True}) == b""
    copy = shop.do(Task.MAKE_COPY, a_pdf(), {"made_as": "pdf", "mark": MARK.as_record(), "passphrase": "specimen"})
    with pikepdf.open(BytesIO(copy), password="specimen") as pdf:
        assert str(pdf.docinfo["/OpeningNumber"]) == MARK.opening_number


@pytest.mark.parametrize("made_as", sorted(MADE))
def test_workshop_makes_office_copies_once_it_is_locked_in(made_as: str) -> None:
    params = {"made_as": made_as, "mark": MARK.as_record(), "passphrase": "specimen"}
    copy = workshop().do(Task.MAKE_COPY, MADE[made_as](), params)
    locked = msoffcrypto.OfficeFile(BytesIO(copy))
    locked.load_key(password="specimen", verify_password=True)
    plain = BytesIO()
    locked.decrypt(plain, verify_integrity=True)
    assert "docProps/custom.xml" in parts(plain.getvalue())


def test_mark_travels_whole() -> None:
    record = framing.unpacked(framing.packed(MARK.as_record(), 0)[framing.LENGTHS.size :])
    assert Mark.from_record(record) == MARK


def test_workshop_says_what_the_task_says() -> None:
    with pytest.raises(Malformed) as caught:
        workshop().do(Task.INSPECT, a_pdf()[:-30], PDF)
    assert (caught.value.code, caught.value.detail) == (
        Code.DOCUMENT_UNREADABLE,
        "The PDF cannot be accepted: it is broken; save it again and try once more.",
    )


def test_process_does_one_task_and_ends() -> None:
    """A file that took its process over could read whatever came into it next."""
    with opened_workshop() as shop:
        seen = []
        for content in (a_pdf(), a_pdf()[:-30], a_pdf()):
            with shop.turn(), shop.fresh_hand() as hand:
                hand.do(Task.INSPECT, content, PDF)
                assert hand._ends_within(PATIENCE_SECONDS)  # of itself
                with pytest.raises(Unavailable):
                    hand.do(Task.INSPECT, a_pdf(), PDF)
                seen.append(hand.pid)
            assert not _runs(hand.pid)
        assert len(set(seen)) == 3


def test_tasks_at_once_never_share_a_process() -> None:
    with opened_workshop(2) as shop, ThreadPoolExecutor(4) as pool:
        shop.start()
        used: list[int] = []

        def one(_: int) -> None:
            with shop.turn(), shop.fresh_hand() as hand:
                used.append(hand.pid)
                hand.do(Task.ROLL_CALL, b"", {})

        list(pool.map(one, range(6)))
        assert (len(used), len(set(used))) == (6, 6)


def test_copies_of_one_pdf_have_keys_and_salts_of_their_own() -> None:
    """Processes forked from one that was ready gave copies the same AES key: they inherit its library's chance."""
    with opened_workshop(2) as shop, ThreadPoolExecutor(2) as pool:
        shop.start()
        content = a_pdf()
        copies = list(pool.map(lambda _: shop.do(Task.MAKE_COPY, content, copy_params()), range(6)))
    keys, salts = set(), set()
    for copy in copies:
        with pikepdf.open(BytesIO(copy), password="specimen") as pdf:
            keys.add(pdf.encryption.encryption_key)
            salts.add(bytes(pdf.trailer.Encrypt.U)[32:48])  # validation salt and key salt: ISO 32000-2 7.6.4.4.7
    assert (len(keys), len(salts)) == (6, 6)


def test_spares_are_made_up_and_never_more_than_there_are_turns() -> None:
    with opened_workshop(2) as shop:
        assert list(shop._spares) == []  # whoever only asks once starts none
        shop.start()
        first = ready_spares(shop, 2)
        shop.do(Task.ROLL_CALL, b"", {})
        second = ready_spares(shop, 2)
        assert (second[0].pid, len({hand.pid for hand in (*first, *second)})) == (first[1].pid, 3)
        shop.start()
        assert (len(ready_spares(shop, 2)), shop._all) == (2, set(second))


def test_spare_holds_no_file_and_no_word_of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRA_DATABASE_URL", "postgresql://gatekeeper:specimen@db.example/records")
    with (tmp_path / "sealed").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        hand = Hand()
        try:  # it can be looked into until it locks itself in
            place = Path(f"/proc/{hand.pid}")
            told = (place / "environ").read_bytes()
            held = _held_files(place / "fd")
        finally:
            hand.end()
    assert (b"PYTHONPATH" in told, b"specimen" in told) == (True, False)
    assert str(tmp_path / "sealed") not in held


def _held_files(descriptors: Path) -> list[str]:
    held = []
    for path in descriptors.iterdir():
        with suppress(FileNotFoundError):  # its own, closed meanwhile; what it was left by us stays open until its end
            held.append(str(path.readlink()))
    return held


def test_whatever_a_process_started_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once locked in it can start nothing, where the machine's system calls are known; elsewhere, as root, it may."""
    program = "import os, time; os.fork(); print('x', flush=True); time.sleep(600)"
    monkeypatch.setattr(hands, "_PROGRAM", program)
    hand = Hand()
    patience = time.monotonic() + PATIENCE_SECONDS
    hand._read(4, patience)  # a line from each of the two
    (grandchild,) = map(int, Path(f"/proc/{hand.pid}/task/{hand.pid}/children").read_text().split())
    both = (hand.pid, grandchild)
    assert [_runs(pid) for pid in both] == [True, True]
    hand.end()
    while _runs(grandchild) and time.monotonic() < patience:
        pass
    assert [_runs(pid) for pid in both] == [False, False]


@pytest.mark.parametrize(
    ("sent", "expected", "code"),
    [
        (signal.SIGPROF, Malformed, Code.DOCUMENT_TOO_COMPLEX),
        (signal.SIGSEGV, Malformed, Code.DOCUMENT_UNREADABLE),
        (signal.SIGKILL, Unavailable, Code.UNAVAILABLE),
    ],
)
def test_process_that_ends_in_a_task_is_told_by_how_it_ended_and_replaced(
    sent: signal.Signals, expected: type[PraError], code: Code
) -> None:
    met: list[PraError] = []

    def ask(shop: Workshop) -> None:
        try:
            shop.do(Task.INSPECT, a_pdf(), PDF)
        except PraError as error:
            met.append(error)

    with opened_workshop() as shop:
        shop.start()
        (spare,) = ready_spares(shop, 1)
        pid = spare.pid
        os.kill(pid, signal.SIGSTOP)  # so that it is surely in the middle of it
        asking = threading.Thread(target=ask, args=(shop,))
        asking.start()
        assert at_work(shop) is spare
        os.kill(pid, sent)
        os.kill(pid, signal.SIGCONT)
        asking.join(PATIENCE_SECONDS)
        assert [(type(error), error.code) for error in met] == [(expected, code)]
        assert shop.do(Task.INSPECT, a_pdf(), PDF) == b""


READY = "import os, struct; h = b'{\"ready\": true}'; os.write(1, struct.pack('>IQ', len(h), 0) + h); "


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("", id="ends before it is ready"),
        pytest.param("import os; os.write(1, b'y' * 12)", id="is never ready"),
        pytest.param(READY, id="ends without an answer"),
        pytest.param(READY + "os.write(1, struct.pack('>IQ', 5, 0) + b'[true')", id="answers no JSON"),
        pytest.param(READY + "os.write(1, struct.pack('>IQ', 2, 0) + b'[]')", id="answers no object"),
        pytest.param(READY + "os.write(1, struct.pack('>IQ', 2, 2**50) + b'{}')", id="answers without end"),
    ],
)
def test_process_that_does_not_answer_as_one_does_is_unavailable_and_ended(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(hands, "_PROGRAM", program)
    with opened_workshop() as shop:
        with pytest.raises(Unavailable):
            shop.do(Task.INSPECT, a_pdf(), PDF)
        assert (shop._all, list(shop._spares)) == (set(), [])
        monkeypatch.undo()
        assert shop.do(Task.INSPECT, a_pdf(), PDF) == b""


def test_process_that_died_at_rest_is_replaced_unnoticed() -> None:
    with opened_workshop() as shop:
        shop.start()
        (hand,) = ready_spares(shop, 1)
        hand.kill()
        assert hand._ends_within(PATIENCE_SECONDS)
        assert shop.do(Task.INSPECT, a_pdf(), PDF) == b""


def test_closed_workshop_refuses_and_leaves_no_process() -> None:
    shop = Workshop(2)
    shop.start()
    hands = ready_spares(shop, 2)
    shop.close()
    assert ([hand.lives() for hand in hands], [_runs(hand.pid) for hand in hands]) == ([False, False], [False, False])
    with pytest.raises(Unavailable):
        shop.do(Task.ROLL_CALL, b"", {})


@pytest.mark.parametrize(
    ("drawn", "code"),
    [
        pytest.param(b"q " * 20_000_000, Code.DOCUMENT_TOO_COMPLEX, id="nested"),
        pytest.param(b"q Q " * 10_000_000, Code.DOCUMENT_TOO_COMPLEX, id="paired"),
        pytest.param(b"0 " * 100_000_000, Code.DOCUMENT_UNREADABLE, id="longer than the library unpacks"),
    ],
)
def test_page_that_unpacks_to_megabytes_is_refused(drawn: bytes, code: Code) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.pages[0].Contents = pdf.make_stream(drawn)
    out = BytesIO()
    pdf.save(out, compress_streams=True)
    with opened_workshop() as shop:
        with pytest.raises(Malformed) as caught:
            shop.do(Task.INSPECT, out.getvalue(), PDF)
        assert caught.value.code is code
        assert shop.do(Task.INSPECT, a_pdf(), PDF) == b""


def test_confined_process_can_reach_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("kept")
    done = confined(TRIES, str(tmp_path / "made"), str(kept))
    names = ["read a file", "make a file", "socket", "fork", "run", "signal", "unlink", "look into another"]
    assert done.stdout.splitlines() == ["listed True", *[f"{name} refused" for name in names]], done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("lock_in(); allow(2**30, 0.2)\nwhile True: pass", -signal.SIGPROF),
        ("lock_in(); allow(2**28, 9)\ntry:\n  bytearray(2**30)\nexcept MemoryError:\n  raise SystemExit(7)", 7),
        ("die_with(1)", 1),
    ],
)
def test_confined_process_cannot_take_more_than_it_may(program: str, status: int) -> None:
    begun = "from app.vault.workshop.confinement import allow, die_with, lock_in\n"
    assert confined(begun + program).returncode == status


def test_process_knows_nothing_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRA_DATABASE_URL", "postgresql://gatekeeper:specimen@db.example/records")
    for kept in ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH"):
        monkeypatch.delenv(kept, raising=False)
    assert sorted(_environment()) == ["LANG", "MALLOC_ARENA_MAX", "PYTHONPATH", "TZ"]
    assert "specimen" not in str(_environment())


@pytest.mark.parametrize("ready", [False, True])
def test_processes_die_with_the_service(ready: bool) -> None:
    program = (
        "import sys, time\n"
        "from app.vault.workshop.pool import Workshop\n"
        "shop = Workshop(2); shop.start()\n"
        "if sys.argv[1] == 'True': shop.check()\n"
        "while len(shop._spares) < 2: pass\n"
        "print(*[hand.pid for hand in shop._spares], flush=True)\n"
        "time.sleep(600)\n"
    )
    told = [sys.executable, "-c", program, str(ready)]
    with subprocess.Popen(told, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as shop:
        assert shop.stdout is not None
        children = [int(pid) for pid in shop.stdout.readline().split()]
        assert [_runs(pid) for pid in children] == [True, True]
        shop.kill()
    patience = time.monotonic() + PATIENCE_SECONDS
    while any(map(_runs, children)) and time.monotonic() < patience:
        time.sleep(0.01)
    assert [_runs(pid) for pid in children] == [False, False]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"ok": "yes"},
        {"code": "not_found", "detail": "nothing"},
        {"code": "access_refused"},
        {"code": ["document_unreadable"]},
    ],
)
def test_answer_that_no_task_gives_is_not_believed(said: dict[str, object]) -> None:
    with pytest.raises(Unavailable):
        _refuse(Task.INSPECT, said)


def test_answer_about_something_unforeseen_names_no_content() -> None:
    with pytest.raises(Malformed) as caught:
        _refuse(Task.INSPECT, {"code": "document_unreadable", "unforeseen": "KeyError", "detail": "the figure"})
    assert caught.value.detail == "The file is broken; save it again."


def test_service_itself_loads_no_library_that_reads_pdfs() -> None:
    done = confined("import sys, app.main; print(sorted({'pikepdf', 'reportlab', 'msoffcrypto'} & set(sys.modules)))")
    assert done.stdout == "[]\n", done.stderr
