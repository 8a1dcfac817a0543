"""A sheet imported on a page: chosen once, looked at row by row, and imported as it was looked at."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import replace

import openpyxl
import pytest

from app.web.carrying import CARRIED_BYTES
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, HEADINGS, Reader, Story, done
from tests.unit.lists.real import as_csv
from tests.unit.web.browser import words
from tests.unit.web.listing import at_pages, drafted, grants, kept, place, row_place, sheet, tries, versions

DUE = london(2026, 3, 10, 9, 30)


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("lists"), london(2026, 2, 2, 10, 0))
    told.release(DUE, series="Claimant count, monthly")
    yield told
    told.service.close()


def test_sheet_is_chosen_once_looked_at_and_imported_as_it_was_looked_at(story: Story) -> None:
    person = at_pages(story, story.statistician)
    answer = tries(person, story, sheet(CHANCELLOR, ADVISER))
    told = words(answer)
    assert answer.status_code == 200
    assert "Nothing has been done yet. 2 new, 0 on the list already, 0 no longer on it; 2 people not known" in told
    assert "Chancellor Example Treasury Ash Alder" in told
    assert versions(story) == []
    made = person.asks("POST", f"{place(story)}/import", data=kept(answer))
    assert made.status_code == 303
    assert versions(story) == [(1, "draft", 2)]
    shown = person.looks(made.headers["location"])
    assert "Adds Chancellor, Example Treasury (Ash Alder)" in shown
    assert "Their organisation: not asked" in shown


def test_import_sent_twice_makes_one_draft_and_leads_to_it(story: Story) -> None:
    person = at_pages(story, story.statistician)
    fields = kept(tries(person, story, sheet(CHANCELLOR)))
    answers = [person.asks("POST", f"{place(story)}/import", data=fields) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert versions(story) == [(1, "draft", 1)]


def test_errors_are_told_row_by_row_and_nothing_can_be_imported(story: Story) -> None:
    person = at_pages(story, story.statistician)
    shared = Reader("Press Office", "press.office@treasury.gov.example", "Press Officer")
    answer = tries(person, story, sheet(CHANCELLOR, shared))
    assert "Errors: nothing can be imported until these are right" in words(answer)
    assert re.search(r"\b3 Email .*press\.office@treasury\.gov\.example", words(answer))
    assert "Import it as it is" not in words(answer)
    good = kept(tries(person, story, sheet(CHANCELLOR)))
    bad = {**good, "sheet": base64.urlsafe_b64encode(sheet(shared)).decode()}
    refused = person.asks("POST", f"{place(story)}/import", data=bad)
    assert "Errors: nothing can be imported until these are right" in words(refused)
    assert versions(story) == []


def test_draft_is_set_aside_only_as_it_was_when_the_sheet_was_looked_at(story: Story) -> None:
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR)
    answer = tries(person, story, sheet(CHANCELLOR, ADVISER))
    assert "There is a draft already, version 1. Importing sets it aside." in words(answer)
    assert "1 new, 1 on the list already" in words(answer)
    fields = kept(answer)
    person.looks(row_place(story, list_place))
    person.sends(f"{row_place(story, list_place)}/removal", revision=person.field("revision"))
    late = person.asks("POST", f"{place(story)}/import", data=fields)
    assert "Somebody changed the list meanwhile" in words(late)
    assert versions(story) == [(1, "draft", 0)]
    assert person.asks("POST", f"{place(story)}/import", data=kept(late)).status_code == 303
    assert versions(story) == [(2, "draft", 2), (1, "superseded", 0)]


def test_draft_that_changes_in_the_moment_of_the_import_is_not_set_aside(story: Story) -> None:
    person = at_pages(story, story.statistician)
    list_place = drafted(story, person, CHANCELLOR)
    fields = kept(tries(person, story, sheet(CHANCELLOR, ADVISER)))
    row, revision = row_place(story, list_place), story.get(story.head, list_place)["revision"]
    reads = story.tools.read_sheet

    def reads_late(content: bytes, *, kind: str, limit_bytes: int) -> list[list[str]]:
        """Somebody takes the row off while the sheet is read: the page has looked, and nothing is written yet."""
        if versions(story) == [(1, "draft", 1)]:
            gone = row.replace("/rows/", "/grants/")
            done(story.ask(story.head, "DELETE", gone, revision=revision))
        return reads(content, kind=kind, limit_bytes=limit_bytes)

    story.tools = replace(story.tools, read_sheet=reads_late)
    late = at_pages(story, story.statistician).asks("POST", f"{place(story)}/import", data=fields)
    assert "Somebody changed the list meanwhile" in words(late)
    assert versions(story) == [(1, "draft", 0)]


def test_sheet_is_imported_only_after_the_version_in_force_that_was_shown(story: Story) -> None:
    person = at_pages(story, story.statistician)
    fields = kept(tries(person, story, sheet(CHANCELLOR, ADVISER)))
    assert fields["follows"] == ""
    story.list_with(CHANCELLOR)
    late = person.asks("POST", f"{place(story)}/import", data=fields)
    assert "Somebody changed the list meanwhile" in words(late)
    assert "1 new, 1 on the list already" in words(late)
    assert versions(story) == [(1, "approved", 1)]
    assert person.asks("POST", f"{place(story)}/import", data=kept(late)).status_code == 303
    assert versions(story) == [(2, "draft", 2), (1, "approved", 1)]


def test_sheet_too_large_for_the_page_is_chosen_again_and_must_be_the_same(story: Story) -> None:
    person = at_pages(story, story.statistician)
    padded = as_csv([HEADINGS, CHANCELLOR.row()]) + b"," * 6 + b"\n" * CARRIED_BYTES
    answer = tries(person, story, padded)
    assert "too large to be kept in this page" in words(answer)
    fields = kept(answer)
    assert "sheet" not in fields
    path = f"{place(story)}/sheet"
    other = person.asks("POST", path, data=fields, files={"file": ("list.csv", sheet(ADVISER), "text/csv")})
    assert "another file was chosen" in words(other)
    assert versions(story) == []
    made = person.asks("POST", path, data=fields, files={"file": ("list.csv", padded, "text/csv")})
    assert (made.status_code, versions(story)) == (303, [(1, "draft", 1)])


def test_workbook_is_imported_with_the_ground_and_the_footing_for_rows_that_name_none(story: Story) -> None:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in (["Post", "Organisation"], ["Chief Secretary", "Example Treasury"]):
        book.active.append(row)
    book.save(content)
    person = at_pages(story, story.statistician)
    answer = tries(person, story, content.getvalue(), "list.xlsx", ground="Answers questions", grant_class="adviser")
    made = person.asks("POST", f"{place(story)}/import", data=kept(answer))
    (grant,) = grants(story, made.headers["location"])
    assert (grant["ground"], grant["grant_class"], grant["post_title"]) == (
        "Answers questions",
        "adviser",
        "Chief Secretary",
    )


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("", b"", "Choose a file"),
        ("list.pdf", b"%PDF-1.7", "ends in .csv, .xlsx or .ods"),
        ("list.csv", b"", "The file is empty."),
        ("list.xlsx", b"Post,Organisation\n", "list"),
    ],
)
def test_file_that_is_no_sheet_is_told_beside_the_field(story: Story, name: str, content: bytes, says: str) -> None:
    person = at_pages(story, story.statistician)
    person.looks(f"{place(story)}/import")
    token, boundary = person.token, "edge"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        ).encode()
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = person.asks("POST", f"{place(story)}/sheet", content=body, headers=headers)
    assert (answer.status_code, 'href="#file"' in answer.text, says in words(answer)) == (422, True, True)
    assert versions(story) == []
