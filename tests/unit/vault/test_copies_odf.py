"""OpenDocument copies: marked inside, nothing else changed, the same bytes each time."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from app.rules.errors import Code, Malformed
from app.vault.copies.odf import check_open_document, marked_open_document
from app.vault.trace import Found, marks_in
from tests.unit.vault.samples import MARK, OPEN, PROPERTIES, parts

NUMBER = "K7F3-9QXM"
CHANGED = {
    "odt": ["meta.xml", "styles.xml"],
    "ods": ["content.xml", "meta.xml", "styles.xml"],
    "odp": ["content.xml", "meta.xml"],
}
WHERE = {"odt": "part styles.xml", "ods": "part styles.xml", "odp": "part content.xml"}


def packed(content: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in content.items():
            made.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def refusal(data: bytes, made_as: str) -> str:
    with pytest.raises(Malformed) as caught:
        check_open_document(data, made_as)
    assert caught.value.code is Code.DOCUMENT_UNREADABLE
    return caught.value.detail.partition(": ")[2]


@pytest.mark.parametrize("made_as", OPEN)
def test_marked_open_document_changes_the_parts_that_carry_the_mark_and_no_other_byte(made_as: str) -> None:
    plain = OPEN[made_as]()
    copy = marked_open_document(plain, made_as, MARK)
    before, after = parts(plain), parts(copy)
    assert list(after) == list(before)
    assert sorted(name for name in before if before[name] != after[name]) == CHANGED[made_as]
    assert marked_open_document(plain, made_as, MARK) == copy


@pytest.mark.parametrize("made_as", OPEN)
def test_marked_open_document_begins_with_its_type_stored(made_as: str) -> None:
    copy = marked_open_document(OPEN[made_as](), made_as, MARK)
    with zipfile.ZipFile(BytesIO(copy)) as package:
        first = package.infolist()[0]
    assert (first.filename, first.compress_type, first.header_offset) == ("mimetype", zipfile.ZIP_STORED, 0)
    assert copy[30:].startswith(b"mimetypeapplication/vnd.oasis.opendocument.")


@pytest.mark.parametrize("made_as", OPEN)
def test_marks_in_an_open_document_are_found_in_its_properties_and_where_it_is_marked(made_as: str) -> None:
    plain = OPEN[made_as]()
    copy = marked_open_document(plain, made_as, MARK)
    assert marks_in(copy) == tuple(sorted((Found(NUMBER, "part meta.xml"), Found(NUMBER, WHERE[made_as]))))
    assert NUMBER not in {found.number for found in marks_in(plain)}


def test_marked_open_document_has_each_property_once_beside_those_of_its_own() -> None:
    said = parts(marked_open_document(OPEN["odt"](), "odt", MARK))["meta.xml"]
    assert b"2222-2222" not in said
    assert b'<meta:user-defined meta:name="Unit">Prices</meta:user-defined>' in said
    assert [said.count(f'mp:name="{name}"'.encode()) for name in PROPERTIES] == [1] * len(PROPERTIES)


def test_mark_in_a_sheet_shows_nothing_that_was_switched_off() -> None:
    said = parts(marked_open_document(OPEN["ods"](), "ods", MARK))["styles.xml"]
    assert b"unseen before" not in said
    assert said.count(b"display=") == 1  # of the left pages, which go on showing the header of all
    assert b"<style:region-left><text:p>own</text:p></style:region-left><ms:region-center" in said


def test_mark_in_a_document_without_styles_or_properties_makes_both_and_lists_them() -> None:
    bare = parts(OPEN["ods"]())
    del bare["styles.xml"], bare["meta.xml"]
    listed = bare["META-INF/manifest.xml"]
    bare["META-INF/manifest.xml"] = listed.replace(b"styles.xml", b"x").replace(b"meta.xml", b"y")
    after = parts(marked_open_document(packed(bare), "ods", MARK))
    assert list(after) == [*bare, "styles.xml", "meta.xml"]
    listed = after["META-INF/manifest.xml"]
    assert [listed.count(name) for name in (b'"styles.xml"', b'"meta.xml"')] == [1, 1]


@pytest.mark.parametrize(
    ("made_as", "changes", "why"),
    [
        ("odt", {"META-INF/documentsignatures.xml": b"<x/>"}, "it is digitally signed, and the mark would break the"),
        ("odt", {"META-INF/manifest.xml": b"<m><encryption-data/></m>"}, "it is encrypted already; upload it without"),
        ("odt", {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "it is not what .odt says it is"),
        ("odt", {"styles.xml": b"<x>"}, "a part of it cannot be read: it is not well-formed"),
        ("odt", {"styles.xml": b"<!DOCTYPE x><x/>"}, "a part of it cannot be read: it has a document type"),
        ("odt", {"meta.xml": b"<x/>"}, "what describes it is damaged"),
        ("odp", {"content.xml": b"<x/>"}, "it has no slides"),
        ("odp", {"styles.xml": b"<x/>"}, "it does not say how large its slides are"),
    ],
)
def test_check_open_document_refuses_what_cannot_be_marked(made_as: str, changes: dict[str, bytes], why: str) -> None:
    assert refusal(packed(parts(OPEN[made_as]()) | changes), made_as).startswith(why)
    check_open_document(OPEN[made_as](), made_as)
