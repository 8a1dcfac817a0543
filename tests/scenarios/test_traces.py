"""A copy turns up where it should not be, and is traced to the opening it came from; or that is honestly not known."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import msoffcrypto
import pikepdf
import pytest
import pyzipper
from typer.testing import CliRunner

from app import wiring
from app.actions import auditing
from app.audit import reading
from app.audit.entries import EntryKind
from app.cli.main import app
from app.rules import tracewords
from app.rules.facts import Role
from tests.build import london
from tests.needs import need_program
from tests.scenarios.conftest import Begin
from tests.story import ADVISER, CHANCELLOR, FIGURES, STRANGER, Reader, Story, done
from tests.unit.documents.world import a_pdf
from tests.unit.vault.samples import MADE, packed, parts

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

PUBLISHED = london(2026, 3, 10, 9, 30)
WEEK_BEFORE = london(2026, 3, 2, 9, 30)
INSIDE = london(2026, 3, 9, 14, 0)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HELD_BY_PROOF = ["access_decided", "copy_started", "copy_outcome", "passphrase_revealed"]


class Leak:
    """A release with three documents, its window open; whoever reads one then loses their copy."""

    def __init__(self, story: Story) -> None:
        self.story = story
        story.release(PUBLISHED)
        story.list_with(CHANCELLOR, ADVISER)
        self.original = a_pdf()  # kept: drawn again, it has another date in it
        self.pdf = story.sealed(self.original, "bulletin.pdf", "application/pdf")
        self.xlsx = story.sealed(MADE["xlsx"](), "tables.xlsx", XLSX)
        self.csv = story.sealed(FIGURES)
        story.signed_off()
        story.signed(CHANCELLOR, ADVISER)
        story.clock.put(INSIDE)

    def taken(self, who: Reader, document_id: str) -> tuple[dict[str, Any], httpx2.Response, str]:
        """Open, fetch and unlock; gives the opening, the answer with the copy, and the passphrase."""
        opening = done(self.story.opens(who, document_id), 201)
        copy = self.story.fetches(who, opening)
        assert copy.status_code == 200, copy.text
        shown = done(self.story.post(who, f"/openings/{opening['opening_id']}/reveal"))
        return opening, copy, shown["passphrase"]

    def traces(self, data: bytes, name: str = "", who: str | None = None, **query: Any) -> dict[str, Any]:
        """Trace a file, as the producer's auditor unless told otherwise."""
        sent = self.story.post(
            who or self.story.auditor, "/trace", params={"file_name": name, **query}, content=data, headers=OCTETS
        )
        return dict(done(sent))

    def traces_number(self, number: str, who: str | None = None, **more: Any) -> dict[str, Any]:
        """Trace a number, as the producer's lead official unless told otherwise."""
        body = {"number": number, **more}
        return dict(done(self.story.post(who or self.story.lead, "/trace/number", json=body)))


OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def leak(begin: Begin) -> Leak:
    return Leak(begin(WEEK_BEFORE))


def decrypted_pdf(copy: bytes, passphrase: str) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(copy), password=passphrase) as pdf:
        pdf.save(out)
    return out.getvalue()


def decrypted_office(copy: bytes, passphrase: str) -> bytes:
    locked, out = msoffcrypto.OfficeFile(BytesIO(copy)), BytesIO()
    locked.load_key(password=passphrase)
    locked.decrypt(out)
    return out.getvalue()


def unpacked(copy: bytes, passphrase: str) -> dict[str, bytes]:
    with pyzipper.AESZipFile(BytesIO(copy)) as archive:
        archive.setpassword(passphrase.encode("ascii"))
        return {name: archive.read(name) for name in archive.namelist()}


