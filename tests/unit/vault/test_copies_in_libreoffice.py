"""Office copies before an independent program: LibreOffice opens them with the passphrase and prints every page."""

from __future__ import annotations

from pathlib import Path

from app.vault.copies.odf import marked_open_document
from app.vault.copies.office import marked_office
from tests.libreoffice import Job, LibreOffice, pages_of
from tests.unit.vault.samples import MADE, MARK, OPEN, PASSPHRASE, PROPERTIES, packed, parts

PAGES = {"docx": 6, "xlsx": 5, "pptx": 2}
"""Hidden sheets and slides are not printed."""


def test_office_copies_open_with_the_passphrase_and_show_the_mark_on_every_page(
    libreoffice: LibreOffice, tmp_path: Path
) -> None:
    jobs = []
    for made_as, make in MADE.items():
        path = tmp_path / f"copy.{made_as}"
        path.write_bytes(marked_office(make(), made_as, MARK, PASSPHRASE))
        jobs.append(Job(path, PASSPHRASE, tmp_path / f"{made_as}.pdf"))
    wrong = [Job(job.path, PASSPHRASE + "x") for job in jobs]
    found = libreoffice.open_all(*jobs, *wrong)
    assert [one["error"] is None for one in found] == [True] * 3 + [False] * 3
    for one in found[:3]:
        assert {name: one["properties"].get(name) for name in PROPERTIES} == PROPERTIES
    printed = {made_as: pages_of(tmp_path / f"{made_as}.pdf") for made_as in PAGES}
    assert {made_as: len(pages) for made_as, pages in printed.items()} == PAGES
    missing = [
        (made_as, number, line)
        for made_as, pages in printed.items()
        for number, page in enumerate(pages, 1)
        for line in (*MARK.top(), *MARK.bottom())
        if line not in page
    ]
    assert missing == []


def test_open_document_copies_show_the_mark_on_every_page(libreoffice: LibreOffice, tmp_path: Path) -> None:
    """Those of our own making, a bare one, and those that LibreOffice writes from Office files."""
    written = {"odt": ("docx", "writer8"), "ods": ("xlsx", "calc8"), "odp": ("pptx", "impress8")}
    for made_as, (source, kind) in written.items():
        (tmp_path / f"plain.{source}").write_bytes(MADE[source]())
        libreoffice.open_all(Job(tmp_path / f"plain.{source}", save=(tmp_path / f"written.{made_as}", kind)))
    bare = parts(OPEN["ods"]())
    del bare["styles.xml"]
    plain = {f"own.{made_as}": OPEN[made_as]() for made_as in OPEN}
    plain |= {f"written.{made_as}": (tmp_path / f"written.{made_as}").read_bytes() for made_as in OPEN}
    plain["bare.ods"] = packed(bare)
    jobs = []
    for name, content in plain.items():
        path = tmp_path / f"copy-{name}"
        path.write_bytes(marked_open_document(content, name.rpartition(".")[2], MARK))
        jobs.append(Job(path, pdf=tmp_path / f"{name}.pdf"))
    found = libreoffice.open_all(*jobs)
    assert [one["error"] for one in found] == [None] * len(jobs)
    assert [{name: one["properties"].get(name) for name in PROPERTIES} for one in found] == [PROPERTIES] * len(jobs)
    printed = {name: pages_of(tmp_path / f"{name}.pdf") for name in plain}
    assert {name: len(pages) for name, pages in printed.items()} == {
        "own.odt": 2,
        "own.ods": 2,
        "own.odp": 2,
        "bare.ods": 2,
        "written.odt": 6,
        "written.ods": 5,
        "written.odp": 2,
    }
    missing = [
        (name, number, line)
        for name, pages in printed.items()
        for number, page in enumerate(pages, 1)
        for line in (*MARK.top(), *MARK.bottom())
        if line not in page
    ]
    assert missing == []


def test_copy_of_a_workbook_that_libreoffice_wrote_opens_and_changes_nothing_else(
    libreoffice: LibreOffice, tmp_path: Path
) -> None:
    (tmp_path / "plain.xlsx").write_bytes(MADE["xlsx"]())
    written = tmp_path / "written.xlsx"
    libreoffice.open_all(Job(tmp_path / "plain.xlsx", save=(written, "Calc MS Excel 2007 XML")))
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(marked_office(written.read_bytes(), "xlsx", MARK, PASSPHRASE))
    (found,) = libreoffice.open_all(Job(copy, PASSPHRASE, tmp_path / "copy.pdf"))
    assert (found["error"], found["properties"]["OpeningNumber"]) == (None, "K7F3-9QXM")
    pages = pages_of(tmp_path / "copy.pdf")
    assert pages
    assert [page for page in pages if "K7F3-9QXM" not in page or MARK.heading() not in page] == []
