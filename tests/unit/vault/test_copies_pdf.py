"""PDF copies: marked on every page, encrypted, and hostile files refused in words."""

from __future__ import annotations

import re
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops
from reportlab.pdfgen.canvas import Canvas

from app.rules.errors import Code, Malformed
from app.vault.copies.marks import Mark
from app.vault.copies.pdf import OBJECT_LIMIT, check_pdf, marked_pdf
from tests.needs import need_program

MARK = Mark(
    recipient_name="Siân Example",
    post="Permanent Secretary",
    organisation="Department of Examples",
    restricted_until_text="09:30 on 20 July 2016",
    opening_number="OP-4711",
    warning_text="Restricted Statistics. Do not pass these figures on, or hint at them.",
)
PASSPHRASE = "tabon-rivek-mulid-sofan"  # pdftotext, not the format, stops at 32 letters


def a_pdf(*sizes: tuple[float, float]) -> bytes:
    out = BytesIO()
    canvas = Canvas(out)
    for number, size in enumerate(sizes or ((595, 842),)):
        canvas.setPageSize(size)
        canvas.drawString(20, 80, f"page {number} figures")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def changed(change: Callable[[pikepdf.Pdf], object], data: bytes | None = None) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(data or a_pdf())) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def refusal(data: bytes, page_limit: int = 100) -> str:
    with pytest.raises(Malformed) as caught:
        check_pdf(data, page_limit)
    assert caught.value.code is Code.DOCUMENT_UNREADABLE
    return caught.value.detail.removeprefix("The PDF cannot be accepted: ")


