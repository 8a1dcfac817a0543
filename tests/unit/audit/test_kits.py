"""Offline kits: accepted by us, by the Go program inside them and by the walk on their page; altered ones refused."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.actions import auditing
from app.audit import verify_kit as module
from app.audit.entries import EntryKind
from app.audit.verify_kit import VerifiedKit
from app.records.tables import entries
from app.rules.canonical import sha256_hex
from app.rules.facts import Role
from tests.story import ADVISER, FIGURES
from tests.unit.audit.kits import KitStory, altered, block, flip, pasted, remade, unpack
from tests.unit.audit.logs import ToyKey
from tests.verifiers import VerifierRefused, go_accepts_kit


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KitStory]:
    made = KitStory(tmp_path_factory.mktemp("kits"))
    made.publish_and_seal()
    made.cosign()
    made.more(3)
    yield made
    made.story.service.close()


@pytest.fixture(scope="module")
def of_release(told: KitStory) -> Path:
    return told.kit("release", told.release_id)


@pytest.fixture(scope="module")
def of_log(told: KitStory) -> Path:
    return told.kit("whole")


@pytest.fixture
def copied(of_release: Path, tmp_path: Path) -> Path:
    shutil.copytree(of_release, tmp_path / "copy")
    return tmp_path / "copy"


def about(told: KitStory) -> int:
    return sum(1 for leaf in told.story.service.entries() if leaf.get("release_id") == told.release_id)


def test_kit_of_a_release_is_accepted_with_its_seal_and_its_witness(told: KitStory, of_release: Path) -> None:
    found = told.verified(of_release, told.witness_vkey)
    assert (found.scope, found.release_id, found.entries, found.sealed) == (
        "release",
        told.release_id,
        about(told),
        True,
    )
    assert [(one.name, one.size) for one in found.witnesses] == [(told.witness_vkey.split("+")[0], found.size)]
    assert not (of_release / "checkpoint.cosigned").exists()  # the cosigned head covers all: it is the kit's own
    assert go_accepts_kit(of_release, told.vkey, told.witness_vkey) == "accepted"


def test_kit_of_the_whole_log_is_accepted(told: KitStory, of_log: Path) -> None:
    found = told.verified(of_log, told.witness_vkey)
    assert (found.scope, found.release_id, found.entries) == ("log", None, found.size)
    assert (of_log / "checkpoint.cosigned").is_file()  # more came after it
    assert go_accepts_kit(of_log, told.vkey, told.witness_vkey) == "accepted"


def test_kit_made_while_the_witness_lags_holds_both_heads_and_the_proof_between_them(tmp_path: Path) -> None:
    told = KitStory(tmp_path)
    told.cosign()
    told.more(290)
    told.story.ask(ADVISER, "POST", f"/documents/{told.story.told.document_id}/openings")
    told.publish_and_seal()
    kit = told.kit("kit", told.release_id)
    found = told.verified(kit, told.witness_vkey)
    (witness,) = found.witnesses
    assert (kit / "checkpoint.cosigned").is_file()
    assert (witness.size < found.size, found.sealed) == (True, True)
    assert go_accepts_kit(kit, told.vkey, told.witness_vkey) == "accepted"
    assert "Signature Verified Successfully\ncosigned at 2026-03-10T" in pasted(kit, "cosigned").stdout
    shutil.copy(of_another_log(tmp_path, told), kit / "checkpoint.cosigned")
    assert told.refusal(remade(kit))[0] == "checkpoint.cosigned"
    with pytest.raises(VerifierRefused):
        go_accepts_kit(kit, told.vkey)
    told.story.service.close()


def of_another_log(folder: Path, told: KitStory) -> Path:
    """A head of the right size that the log's key signed, and that this log does not continue."""
    from app.audit.checkpoint import Checkpoint

    signer = told.story.tools.keys.checkpoint_signer(told.story.tools.policy.origin)
    note = signer.sign_note(Checkpoint(told.story.tools.policy.origin, 256, bytes(32)).to_text())
    (folder / "fork").write_text(note)
    return folder / "fork"


