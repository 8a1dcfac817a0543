"""Copies of a 50-page PDF: marked on every page and encrypted, here and as the service has it done. P8."""

from __future__ import annotations

import io
import select
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from app.vault.copies.marks import Mark
from app.vault.copies.passphrases import new_passphrase
from app.vault.copies.pdf import marked_pdf
from app.vault.workshop.pool import HANDS, Workshop
from app.vault.workshop.tasks import Task
from tests.bench.figures import BenchFailed, Figure, Site, milliseconds, p50_p99, rate

_PAGES = 50
_LINES = 45


def measure(site: Site) -> list[Figure]:
    """Make copies on one core, beside the same file only encrypted by the same library."""
    data = _bulletin()
    mark = Mark(
        "Example Recipient",
        "Private Secretary",
        "Ministry of Examples",
        "publication, set for Tuesday 3 November 2026, 9:30am (UK time)",
        "K7F3-9QXM",
        "Treat as Official Sensitive until published. Do not share it, nor any hint of what it shows.",
    )
    count = site.sizes.pdf_copies
    _demand_marked(marked_pdf(data, mark, "specimen"))
    ours = _per_second(lambda: marked_pdf(data, mark, new_passphrase()), count)
    theirs = _per_second(lambda: _only_encrypted(data), count)
    how = (
        f"{count} copies of a {_PAGES}-page, {len(data) // 1024} KiB PDF, one after the other on one core. Against: "
        "the same file opened and saved with AES-256 by pikepdf, without a mark"
    )
    numbers = {"per_second": ours, "against_per_second": theirs}
    figures = [Figure("PDF copies a second a core", f"{ours}/s", f"{theirs}/s", ours / theirs, how, numbers)]
    return [*figures, *_through_the_workshop(data, mark, count, ours)]


def _through_the_workshop(data: bytes, mark: Mark, count: int, in_process: float) -> list[Figure]:
    """Have copies made as the service does: each in a process of its own."""
    shop = Workshop()
    spans: list[float] = []
    try:
        shop.start()
        spare_mib = _resident_mib(_ready_spares(shop))
        with ThreadPoolExecutor(HANDS) as pool:

            def one(_: int) -> None:
                params = {"made_as": "pdf", "mark": mark.as_record(), "passphrase": new_passphrase()}
                begun = time.perf_counter()
                shop.do(Task.MAKE_COPY, data, params)
                spans.append(time.perf_counter() - begun)

            one(0)  # from a spare that is ready, as somebody meets it who is alone
            alone_ms = round(1000 * spans.pop(), 1)
            begun = time.perf_counter()
            list(pool.map(one, range(count)))
            ours = rate(count, time.perf_counter() - begun)
    finally:
        shop.close()
    crowd = milliseconds(spans)
    how = (
        f"{count} copies, {HANDS} at once, each in a process that does this one task; {HANDS} spares. Alone, from a "
        f"spare that is ready: {alone_ms} ms; in this crowd {p50_p99(crowd)}. Against: one process that goes on and on"
    )
    numbers = {"per_second": ours, "in_process_per_second": in_process, "alone_ms": alone_ms, "spare_mib": spare_mib}
    memory = f"resident, and of that its own; {HANDS} stand ready at rest, and at most {HANDS} more are at work"
    return [
        Figure("PDF copies a second", f"{ours}/s", f"{in_process}/s", ours / in_process, how, {**numbers, **crowd}),
        Figure("one spare process", f"{spare_mib[0]} MiB, own {spare_mib[1]} MiB", how=memory),
    ]


def _ready_spares(shop: Workshop) -> list[int]:
    """Give the spares' process ids, once each has said that it is ready."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        spares = list(shop._spares)
        if len(spares) == HANDS and all(select.select([hand._out], [], [], 0.01)[0] for hand in spares):
            return [hand.pid for hand in spares]
    raise BenchFailed("the spare processes did not become ready")


def _resident_mib(pids: list[int]) -> tuple[float, float]:
    status = Path(f"/proc/{pids[0]}/status").read_text("ascii").splitlines()
    kib = {
        name: int(text.split()[0])
        for name, _, text in (line.partition(":") for line in status)
        if "Rss" in name or name == "VmRSS"
    }
    return round(kib["VmRSS"] / 1024, 1), round(kib["RssAnon"] / 1024, 1)


def _per_second(make: Callable[[], bytes], count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        make()
    return rate(count, time.perf_counter() - begun)


def _only_encrypted(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="holder", R=6))
    return out.getvalue()


def _demand_marked(copy: bytes) -> None:
    with pikepdf.open(io.BytesIO(copy), password="specimen") as pdf:
        _, *pages = pdf.pages  # behind the notice
        if len(pages) != _PAGES or not all("/XObject" in page.resources for page in pages):
            raise BenchFailed("a copy lacks pages, or marks on them")


def _bulletin() -> bytes:
    """Draw pages full of figures, as a statistical bulletin has them."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(_PAGES):
        for line in range(_LINES):
            numbers = "   ".join(
                f"{(page * 7919 + line * 104_729 + column * 1_299_709) % 999_983:>9,}" for column in range(6)
            )
            canvas.drawString(50, 780 - 16 * line, f"Region {line:02d}   {numbers}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()
