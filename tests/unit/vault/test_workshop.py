"""The workshop: files are read in processes that can do nothing else, and what they do to those is refused in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import msoffcrypto
import pikepdf
import pytest

from app.rules.errors import Code, Malformed, PraError, Unavailable
from app.vault.copies.marks import Mark
from app.vault.workshop import framing
from app.vault.workshop.hand import _environment
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
def opened_workshop(hands: int = 1, **how: int) -> Iterator[Workshop]:
    made = Workshop(hands, **how)
    try:
        yield made
    finally:
        made.close()


def pids(shop: Workshop) -> list[int]:
    return [hand.pid for hand in shop._idle]


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


def test_workshop_says_what_the_task_says_and_keeps_its_process() -> None:
    with opened_workshop() as shop:
        shop.do(Task.INSPECT, a_pdf(), {"kind": "PDF", "page_limit": 1, "marked": True})
        before = pids(shop)
        with pytest.raises(Malformed) as caught:
            shop.do(Task.INSPECT, a_pdf()[:-30], {"kind": "PDF", "page_limit": 1, "marked": True})
        assert (caught.value.code, caught.value.detail, pids(shop)) == (
            Code.DOCUMENT_UNREADABLE,
            "The PDF cannot be accepted: it is broken; save it again and try once more.",
            before,
        )


def test_workshop_processes_are_replaced_after_their_tasks() -> None:
    with opened_workshop(tasks_each=2) as shop:
        shop.do(Task.ROLL_CALL, b"", {})
        first = pids(shop)
        shop.do(Task.ROLL_CALL, b"", {})
        shop.do(Task.ROLL_CALL, b"", {})
        assert (len(first), len(pids(shop)), first != pids(shop)) == (1, 1, True)


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
            shop.do(Task.INSPECT, a_pdf(), {"kind": "PDF", "page_limit": 1, "marked": True})
        except PraError as error:
            met.append(error)

    with opened_workshop() as shop:
        shop.check()
        (pid,) = pids(shop)
        os.kill(pid, signal.SIGSTOP)  # so that it is surely in the middle of it
        asking = threading.Thread(target=ask, args=(shop,))
        asking.start()
        os.kill(pid, sent)
        os.kill(pid, signal.SIGCONT)
        asking.join(PATIENCE_SECONDS)
        assert [(type(error), error.code) for error in met] == [(expected, code)]
        assert shop.do(Task.INSPECT, a_pdf(), {"kind": "PDF", "page_limit": 1, "marked": True}) == b""


def test_process_that_died_at_rest_is_replaced_unnoticed() -> None:
    with opened_workshop() as shop:
        shop.check()
        (hand,) = shop._idle
        hand.kill()
        hand._process.wait(PATIENCE_SECONDS)
        assert shop.do(Task.INSPECT, a_pdf(), {"kind": "PDF", "page_limit": 1, "marked": True}) == b""


def test_closed_workshop_refuses_and_leaves_no_process() -> None:
    shop = Workshop(2)
    shop.start()
    shop.check()
    hands = list(shop._all)
    shop.close()
    assert [hand.lives() for hand in hands] == [False, False]
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
            shop.do(Task.INSPECT, out.getvalue(), {"kind": "PDF", "page_limit": 1, "marked": True})
        assert caught.value.code is code
        assert shop.do(Task.INSPECT, a_pdf(), {"kind": "PDF", "page_limit": 1, "marked": True}) == b""


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
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    assert sorted(_environment()) == ["LANG", "MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "TZ"]
    assert "specimen" not in str(_environment())


def test_processes_die_with_the_service() -> None:
    program = (
        "import sys, time\n"
        "from app.vault.workshop.pool import Workshop\n"
        "shop = Workshop(1); shop.start(); shop.check()\n"
        "print(shop._idle[0].pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True) as shop:
        assert shop.stdout is not None
        child = int(shop.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        shop.kill()
    patience = time.monotonic() + PATIENCE_SECONDS
    while _runs(child) and time.monotonic() < patience:
        time.sleep(0.01)
    assert not _runs(child)


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