def test_kit_before_the_window_closed_says_that_nothing_counts_its_entries_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = KitStory(tmp_path)
    kit = told.kit("kit", told.release_id)
    found = told.verified(kit)
    assert (found.sealed, found.witnesses, (kit / "seal.json").exists()) == (False, (), False)
    page = (kit / "how-to-check.html").read_text("utf-8")
    assert "there is no seal yet that counts them" in page
    assert "No witness had cosigned this one" in page
    assert 'id="cosigned"' not in page
    assert told.refusal(kit, told.witness_vkey) == ("witnesses.txt", "is missing")
    capsys.readouterr()
    assert module.main([str(kit), "--key", told.vkey]) == 0
    accepted, unsealed = capsys.readouterr().out.splitlines()
    assert accepted.startswith("accepted: ")
    assert unsealed.startswith("There is no seal: what is in this kit stands in the log as it is here, but ")
    assert "do not conclude from it that somebody did not open a document" in unsealed
    assert "Ask whoever gave you this kit for a new one after that" in unsealed
    told.story.service.close()


def test_kit_checked_by_what_its_page_says_holds_as_it_stands_there(told: KitStory, of_release: Path) -> None:
    before = sorted(path for path in of_release.rglob("*"))
    said = {name: pasted(of_release, name) for name in ("whole", "ours", "signed", "included", "cosigned", "go")}
    assert {name: (run.returncode, run.stderr) for name, run in said.items()} == dict.fromkeys(said, (0, ""))
    assert said["whole"].stdout == "The files are whole.\n"
    assert said["ours"].stdout.startswith("accepted: ")
    assert said["signed"].stdout == "Signature Verified Successfully\n"
    assert said["included"].stdout == "The log holds this entry.\n"
    assert said["cosigned"].stdout.startswith("Signature Verified Successfully\ncosigned at 2026-03-10T")
    assert said["go"].stdout == "accepted\n"
    assert sorted(path for path in of_release.rglob("*")) == before  # nothing was left in the kit