def page_texts(program: str, data: bytes, folder: Path, *options: str) -> list[str]:
    (folder / "copy.pdf").write_bytes(data)
    done = subprocess.run(
        [program, "-upw", PASSPHRASE, "-raw", *options, folder / "copy.pdf", "-"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    pages = done.stdout.decode().split("\f")
    return [" ".join(page.split()) for page in pages[:-1]]


def test_mark_by_the_words_of_an_order_and_what_accompanies_it_stand_on_the_page(tmp_path: Path) -> None:
    told = "Paragraph 5 of the Schedule to that Order contains certain requirements."
    mark = replace(MARK, label="Confidential Statistics", accompanying=(told, "Tell the\ndesk."))
    assert mark.lines()[0] == "Confidential Statistics until 09:30 on 20 July 2016"
    _, page = page_texts(need_program("pdftotext"), marked_pdf(a_pdf(), mark, PASSPHRASE), tmp_path)
    for line in (mark.lines()[0], told, "Tell the desk.", MARK.warning_text):
        assert re.sub(r"\s", "", line) in re.sub(r"\s", "", page)


def test_marked_pdf_opens_with_its_passphrase_alone() -> None:
    copy = marked_pdf(a_pdf(), MARK, PASSPHRASE)
    for wrong in ("", PASSPHRASE.upper(), PASSPHRASE[:-1]):
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(BytesIO(copy), password=wrong)
    with pikepdf.open(BytesIO(copy), password=PASSPHRASE) as pdf:
        assert (pdf.encryption.R, pdf.encryption.bits, pdf.encryption.stream_method.name) == (6, 256, "aesv3")
        assert (pdf.user_password_matched, pdf.owner_password_matched) == (True, False)
        assert pdf.allow == pikepdf.Permissions()
        assert str(pdf.docinfo["/OpeningNumber"]) == "OP-4711"


def test_marked_pdf_holds_no_plaintext() -> None:
    data = a_pdf()
    with pikepdf.open(BytesIO(data)) as pdf:
        stream = pdf.pages[0].Contents
        raw, plain = stream.read_raw_bytes(), stream.read_bytes()
    assert (b"figures" in plain, raw in data) == (True, True)
    copy = marked_pdf(data, MARK, PASSPHRASE)
    assert [piece in copy for piece in (raw, plain, b"OP-4711", b"Example")] == [False] * 4


def _rotate(pdf: pikepdf.Pdf) -> None:
    for page, degrees in zip(pdf.pages, (0, 90, 180, 270, -90), strict=True):
        page.obj["/Rotate"] = degrees


def _crop(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        page.obj["/CropBox"] = Array([15, 60, 280, 190])


def _off_origin(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        page.obj["/MediaBox"] = Array([900, 700, -100, -50])  # corners in the other order too


def _inherit(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        del page.obj["/MediaBox"]
    pdf.Root["/Pages"]["/MediaBox"] = Array([0, 0, 500, 400])
    pdf.Root["/Pages"]["/Rotate"] = 90


def _ends_too_often(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        page.Contents = pdf.make_stream(page.Contents.read_bytes() + b" Q Q Q ")


def _never_ends(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        away = b" q 1 0 0 1 9000 9000 cm q 0 0 1 1 re W n"
        page.Contents = pdf.make_stream(page.Contents.read_bytes() + away)


@pytest.mark.parametrize(
    "change", [lambda _: None, _rotate, _crop, _off_origin, _inherit, _ends_too_often, _never_ends]
)
def test_marked_pdf_shows_the_mark_on_the_visible_part_of_every_page(
    tmp_path: Path, change: Callable[[pikepdf.Pdf], object]
) -> None:
    program = need_program("pdftotext")
    data = changed(change, a_pdf((595, 842), (842, 595), (300, 200), (1200, 3400), (595, 842)))
    assert check_pdf(data, 5) == 5
    (tmp_path / "plain.pdf").write_bytes(data)
    copy = marked_pdf(data, MARK, PASSPHRASE)
    with pikepdf.open(BytesIO(copy), password=PASSPHRASE) as pdf:
        _, *shown = [_box_option(page) for page in pdf.pages]
    for number, options in enumerate(shown):
        at = str(number + 2)  # behind the notice
        page = page_texts(program, copy, tmp_path, "-f", at, "-l", at, *options)[0]
        assert re.sub(r"\s", "", MARK.heading()) in page.replace(" ", ""), page
        assert re.sub(r"\s", "", MARK.holder()) in page.replace(" ", ""), page
        assert f"page{number}figures" in page.replace(" ", "")


def pictures(data: bytes, folder: Path, *options: str) -> list[Image.Image]:
    """Print the pages as a reader sees them, 72 dots to the inch."""
    (folder / "shown.pdf").write_bytes(data)
    subprocess.run(
        [need_program("pdftoppm"), "-r", "72", "-png", *options, folder / "shown.pdf", folder / "shown"],
        check=True,
        timeout=60,
    )
    found = sorted(folder.glob("shown-*.png"))
    made = [Image.open(path).convert("RGB").copy() for path in found]
    for path in found:
        path.unlink()
    return made


def differing(one: Image.Image, other: Image.Image, *part: float) -> bool:
    """Say whether two pages differ in a part of them: left, top, right, bottom, as shares of the whole."""
    box = tuple(round(share * side) for share, side in zip(part, one.size * 2, strict=True))
    return ImageChops.difference(one.crop(box), other.crop(box)).getbbox() is not None


@pytest.mark.parametrize("change", [lambda _: None, _rotate, _crop, _ends_too_often, _never_ends])
def test_marked_pdf_is_seen_to_be_marked_on_every_page_and_to_be_the_same_elsewhere(
    tmp_path: Path, change: Callable[[pikepdf.Pdf], object]
) -> None:
    data = changed(change, a_pdf((595, 842), (842, 595), (595, 842), (842, 595), (595, 842)))
    plain = pictures(data, tmp_path, "-cropbox")
    notice, *copies = pictures(marked_pdf(data, MARK, PASSPHRASE), tmp_path, "-cropbox", "-upw", PASSPHRASE)
    assert [page.size for page in copies] == [page.size for page in plain]
    reds = [any(red > 150 and green < 90 for red, green, _ in page.get_flattened_data()) for page in (notice, *copies)]
    assert reds == [True] * 6
    for before, after in zip(plain, copies, strict=True):
        assert differing(before, after, 0, 0, 1, 0.06)  # the heading
        assert differing(before, after, 0, 0.9, 1, 1)  # the holder and the warning
        assert differing(before, after, 0.3, 0.3, 0.7, 0.7)  # the name across it
        assert not differing(before, after, 0, 0.12, 0.08, 0.2)  # a part that no mark reaches


def test_marked_pdf_has_a_notice_in_front_that_says_everything_that_binds(tmp_path: Path) -> None:
    binding = tuple(f"{number}. You must take care of duty {number}. " + "Word " * 60 for number in range(1, 12))
    mark = replace(MARK, label="Confidential Statistics", accompanying=("These are Welsh.",), binding=binding)
    data = a_pdf()
    copy = marked_pdf(data, mark, PASSPHRASE)
    *notice, page = page_texts(need_program("pdftotext"), copy, tmp_path)
    assert len(notice) == 2
    foot = f"{mark.label} – opening {mark.opening_number}"
    words = re.sub(r"\s", "", "".join(each.replace(foot, "") for each in notice))
    said = (
        mark.label,
        mark.restricted_until_text,
        mark.recipient_name,
        mark.post,
        mark.organisation,
        mark.warning_text,
    )
    for line in (*said, *mark.accompanying, *mark.binding, f"Opening {mark.opening_number}"):
        assert re.sub(r"\s", "", line) in words, line
    assert [foot in each for each in notice] == [True, True]
    assert "duty 1." not in page


def test_marked_pdf_keeps_the_page_numbers_that_readers_show() -> None:
    def numbered(pdf: pikepdf.Pdf) -> None:
        pdf.Root["/PageLabels"] = Dictionary(
            Nums=[0, Dictionary(S=Name.r), 2, Dictionary(S=Name.D, St=1, P=pikepdf.String("A-"))]
        )

    for change, expected in ((numbered, ["i", "ii", "A-1", "A-2"]), (lambda _: None, ["1", "2", "3", "4"])):
        copy = marked_pdf(changed(change, a_pdf(*[(595, 842)] * 4)), MARK, PASSPHRASE)
        with pikepdf.open(BytesIO(copy), password=PASSPHRASE) as pdf:
            assert [page.label for page in pdf.pages] == ["Notice", *expected]


def test_marked_pdf_with_a_description_of_its_own_keeps_it_and_gains_the_number() -> None:
    def described(pdf: pikepdf.Pdf) -> None:
        with pdf.open_metadata() as said:
            said["dc:title"] = "Labour market"

    def damaged(pdf: pikepdf.Pdf) -> None:
        pdf.Root["/Metadata"] = pdf.make_stream(b"<?xpacket<<", Type=Name.Metadata, Subtype=Name.XML)

    for change, title in ((described, "Labour market"), (damaged, None)):
        copy = marked_pdf(changed(change), MARK, PASSPHRASE)
        with pikepdf.open(BytesIO(copy), password=PASSPHRASE) as pdf, pdf.open_metadata() as said:
            assert (said.get("dc:title"), said["pdfx:OpeningNumber"]) == (title, "OP-4711")


def _box_option(page: pikepdf.Page) -> list[str]:
    return ["-cropbox"] if "/CropBox" in page.obj else []


def test_marked_pdf_draws_one_stamp_for_all_pages_of_a_size() -> None:
    few = len(marked_pdf(a_pdf(*[(595, 842)] * 2), MARK, PASSPHRASE))
    many = len(marked_pdf(a_pdf(*[(595, 842)] * 50), MARK, PASSPHRASE))
    assert (many - few) / 48 < 1_500


def test_marked_pdf_of_a_name_with_letters_the_fonts_lack_still_carries_the_opening(tmp_path: Path) -> None:
    mark = Mark("Ŵyn 統計 \u202eevil\n", "Post", "Office", "noon", "OP-9", "Warning.")
    text = page_texts(need_program("pdftotext"), marked_pdf(a_pdf(), mark, PASSPHRASE), tmp_path)
    assert "Copy for Wyn ?? evil, Post, Office – opening OP-9" in text[1], text


def test_marked_pdf_of_a_broken_file_is_refused_in_words() -> None:
    with pytest.raises(Malformed) as caught:
        marked_pdf(a_pdf()[:-30], MARK, PASSPHRASE)
    assert caught.value.code is Code.DOCUMENT_UNREADABLE


def test_check_pdf_accepts_links_bookmarks_and_metadata() -> None:
    def decorate(pdf: pikepdf.Pdf) -> None:
        link = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=[0, 0, 9, 9],
            A=Dictionary(S=Name.URI, URI="https://stats.gov.example/JS"),
        )
        pdf.pages[0].obj["/Annots"] = Array([link])
        pdf.docinfo["/Title"] = "On /JS and /Launch, and /EmbeddedFiles"
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Figures", 0))

    assert check_pdf(changed(decorate), 1) == 1


def test_check_pdf_counts_pages_up_to_the_limit() -> None:
    data = a_pdf(*[(595, 842)] * 3)
    assert check_pdf(data, 3) == 3
    assert refusal(data, page_limit=2) == "it has 3 pages, and at most 2 are accepted."


BROKEN = "it is broken; save it again and try once more."


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7\n",
        b"not a PDF",
        b"\0" * 5_000,
        a_pdf()[: len(a_pdf()) // 2],
        a_pdf()[:-30],
        a_pdf().replace(b"/Pages", b"/Sagep"),
        a_pdf().replace(b"/Root", b"/Foot"),
        a_pdf().replace(b"startxref\n", b"startxref\n9"),
        a_pdf().replace(b"/Rotate 0", b"/Rotate/x"),
    ],
    ids=range(10),
)
def test_check_pdf_of_a_broken_file_says_so(data: bytes) -> None:
    assert refusal(data) == BROKEN


def test_check_pdf_of_every_truncation_is_refused_in_words() -> None:
    data = a_pdf()
    assert check_pdf(data, 1) == 1
    for length in range(0, len(data) - 8, 23):
        refusal(data[:length])


def test_check_pdf_of_altered_bytes_is_accepted_or_refused_in_words() -> None:
    data = a_pdf()
    outcomes: set[str] = set()
    for at in range(0, len(data), 11):
        altered = bytearray(data)
        altered[at] = (altered[at] + 7) % 256
        try:
            check_pdf(bytes(altered), 100)
            outcomes.add("accepted")
        except Malformed:
            outcomes.add("refused")
    assert outcomes == {"accepted", "refused"}


def test_check_pdf_without_pages_is_refused() -> None:
    assert refusal(changed(lambda pdf: pdf.pages.__delitem__(slice(None)))) == "it has no pages."


def test_check_pdf_of_a_page_too_small_for_the_mark_is_refused() -> None:
    assert refusal(a_pdf((595, 842), (71, 500))) == "page 2 is too small to carry the mark."


@pytest.mark.parametrize(("owner", "passphrase"), [("o", "u"), ("o", "")])
def test_check_pdf_of_an_encrypted_file_is_refused(owner: str, passphrase: str) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(a_pdf())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner=owner, user=passphrase))
    assert refusal(out.getvalue()) == "it is encrypted already; upload it without a password."


def _open_action(**parts: object) -> Callable[[pikepdf.Pdf], object]:
    return lambda pdf: pdf.Root.__setitem__("/OpenAction", Dictionary(**parts))


def _deep_in_an_annotation(pdf: pikepdf.Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    pdf.pages[0].obj["/Annots"] = Array([Dictionary(Subtype=Name.Link, AA=Dictionary(E=Dictionary(Next=[script])))])


def _attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["figures.csv"] = b"1,2"


def _form(pdf: pikepdf.Pdf) -> None:
    pdf.Root["/AcroForm"] = Dictionary(XFA=pdf.make_stream(b"<xdp/>"))


def _media(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj["/Annots"] = Array([pdf.make_indirect(Dictionary(Subtype=Name.RichMedia))])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_open_action(S=Name.JavaScript, JS="app.alert(1)"), "it holds JavaScript, which a document for release"),
        (_deep_in_an_annotation, "it holds JavaScript, which a document for release"),
        (_open_action(S=Name.JavaScript), "it holds an action of the kind JavaScript"),
        (_open_action(S=Name.Launch, F="cmd.exe"), "it holds an action of the kind Launch"),
        (_open_action(S=Name.SubmitForm, F="https://stats.gov.example"), "it holds an action of the kind SubmitForm"),
        (_attach, "it holds"),
        (_form, "it holds an XFA form"),
        (_media, "it holds an annotation of the kind RichMedia"),
    ],
)
def test_check_pdf_of_a_file_that_acts_or_hides_is_refused(
    change: Callable[[pikepdf.Pdf], object], expected: str
) -> None:
    assert refusal(changed(change)).startswith(expected)


def test_check_pdf_of_a_name_in_disguise_is_refused() -> None:
    data = changed(_open_action(S=Name.Launch, F="cmd.exe")).replace(b"/Launch", b"/L#61unch")
    assert data.count(b"/L#61unch") == 1
    assert refusal(_with_offsets_mended(data)) == "it holds an action of the kind Launch, which a document must not."


def test_check_pdf_of_a_part_with_its_own_encryption_is_refused() -> None:
    data = changed(lambda pdf: pdf.pages[0].Contents.write(b"plain"))
    altered = data.replace(b"/Filter /FlateDecode", b"/Filter [ /Crypt /FlateDecode ]")
    assert check_pdf(_with_offsets_mended(data), 1) == 1
    assert refusal(_with_offsets_mended(altered)) == "a part of it chooses its own encryption."


def _with_offsets_mended(data: bytes) -> bytes:
    """Write the cross-reference table anew after an edit that moved objects."""
    at = {int(found[1]): found.start() for found in re.finditer(rb"(?m)^(\d+) 0 obj", data)}
    rows = b"".join(b"%010d 00000 n \n" % at[number] for number in sorted(at))
    body, _, _ = data.rpartition(b"\nxref\n")
    trailer = data[data.rindex(b"trailer") : data.rindex(b"startxref")]
    table = b"\nxref\n0 %d\n0000000000 65535 f \n" % (len(at) + 1)
    return body + table + rows + trailer + b"startxref\n%d\n%%%%EOF\n" % (len(body) + 1)


def test_check_pdf_of_too_many_objects_is_refused() -> None:
    def crowd(pdf: pikepdf.Pdf) -> None:
        pdf.Root["/X"] = Array([pdf.make_indirect(Array([])) for _ in range(OBJECT_LIMIT)])

    assert refusal(changed(crowd)) == f"it has more than {OBJECT_LIMIT} objects."


def test_check_pdf_of_a_pages_tree_that_bites_its_tail_is_refused() -> None:
    def bite(pdf: pikepdf.Pdf) -> None:
        pdf.Root["/Pages"]["/Kids"] = Array([pdf.Root["/Pages"]])

    refusal(changed(bite))


def test_check_pdf_of_objects_that_unpack_to_gigabytes_is_refused() -> None:
    bomb = zlib.compress(b"1 0 " + b" " * 100_000_000)
    head = b"%PDF-1.7\n"
    packed = b"2 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n" % len(bomb)
    packed += bomb + b"\nendstream\nendobj\n"
    start = len(head) + len(packed)
    xref = _xref_rows([(0, 0, 65535), (2, 2, 0), (1, len(head), 0), (1, start, 0)])
    table = b"3 0 obj\n<</Type/XRef/Size 4/W[1 4 2]/Root 1 0 R/Length %d>>\nstream\n" % len(xref)
    data = head + packed + table + xref + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    assert len(data) < 150_000
    assert refusal(data) == BROKEN


def _xref_rows(rows: list[tuple[int, int, int]]) -> bytes:
    return b"".join(kind.to_bytes(1) + place.to_bytes(4) + rank.to_bytes(2) for kind, place, rank in rows)