def short(answer: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Give number, confidence and means of each lead."""
    return [(lead["number"], lead["confidence"], lead["found_by"]) for lead in answer["leads"]]


def test_trace_of_a_decrypted_pdf_names_the_opening_its_holder_and_the_entries_that_prove_it(leak: Leak) -> None:
    opening, copy, passphrase = leak.taken(CHANCELLOR, leak.pdf)
    found = leak.traces(decrypted_pdf(copy.content, passphrase), "seen on a forum.pdf")
    (lead,) = found["leads"]
    proofs = lead.pop("proofs")
    assert lead == {
        "confidence": "very_likely",
        "found_by": ["mark"],
        "why": [
            tracewords.MARK.format(
                number=opening["number"], places="page 1, page 2, the document's XMP, the document's properties"
            )
        ],
        "opening_id": opening["opening_id"],
        "number": opening["number"],
        "opened_at": "2026-03-09T14:00:00.000Z",
        "post": CHANCELLOR.post,
        "organisation": CHANCELLOR.organisation,
        "person": {"person_id": leak.story.id_of(CHANCELLOR), "name": CHANCELLOR.name},
        "document": {
            "document_id": leak.pdf,
            "file_name": "bulletin.pdf",
            "version": 1,
            "release_id": leak.story.told.release_id,
            "release_title": "Claimant count",
        },
        "fetched_at": "2026-03-09T14:00:00.000Z",
        "outcome": "completed",
        "revealed_at": "2026-03-09T14:00:00.000Z",
    }
    assert (found["disagree"], found["missed"]) == (False, [])
    assert found["words"] == [tracewords.WHOSE_NOT_WHO, tracewords.REPORT_IT]
    by_id = {leaf["id"]: leaf for leaf in leak.story.service.entries()}
    assert [by_id[proof["entry_id"]]["kind"] for proof in proofs] == HELD_BY_PROOF
    auditing.sequence(leak.story.tools)
    for proof in proofs:
        receipt = leak.story.get(leak.story.auditor, proof["receipt"].removeprefix("/api/v1"))
        assert set(receipt) >= {"entry", "inclusion", "checkpoint"}


def test_trace_is_on_record_without_the_file_and_without_naming_anybody(leak: Leak) -> None:
    opening, copy, _ = leak.taken(CHANCELLOR, leak.csv)
    found = leak.traces(copy.content, "harmless.zip")
    assert short(found) == [(opening["number"], "certain", ["whole_copy"])]
    (entry,) = leak.story.service.entries(EntryKind.COPY_TRACED)
    assert entry["id"] == found["entry_id"]
    assert (entry["release_id"], entry["outcome"]) == (leak.story.told.release_id, "done")
    assert entry["said"] == {
        "file_sha256": found["file_sha256"],
        "by": ["whole_copy"],
        "opening_ids": [opening["opening_id"]],
        "openings": 1,
        "disagree": False,
    }
    mine = leak.story.get(CHANCELLOR, "/me/entries", params={"limit": 100})["results"]
    assert [one for one in mine if one["entry_id"] == entry["id"]] == []
    assert len(mine) > 4
    assert [path for path in leak.story.folder.rglob("*") if path.is_file() and copy.content in path.read_bytes()] == []


def test_trace_of_a_workbook_that_another_program_packed_again_still_finds_its_mark(leak: Leak, tmp_path: Path) -> None:
    opening, copy, passphrase = leak.taken(ADVISER, leak.xlsx)
    folder = tmp_path / "workbook"
    for name, part in parts(decrypted_office(copy.content, passphrase)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(part)
    again = [need_program("7z"), "a", "-tzip", "-mx=1", str(tmp_path / "again.xlsx"), "."]
    subprocess.run(again, cwd=folder, check=True, capture_output=True, timeout=60)
    found = leak.traces((tmp_path / "again.xlsx").read_bytes(), "Book1.xlsx")
    assert short(found) == [(opening["number"], "very_likely", ["mark"])]
    assert found["same_documents"] == []


def test_trace_of_a_copy_under_another_name_is_certain_by_its_bytes_and_of_its_notice_by_the_number(
    leak: Leak,
) -> None:
    opening, copy, passphrase = leak.taken(CHANCELLOR, leak.csv)
    assert short(leak.traces(copy.content, "holiday.zip")) == [(opening["number"], "certain", ["whole_copy"])]
    held = unpacked(copy.content, passphrase)
    (notice,) = [content for name, content in held.items() if name.startswith("READ ME")]
    assert short(leak.traces(notice, "note.txt")) == [(opening["number"], "likely", ["mark"])]
    named = leak.traces(b"something else", f"RESTRICTED {opening['number']} claimants.csv")
    assert short(named) == [(opening["number"], "possible", ["file_name"])]


def test_trace_of_figures_without_their_mark_gives_everybody_who_opened_them_as_possible(leak: Leak) -> None:
    first, copy, passphrase = leak.taken(CHANCELLOR, leak.csv)
    second, _, _ = leak.taken(ADVISER, leak.csv)
    bare = unpacked(copy.content, passphrase)["claimants.csv"]
    found = leak.traces(bare, "figures.csv")
    assert sorted(short(found)) == sorted((one["number"], "possible", ["document"]) for one in (first, second))
    assert found["same_documents"] == [
        {"document_id": leak.csv, "file_name": "claimants.csv", "opened": 2, "carried_bare": True}
    ]
    assert found["words"][0] == tracewords.UNMARKED.format(name="claimants.csv", count="2 openings")
    with_name = leak.traces(bare, f"RESTRICTED {second['number']} claimants.csv")
    assert short(with_name)[0] == (second["number"], "very_likely", ["file_name", "document"])
    assert with_name["disagree"] is False


def test_trace_of_the_document_itself_says_that_no_copy_has_these_bytes(leak: Leak) -> None:
    leak.taken(CHANCELLOR, leak.pdf)
    found = leak.traces(leak.original)
    assert (found["leads"], found["words"][0]) == ([], tracewords.MARKED_INSIDE.format(name="bulletin.pdf"))


@pytest.mark.parametrize("lost", ["0", "1"])
def test_trace_of_a_photographed_number_reads_letters_that_no_number_has_as_those_that_look_like_them(
    leak: Leak, lost: str
) -> None:
    numbers: dict[str, dict[str, Any]] = {}
    wanted = {"0": "DQ8", "1": "7JT"}[lost]
    for _ in range(60):
        opening = done(leak.story.opens(CHANCELLOR, leak.csv), 201)
        numbers[opening["number"]] = opening
        if any(letter in opening["number"] for letter in wanted):
            break
    number = opening["number"]
    assert short(leak.traces_number(number))[0] == (number, "very_likely", ["typed"])
    blurred = re.sub(f"[{wanted}]", lost, number, count=1)
    typed = blurred.lower().replace("-", " ")
    found = leak.traces_number(typed)
    assert short(found)[0] == (number, "likely", ["look_alike"])
    assert found["number"] == blurred
    assert found["leads"][0]["why"] == [tracewords.LOOK_ALIKE.format(number=number)]
    assert short(leak.traces_number(number[:-1] + "?"))[0] == (number, "likely", ["look_alike"])


def test_trace_of_a_number_with_one_wrong_letter_lists_it_as_possible(leak: Leak) -> None:
    number = leak.taken(CHANCELLOR, leak.csv)[0]["number"]
    wrong = ("2" if number[0] != "2" else "3") + number[1:]
    assert short(leak.traces_number(wrong)) == [(number, "possible", ["one_letter_off"])]
    far = "".join("3" if letter not in "3-" else "7" if letter == "3" else "-" for letter in number)
    nothing = leak.traces_number(far)
    assert (nothing["leads"], nothing["words"]) == ([], [tracewords.NOTHING_FOUND])


@pytest.mark.parametrize("typed", ["K7F3", "K7F3-9QXMA", "00I1-9QXM", "K7F3-9QX*", "ÄÄÄÄ-9QXM"])
def test_trace_of_what_cannot_be_a_number_is_refused_with_what_one_looks_like(leak: Leak, typed: str) -> None:
    refused = leak.story.post(leak.story.lead, "/trace/number", json={"number": typed})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "number" in refused.json()["detail"]


def test_trace_of_two_copies_put_together_says_that_they_disagree(leak: Leak) -> None:
    first = leak.taken(CHANCELLOR, leak.csv)[0]["number"]
    second = leak.taken(ADVISER, leak.csv)[0]["number"]
    forged = packed({"a.txt": f"opening {first}".encode(), "b.txt": f"opening {second}".encode()})
    found = leak.traces(forged)
    assert sorted(short(found)) == sorted((number, "possible", ["mark"]) for number in (first, second))
    assert (found["disagree"], found["words"][0]) == (True, tracewords.DISAGREE)
    assert all(lead["why"][-1] == tracewords.ANOTHER_WAY for lead in found["leads"])
    unknown = leak.traces(packed({"a.txt": f"opening {first}".encode(), "b.txt": b"opening 2222-2222"}))
    assert (short(unknown), unknown["disagree"]) == ([(first, "possible", ["mark"])], True)
    assert unknown["words"][0] == tracewords.NO_OPENING.format(number="2222-2222")


def test_trace_of_a_copy_renamed_to_point_at_somebody_else_stays_certain_of_its_own(leak: Leak) -> None:
    mine, copy, passphrase = leak.taken(CHANCELLOR, leak.pdf)
    other = leak.taken(ADVISER, leak.csv)[0]["number"]
    found = leak.traces(decrypted_pdf(copy.content, passphrase), f"RESTRICTED {other} claimants.csv.pdf")
    assert sorted(short(found)) == sorted([(mine["number"], "possible", ["mark"]), (other, "possible", ["file_name"])])
    assert found["disagree"] is True


def test_trace_by_staff_of_another_producer_finds_what_it_finds_for_nothing(leak: Leak) -> None:
    opening, copy, passphrase = leak.taken(CHANCELLOR, leak.csv)
    (notice,) = [c for name, c in unpacked(copy.content, passphrase).items() if name.startswith("READ ME")]
    other = leak.story.service.producer("Bureau of Other Figures").people[Role.HEAD_OF_PROFESSION]
    regulator = leak.story.service.auditor()
    assert short(leak.traces(notice, who=regulator)) == [(opening["number"], "likely", ["mark"])]
    varying = {"traced_at", "file_sha256", "entry_id", "number"}

    def bare(answer: dict[str, Any]) -> dict[str, Any]:
        said = {name: value for name, value in answer.items() if name not in varying}
        said["words"] = [line.replace(opening["number"], "2222-2222") for line in said["words"]]
        return said

    absent = notice.replace(opening["number"].encode(), b"2222-2222")
    assert bare(leak.traces(notice, who=other)) == bare(leak.traces(absent, who=other))
    for stray, alike in ((copy.content, copy.content + b"\0"), (FIGURES, b"nothing of ours")):
        assert bare(leak.traces(stray, who=other)) == bare(leak.traces(alike, who=other))
    number = leak.traces_number(opening["number"], who=other, open_incident=True)
    assert bare(number) == bare(leak.traces_number("2222-2222", who=other, open_incident=True))
    assert leak.story.incidents() == []
    seen = [entry["said"]["openings"] for entry in leak.story.service.entries(EntryKind.COPY_TRACED)]
    assert seen == [1, 0, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("whoever", ["recipient", "statistician", "stranger", "nobody"])
def test_trace_is_refused_to_everybody_else_and_nothing_is_read(leak: Leak, whoever: str) -> None:
    opening, copy, _ = leak.taken(CHANCELLOR, leak.csv)
    people = {"recipient": CHANCELLOR, "statistician": leak.story.statistician, "stranger": STRANGER, "nobody": None}
    who = people[whoever]
    status, code = (401, "not_signed_in") if who is None else (403, "role_required")
    for refused in (
        leak.story.post(who, "/trace", content=copy.content, headers=OCTETS),
        leak.story.post(who, "/trace/number", json={"number": opening["number"]}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert opening["opening_id"] not in refused.text
    assert leak.story.service.entries(EntryKind.COPY_TRACED) == []


def test_trace_of_a_hostile_file_is_a_clear_problem_and_the_next_file_is_traced(leak: Leak) -> None:
    opening, copy, passphrase = leak.taken(CHANCELLOR, leak.csv)
    slow = b'name="OpeningNumber" ' * 60_000  # each is looked at to the end of the file
    refused = leak.story.post(leak.story.auditor, "/trace", content=slow, headers=OCTETS)
    assert (refused.status_code, refused.json()["code"]) == (422, "document_too_complex")
    assert "Or trace the number that stands in its mark" in refused.json()["detail"]
    (entry,) = leak.story.service.entries(EntryKind.COPY_TRACED)
    assert (entry["outcome"], entry["said"]["reason"]) == ("refused", "document_too_complex")
    (notice,) = [c for name, c in unpacked(copy.content, passphrase).items() if name.startswith("READ ME")]
    assert short(leak.traces(notice)) == [(opening["number"], "likely", ["mark"])]


def test_trace_says_what_it_could_not_look_into(leak: Leak) -> None:
    _, pdf, passphrase = leak.taken(CHANCELLOR, leak.pdf)
    altered = pdf.content + b"\n"  # no longer the copy by its hash, and still encrypted
    assert leak.traces(altered)["missed"] == ["the PDF, which is encrypted"]
    broken = decrypted_pdf(pdf.content, passphrase)[:400]
    assert leak.traces(broken)["missed"] == ["the PDF, which is broken"]
    bomb, out = pikepdf.new(), BytesIO()
    bomb.add_blank_page(page_size=(595, 842))
    bomb.pages[0].Contents = bomb.make_stream(b"0 " * 45_000_000)
    bomb.save(out, compress_streams=True)
    assert leak.traces(out.getvalue())["missed"] == ["the PDF from page 1 on, where it breaks"]
    _, office, _ = leak.taken(CHANCELLOR, leak.xlsx)
    assert leak.traces(office.content + b"\0")["missed"] == ["what Office has encrypted, or an older Office file"]


def test_trace_of_nothing_or_of_a_form_is_refused(leak: Leak) -> None:
    empty = leak.story.post(leak.story.auditor, "/trace", content=b"", headers=OCTETS)
    assert (empty.status_code, empty.json()["code"]) == (422, "document_empty")
    form = leak.story.post(leak.story.auditor, "/trace", files={"file": b"x"})
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")


def test_trace_with_an_incident_opens_one_for_each_copy_with_the_evidence(leak: Leak) -> None:
    opening, copy, passphrase = leak.taken(CHANCELLOR, leak.pdf)
    stray = decrypted_pdf(copy.content, passphrase)
    found = leak.traces(stray, open_incident=True)
    again = leak.traces(stray, who=leak.story.head, open_incident=True)
    assert found["incident_id"] == again["incident_id"]
    (incident,) = leak.story.incidents()
    assert (incident["incident_id"], incident["kind"]) == (found["incident_id"], "unauthorised_disclosure")
    assert incident["release_id"] == leak.story.told.release_id
    card = leak.story.get(leak.story.head, f"/incidents/{found['incident_id']}")
    assert card["facts"]["trace"] == {
        "file_sha256": found["file_sha256"],
        "disagree": False,
        "openings": [{"opening_id": opening["opening_id"], "confidence": "very_likely"}],
    }
    assert CHANCELLOR.name not in str(card)
    assert tracewords.REPORT_IT not in found["words"]


def pra_trace(leak: Leak, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, list[str]]:
    monkeypatch.setattr(wiring, "service_tools", lambda: leak.story.tools)
    told = CliRunner().invoke(app, ["trace", *arguments])
    return told.exit_code, told.output.splitlines()


def test_trace_at_the_machine_tells_the_same_in_words_and_is_on_record_as_the_operators(
    leak: Leak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opening, copy, passphrase = leak.taken(CHANCELLOR, leak.pdf)
    stray = tmp_path / "stray.pdf"
    stray.write_bytes(decrypted_pdf(copy.content, passphrase))
    status, lines = pra_trace(leak, monkeypatch, str(stray))
    (entry,) = leak.story.service.entries(EntryKind.COPY_TRACED)
    by_api = leak.traces(stray.read_bytes())
    (lead,) = by_api["leads"]
    at_two = "Monday 9 March 2026, 2:00pm (UK time)"
    assert (status, lines) == (
        0,
        [
            f"Very likely: opening {opening['number']} ({opening['opening_id']})",
            f"  {CHANCELLOR.post}, {CHANCELLOR.organisation}: {CHANCELLOR.name}",
            "  opened bulletin.pdf, version 1, of “Claimant count”",
            (f"  {at_two}; copy fetched {at_two} (completed); passphrase shown {at_two}"),
            *(f"  {why}" for why in lead["why"]),
            f"  receipts: {' '.join(proof['entry_id'] for proof in lead['proofs'])}",
            "",
            *by_api["words"],
            f"This trace is on record: {entry['id']}",
        ],
    )
    with leak.story.tools.reading() as connection:
        logged = reading.find(connection, entry["id"])
    assert logged is not None
    assert logged.disclosed["actor"][0] == "operator"


def test_trace_at_the_machine_ends_with_status_1_when_nothing_is_found(
    leak: Leak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opening = leak.taken(CHANCELLOR, leak.csv)[0]
    stray = tmp_path / "letter.txt"
    stray.write_text("Dear colleague")
    status, lines = pra_trace(leak, monkeypatch, str(stray))
    assert (status, lines[0]) == (1, tracewords.NOTHING_FOUND)
    status, lines = pra_trace(leak, monkeypatch, "--number", opening["number"].lower(), "--open-incident")
    assert (status, lines[0]) == (0, f"Very likely: opening {opening['number']} ({opening['opening_id']})")
    (incident,) = leak.story.incidents()
    assert f"Incident {incident['incident_id']} is on record." in lines
    assert pra_trace(leak, monkeypatch)[0] == 2