def test_walk_by_hand_holds_for_every_receipt_and_in_a_plain_shell(of_release: Path) -> None:
    import subprocess

    first = block(of_release, "included")
    for path in sorted((of_release / "receipts").iterdir()):
        walk = first.replace("NUMBER=000001", f"NUMBER={path.stem}")
        done = subprocess.run(["sh"], input=walk, cwd=of_release, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (0, "The log holds this entry.\n"), path.name


@pytest.mark.parametrize(
    ("name", "path", "at"),
    [
        ("signed", "checkpoint", 60),
        ("included", "entries/000001.json", 20),
        ("included", "receipts/000001.json", 0),
        ("cosigned", "checkpoint", 60),
        ("whole", "how-to-check.html", 60),
    ],
)
def test_walk_by_hand_over_something_altered_fails(copied: Path, name: str, path: str, at: int) -> None:
    assert pasted(copied, name).returncode == 0
    if path.startswith("receipts"):
        altered(copied / path, lambda text: text.replace('"inclusion": [\n  "', '"inclusion": [\n  "A'[:-1] + "B", 1))
    else:
        flip(copied / path, at)
    done = pasted(copied, name)
    assert done.returncode != 0
    assert "The log holds this entry." not in done.stdout


MEMBERS = [
    "checkpoint",
    "keys.txt",
    "witnesses.txt",
    "kit.json",
    "entries/000001.json",
    "receipts/000001.json",
    "seal.json",
    "tile/0/000",
    "check/check.go",
    "how-to-check.html",
    "MANIFEST.sha256",
]


def test_kit_has_no_other_sorts_of_files_than_these(of_release: Path) -> None:
    sorts = {"entries", "receipts", "tile"}
    found = {path.relative_to(of_release).parts[0] for path in of_release.rglob("*") if path.is_file()}
    assert found - sorts == {name for name in MEMBERS if "/" not in name} | {"check"}


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("how", ["altered", "missing"])
def test_kit_with_a_file_altered_or_missing_is_refused(told: KitStory, copied: Path, member: str, how: str) -> None:
    flip(copied / member, 70) if how == "altered" else (copied / member).unlink()
    # A path in the manifest that was altered names a file that is not there.
    named = "checj/check.go" if (member, how) == ("MANIFEST.sha256", "altered") else member
    assert told.refusal(copied, told.witness_vkey)[0].split(" line")[0] == named
    if member != "check/check.go":  # it is built from there
        with pytest.raises(VerifierRefused):
            go_accepts_kit(copied, told.vkey, told.witness_vkey)


def _drop(kit: Path, number: str) -> None:
    (kit / f"entries/{number}.json").unlink()
    (kit / f"receipts/{number}.json").unlink()


def _twice(kit: Path) -> None:
    shutil.copy(kit / "entries/000001.json", kit / "entries/999999.json")
    shutil.copy(kit / "receipts/000001.json", kit / "receipts/999999.json")


def _another_release(kit: Path) -> None:
    altered(kit / "kit.json", lambda text: text.replace('"rel_', '"rel_f', 1))


def _disclosed(kit: Path) -> None:
    for path in sorted((kit / "receipts").iterdir()):
        receipt = json.loads(path.read_text("utf-8"))
        if receipt["disclosed"]:
            receipt["disclosed"]["actor"]["value"] = "per_somebody_else"
            path.write_text(json.dumps(receipt, indent=1, sort_keys=True))
            return


def _another_key(kit: Path) -> None:
    (kit / "keys.txt").write_text(ToyKey().vkey + "\n")


def _time_of_witness(kit: Path) -> None:
    lines = (kit / "checkpoint").read_text("utf-8").splitlines(keepends=True)
    line = lines[-1]
    at = line.rindex(" ") + 12
    lines[-1] = line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1 :]
    (kit / "checkpoint").write_text("".join(lines), "utf-8")


WITH_A_NEW_MANIFEST: dict[str, tuple[Callable[[Path], object], str]] = {
    "an entry altered": (lambda kit: flip(kit / "entries/000001.json", 20), "entries/000001.json"),
    "an entry left out": (lambda kit: _drop(kit, "000002"), "the seal"),
    "an entry twice": (_twice, "receipts/999999.json"),
    "a receipt without its entry": (lambda kit: (kit / "entries/000001.json").unlink(), "entries/000001.json"),
    "a receipt altered": (
        lambda kit: altered(kit / "receipts/000001.json", lambda text: text.replace('"index": ', '"index": 1', 1)),
        "entry",
    ),
    "a clear value altered": (_disclosed, "entry"),
    "the seal altered": (
        lambda kit: altered(kit / "seal.json", lambda text: text.replace("published", "cancelled", 1)),
        "the seal",
    ),
    "the head altered": (
        lambda kit: altered(kit / "checkpoint", lambda text: text.replace("\n3", "\n4", 1).replace("\n2", "\n5", 1)),
        "checkpoint",
    ),
    "the cosignature altered": (_time_of_witness, "checkpoint"),
    "a whole tile altered": (lambda kit: flip(kit / "tile/0/000", 40), "tile/0/000"),
    "the kit of another release": (_another_release, "entries/000001.json"),
    "another key named": (_another_key, "keys.txt"),
    "a stranger's file": (lambda kit: (kit / "document.pdf").write_bytes(b"%PDF"), "document.pdf"),
    "no receipts": (
        lambda kit: (shutil.rmtree(kit / "receipts"), shutil.rmtree(kit / "entries"), (kit / "seal.json").unlink()),
        "receipts",
    ),
}


