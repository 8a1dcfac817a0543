"""What carries each task out. Imported by the child process alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.vault.copies import Inside
from app.vault.copies.agile import SMALLEST_BYTES, agile_encrypted
from app.vault.copies.marks import Mark
from app.vault.copies.pdf import specimen_pdf
from app.vault.copies.whole import whole_copy
from app.vault.found import told
from app.vault.inspecting.inspection import inspect
from app.vault.inspecting.kinds import Kind
from app.vault.inspecting.specimens import SPECIMENS
from app.vault.rehearsal_page import rehearsal_pdf
from app.vault.trace import look_through
from app.vault.workshop.tasks import Task

Act = Callable[[bytes, dict[str, Any]], bytes]
"""A pure function: a file and what is asked, as JSON has it, in; bytes out."""


def _inspect(data: bytes, params: dict[str, Any]) -> bytes:
    inspect(data, Kind(params["kind"]), page_limit=int(params["page_limit"]), marked=bool(params["marked"]))
    return b""


def _make_copy(data: bytes, params: dict[str, Any]) -> bytes:
    mark = Mark.from_record(params["mark"])
    passphrase = params["passphrase"]
    return whole_copy(data, Inside(params["made_as"]), mark, None if passphrase is None else str(passphrase))


def _rehearsal_pdf(_data: bytes, _params: dict[str, Any]) -> bytes:
    return rehearsal_pdf()


def _trace(data: bytes, params: dict[str, Any]) -> bytes:
    return told(look_through(data, str(params["name"])))


def _roll_call(data: bytes, params: dict[str, Any]) -> bytes:
    return data[: len(params)]


TABLE: dict[Task, Act] = {
    Task.ROLL_CALL: _roll_call,
    Task.INSPECT: _inspect,
    Task.MAKE_COPY: _make_copy,
    Task.REHEARSAL_PDF: _rehearsal_pdf,
    Task.TRACE: _trace,
}
"""Every task has its one function."""


def warm_up() -> None:
    """Do everything once, so that whatever a library loads late is loaded before the door is shut.

    Each process does this for one task alone, so no passphrase is hashed a hundred thousand times here.
    """
    for kind, content in {Kind.PDF: specimen_pdf, **SPECIMENS}.items():
        told(look_through(content()))
        inspect(content(), kind, page_limit=1, marked=kind in (Kind.PDF, Kind.DOCX, Kind.ODT))
    rehearsal_pdf()
    mark = Mark("Ŵ", "", "", "", "0", "")
    for made_as, kind in ((Inside.PDF, Kind.PDF), (Inside.DOCX, Kind.DOCX), (Inside.ODT, Kind.ODT)):
        whole_copy(SPECIMENS.get(kind, specimen_pdf)(), made_as, mark, None)
    whole_copy(specimen_pdf(), Inside.PDF, mark, "specimen")
    agile_encrypted(bytes(SMALLEST_BYTES), "specimen", spin_count=1)
