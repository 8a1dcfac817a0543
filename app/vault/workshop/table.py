"""What carries each task out. Imported by the child process alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.vault.copies.marks import Mark
from app.vault.copies.pdf import check_pdf, marked_pdf, specimen_pdf
from app.vault.workshop.tasks import Task

Act = Callable[[bytes, dict[str, Any]], bytes]
"""A pure function: a file and what is asked, as JSON has it, in; bytes out."""


def _check_pdf(data: bytes, params: dict[str, Any]) -> bytes:
    return str(check_pdf(data, int(params["page_limit"]))).encode("ascii")


def _mark_pdf(data: bytes, params: dict[str, Any]) -> bytes:
    return marked_pdf(data, Mark.from_record(params["mark"]), str(params["passphrase"]))


def _roll_call(data: bytes, params: dict[str, Any]) -> bytes:
    return data[: len(params)]


TABLE: dict[Task, Act] = {
    Task.ROLL_CALL: _roll_call,
    Task.CHECK_PDF: _check_pdf,
    Task.MARK_PDF: _mark_pdf,
}
"""Every task has its one function."""


def warm_up() -> None:
    """Do everything once, so that whatever a library loads late is loaded before the door is shut."""
    specimen = specimen_pdf()
    check_pdf(specimen, 1)
    marked_pdf(specimen, Mark("Ŵ", "", "", "", "0", ""), "specimen")