@pytest.mark.parametrize(("alter", "where"), WITH_A_NEW_MANIFEST.values(), ids=WITH_A_NEW_MANIFEST.keys())
def test_kit_altered_with_a_new_manifest_is_refused(
    told: KitStory, copied: Path, alter: Callable[[Path], object], where: str
) -> None:
    told.verified(remade(copied), told.witness_vkey)
    alter(copied)
    found = told.refusal(remade(copied), told.witness_vkey)[0]
    assert re.sub(r"^entry [0-9]+$", "entry", found) == where


def test_kit_by_another_key_or_witness_is_refused(told: KitStory, of_release: Path) -> None:
    stranger = ToyKey(told.vkey.split("+")[0], "a stranger").vkey
    with pytest.raises(module.LogRefused):
        module.verify_kit(of_release, stranger)
    with pytest.raises(VerifierRefused):
        go_accepts_kit(of_release, stranger)
    from tests.witnesses import a_witness_folder

    other = a_witness_folder(of_release.parent / f"other-{told.release_id}").to_text()
    assert told.refusal(of_release, other)[0] == "witnesses.txt"
    with pytest.raises(VerifierRefused):
        go_accepts_kit(of_release, told.vkey, other)


@pytest.mark.parametrize(
    "name", ["../outside", "/outside", "pra-kit/../../outside", "pra-kit\\outside", "./pra-kit/x", ""]
)
def test_kit_zip_that_would_write_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "kit.zip", "w") as packed:
        packed.writestr(zipfile.ZipInfo(name), b"x")
    with (
        pytest.raises(module.LogRefused, match="no ZIP file that can be unpacked"),
        module.unpacked(tmp_path / "kit.zip"),
    ):
        pass
    assert list(tmp_path.iterdir()) == [tmp_path / "kit.zip"]


def test_kit_zip_with_a_link_or_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = zipfile.ZipInfo("pra-kit/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as packed:
        packed.writestr(link, b"/etc/passwd")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("pra-kit/zeroes", bytes(3 * 1024**2))
    (tmp_path / "text.zip").write_bytes(b"no ZIP file")
    monkeypatch.setattr(module, "UNPACKED_LEAST_BYTES", 1024**2)
    for name in ("link.zip", "bomb.zip", "text.zip"):
        with pytest.raises(module.LogRefused), module.unpacked(tmp_path / name):
            pass


def test_kit_over_the_api_is_for_auditors_and_is_on_record(told: KitStory, tmp_path: Path) -> None:
    story = told.story
    path = "/audit/kit"
    query = {"release_id": told.release_id}
    given = story.ask(story.auditor, "GET", path, params=query)
    assert (given.status_code, given.headers["content-type"]) == (200, "application/zip")
    kit = unpack(given.content, tmp_path)
    assert isinstance(told.verified(kit, told.witness_vkey), VerifiedKit)
    entry = story.entries(EntryKind.KIT_GIVEN)[-1]
    assert entry["said"] == {"scope": "release", "manifest_sha256": sha256_hex((kit / "MANIFEST.sha256").read_bytes())}
    assert "release_id" not in entry  # or each kit would give cause for another seal
    assert module.main([str(tmp_path / "kit.zip"), "--key", told.vkey, "--witness", told.witness_vkey]) == 0
    assert story.ask(story.head, "GET", path, params=query).status_code == 403
    assert story.ask(ADVISER, "GET", path, params=query).status_code == 404
    assert story.ask(story.auditor, "GET", path, params={"release_id": "rel_" + "0" * 24}).status_code == 404
    assert story.ask(None, "GET", path, params=query).status_code == 401
    given_before = len(story.entries(EntryKind.KIT_GIVEN))
    assert story.ask(story.head, "GET", path).status_code == 403
    assert len(story.entries(EntryKind.KIT_GIVEN)) == given_before


def test_kit_for_one_producers_auditor_shows_no_clear_values_of_other_entries(told: KitStory, tmp_path: Path) -> None:
    service = told.story.service
    with service.tools.reading() as connection:
        from app.records import releases

        organisation_id = releases.get_row(connection, told.release_id).organisation_id
    person_id = service.person("Uli Auditor", "uli.auditor@stats.gov.example")
    service.role(person_id, Role.AUDITOR, organisation_id)
    given = told.story.ask(person_id, "GET", "/audit/kit", params={"release_id": told.release_id})
    kit = unpack(given.content, tmp_path)
    assert told.verified(kit).entries == about(told)
    shown, hidden = 0, 0
    for path in sorted((kit / "receipts").iterdir()):
        receipt = json.loads(path.read_text("utf-8"))
        ours = "producer_id" in json.loads((kit / "entries" / path.name).read_text("utf-8"))
        assert bool(receipt["disclosed"]) == ours
        shown, hidden = shown + ours, hidden + (not ours)
    assert shown > 0
    assert told.story.ask(person_id, "GET", "/audit/kit").status_code == 403


def test_kit_holds_no_document_and_no_secret_key(told: KitStory, of_release: Path, of_log: Path) -> None:
    for kit in (of_release, of_log):
        for path in kit.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert b"PRIVATE KEY" not in content
                assert b"AGE-SECRET-KEY" not in content
                assert FIGURES not in content


def test_cosigned_head_that_only_an_earlier_key_signed_is_left_out(told: KitStory) -> None:
    from app.audit.export import cosigned_up_to, size_of

    note = told.story.tools.tiles.read_checkpoint()
    assert note is not None
    origin = told.vkey.split("+")[0]
    assert cosigned_up_to(told.story.tools.tiles, size_of(note), told.vkey) is not None
    assert cosigned_up_to(told.story.tools.tiles, size_of(note), ToyKey(origin, "a newer key").vkey) is None
    assert cosigned_up_to(told.story.tools.tiles, 0, told.vkey) is None


def test_kit_of_a_log_whose_database_was_altered_is_not_given(tmp_path: Path) -> None:
    told = KitStory(tmp_path)
    told.more(1)  # what is altered has been published
    with told.story.tools.database.engine.begin() as connection:
        about_it = (entries.c.release_id == told.release_id, entries.c.kind == "access_decided")
        row = connection.execute(entries.select().where(*about_it)).first()
        assert row is not None
        leaf = bytes(row.leaf).replace(b'"said":{', b'"said":{"a":1,', 1)
        connection.execute(entries.update().where(entries.c.arrival == row.arrival).values(leaf=leaf))
    given = told.story.ask(told.story.auditor, "GET", "/audit/kit", params={"release_id": told.release_id})
    assert (given.status_code, given.json()["code"]) == (500, "log_damaged")
    assert told.story.entries(EntryKind.KIT_GIVEN) == []
    told.story.service.close()


def test_kit_into_a_place_that_is_taken_is_refused(told: KitStory, tmp_path: Path) -> None:
    from app.actions import kits
    from app.rules.errors import Conflict

    (tmp_path / "taken.zip").write_bytes(b"")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_bytes(b"")
    for name in ("taken.zip", "full"):
        with pytest.raises(Conflict):
            kits.write_kit(told.story.tools, "operator", tmp_path / name, None)
    kits.write_kit(told.story.tools, "operator", tmp_path / "new.zip", None)
    assert module.main([str(tmp_path / "new.zip"), "--key", told.vkey]) == 0


def test_verifier_of_kits_takes_exported_logs_too(
    told: KitStory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    auditing.export_log(told.story.tools, "operator", tmp_path / "log")
    assert module.main([str(tmp_path / "log"), "--key", told.vkey, "--witness", told.witness_vkey]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("accepted: ")
    assert said[1].startswith(f"{told.witness_vkey.split('+')[0]} cosigned the first ")
    (tmp_path / "log/checkpoint.cosigned").unlink()
    assert module.main([str(tmp_path / "log"), "--key", told.vkey]) == 0
    assert module.main([str(tmp_path / "log"), "--key", told.vkey, "--witness", told.witness_vkey]) == 1
    assert "is not cosigned by" in capsys.readouterr().err
