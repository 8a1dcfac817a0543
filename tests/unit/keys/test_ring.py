"""The key ring: made only on request, refused when it cannot be trusted, whole after any fault."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from app.keys import Keys, Purpose, Ring, create_ring, load_ring
from app.rules.errors import Broken, Code, Conflict, KeyMissing, PraError
from tests.unit.keys.forge import b64

ESCROW = "age1" + "q" * 58
PURPOSES = ["log", "tokens", "declarations", "kek", "sessions"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_ring(tmp_path / "ring")
    return tmp_path / "ring"


def kids(ring: Ring) -> dict[str, list[str]]:
    return {purpose: [known.kid for known in getattr(ring, purpose).every()] for purpose in PURPOSES}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def key_file(folder: Path, purpose: str) -> Path:
    return next(folder.glob(f"{purpose}.*"))


def edit_index(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "ring.json"
    index = json.loads(path.read_text())
    change(index)
    path.write_text(json.dumps(index))


def refusal(folder: Path, kind: type[PraError]) -> str:
    with pytest.raises(kind) as raised:
        load_ring(folder)
    assert type(raised.value) is kind
    return raised.value.detail


# Made, and loaded again.


def test_ring_created_is_private_whole_and_loads_as_it_was_made(tmp_path: Path) -> None:
    made = create_ring(tmp_path / "new" / "ring")
    folder = tmp_path / "new" / "ring"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert kids(load_ring(folder)) == kids(made)
    assert {purpose: len(found) for purpose, found in kids(made).items()} == dict.fromkeys(PURPOSES, 1)
    endings = {"log": "pem", "tokens": "pem", "declarations": "pem", "kek": "txt", "sessions": "txt"}
    expected = {f"{purpose}.{found[0]}.{endings[purpose]}" for purpose, found in kids(made).items()}
    assert set(files(folder)) == expected | {"ring.json"}


def test_ring_created_is_private_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_ring(tmp_path / "ring")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "ring").iterdir()} == {0o600}


def test_ring_keys_are_of_the_kind_their_purpose_asks_for(folder: Path) -> None:
    ring = load_ring(folder)
    assert isinstance(ring.log.current.key, ed25519.Ed25519PrivateKey)
    assert ring.tokens.current.key.curve.name == "secp256r1"
    assert ring.declarations.current.key.curve.name == "secp256r1"
    assert (len(ring.kek.current.key), len(ring.sessions.current.key)) == (32, 32)


def test_ring_key_files_are_pkcs8_that_others_can_read(folder: Path) -> None:
    text = key_file(folder, "tokens").read_bytes()
    assert text.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    read = load_pem_private_key(text, password=None)
    assert isinstance(read, ec.EllipticCurvePrivateKey)
    assert read.private_numbers() == load_ring(folder).tokens.current.key.private_numbers()


def test_ring_from_disk_unwraps_and_verifies_what_it_made_before(folder: Path) -> None:
    before, after = Keys(load_ring(folder)), Keys(load_ring(folder))
    assert after.unwrap(before.wrap(b"secret", "document/1"), "document/1") == b"secret"
    assert after.verify_declaration(before.sign_declaration(b"{}")) == b"{}"


def test_ring_in_memory_is_whole_and_different_each_time() -> None:
    first, second = kids(Ring.in_memory()), kids(Ring.in_memory())
    assert [first[purpose] == second[purpose] for purpose in PURPOSES] == [False] * 5


def test_ring_shows_no_key_in_its_representation() -> None:
    ring = Ring.in_memory()
    shown = f"{ring!r} {ring} {ring.kek!r} {ring.kek.current!r} {ring.tokens!r}"
    assert ring.kek.current.kid in shown
    hidden = [repr(ring.kek.current.key), ring.kek.current.key.hex(), b64(ring.kek.current.key), "object at 0x"]
    assert [secret in shown for secret in hidden] == [False] * 4


# Never made silently, never made twice.


def test_ring_that_is_missing_is_not_made_by_loading(tmp_path: Path) -> None:
    assert (
        refusal(tmp_path / "ring", KeyMissing)
        == f"There is no key ring at {tmp_path}/ring. Restore it from its backup; "
        "only for a new service does `pra init` make one."
    )
    assert list(tmp_path.iterdir()) == []


def test_ring_without_index_is_not_made_by_loading(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert refusal(tmp_path, KeyMissing) == f"There is no ring.json in {tmp_path}. Run `pra init` to make a key ring."
    assert list(tmp_path.iterdir()) == []


def test_ring_is_not_created_over_another(folder: Path) -> None:
    before = files(folder)
    with pytest.raises(Conflict) as raised:
        create_ring(folder)
    assert raised.value.code == Code.ALREADY_EXISTS
    assert files(folder) == before


def test_ring_is_not_created_among_other_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Conflict, match=r"notes\.txt among them"):
        create_ring(tmp_path)
    assert files(tmp_path) == {"notes.txt": b"mine"}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_ring_is_created_in_an_empty_folder_which_becomes_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "escrow-recipient.txt").write_text(ESCROW)
    assert create_ring(tmp_path).escrow_recipient_text == ESCROW
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_ring_is_not_created_through_a_link_or_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").write_text("mine")
    for place in ("link", "file"):
        with pytest.raises(Broken, match="not a folder of its own"):
            create_ring(tmp_path / place)
    assert (list((tmp_path / "elsewhere").iterdir()), (tmp_path / "file").read_text()) == ([], "mine")
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o755


# Refused when it cannot be trusted.


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o770, 0o701, 0o710, 0o777])
def test_ring_in_a_folder_open_to_others_is_refused(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    assert refusal(folder, Broken) == (
        f"The key ring {folder} is open to others (mode {mode:04o}). Run `chmod 700 {folder}`."
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o620, 0o602, 0o644])
@pytest.mark.parametrize("which", [*PURPOSES, "ring"])
def test_ring_with_a_file_open_to_others_is_refused(folder: Path, mode: int, which: str) -> None:
    path = key_file(folder, which)
    path.chmod(mode)
    detail = refusal(folder, Broken)
    assert detail == f"{path} is open to others (mode {mode:04o}). Treat the key as lost, or run `chmod 600`."


@pytest.mark.parametrize("purpose", PURPOSES)
def test_ring_with_a_missing_key_is_refused_and_names_it(folder: Path, purpose: str) -> None:
    path = key_file(folder, purpose)
    path.unlink()
    before = files(folder)
    assert refusal(folder, KeyMissing) == (
        f"{path} is missing. Restore it from the backup; `pra init` makes a whole new ring."
    )
    assert files(folder) == before


@pytest.mark.parametrize("which", [*PURPOSES, "ring"])
def test_ring_with_a_link_in_place_of_a_file_is_refused(folder: Path, which: str, tmp_path: Path) -> None:
    path = key_file(folder, which)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    assert refusal(folder, Broken).startswith(f"{path} cannot be read: ")


def test_ring_behind_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert refusal(tmp_path / "link", Broken).endswith("(a link or a file lies there).")


def test_ring_with_a_pipe_or_folder_in_place_of_a_key_is_refused(folder: Path) -> None:
    path = key_file(folder, "kek")
    path.unlink()
    os.mkfifo(path, 0o600)
    assert refusal(folder, Broken) == f"{path} is not a plain file."
    path.unlink()
    path.mkdir(mode=0o700)
    assert refusal(folder, Broken) == f"{path} is not a plain file."


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_ring_with_a_file_or_folder_of_another_identity_is_refused(folder: Path) -> None:
    path = key_file(folder, "log")
    os.chown(path, 65534, -1)
    assert refusal(folder, Broken) == f"{path} belongs to another identity on this machine (number 65534)."
    os.chown(path, 0, -1)
    os.chown(folder, 65534, -1)
    assert refusal(folder, Broken) == f"{folder} belongs to another identity on this machine (number 65534)."


def test_ring_with_a_file_larger_than_any_key_is_refused(folder: Path) -> None:
    path = key_file(folder, "kek")
    path.write_bytes(b"A" * 16_385)
    assert refusal(folder, Broken) == f"{path} is larger than any key."


def pem(key: Any) -> bytes:
    text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return text


WRONG_PEM = {
    "empty": b"",
    "noise": b"\x00\xff" * 20,
    "p384": pem(ec.generate_private_key(ec.SECP384R1())),
    "rsa": pem(rsa.generate_private_key(65537, 2048)),
    "kek": b"A" * 43 + b"=\n",
}


@pytest.mark.parametrize("content", WRONG_PEM)
@pytest.mark.parametrize("purpose", ["log", "tokens", "declarations"])
def test_ring_with_a_damaged_or_wrong_kind_of_private_key_is_refused(folder: Path, purpose: str, content: str) -> None:
    key_file(folder, purpose).write_bytes(WRONG_PEM[content])
    assert refusal(folder, Broken) == (
        f"A key for {purpose} in the key ring is damaged or of the wrong kind. Restore it from the backup."
    )


def test_ring_whose_log_key_and_token_key_are_exchanged_is_refused(folder: Path) -> None:
    log, tokens = key_file(folder, "log"), key_file(folder, "tokens")
    log_text, tokens_text = log.read_bytes(), tokens.read_bytes()
    log.write_bytes(tokens_text)
    tokens.write_bytes(log_text)
    assert refusal(folder, Broken).startswith("A key for log in the key ring is damaged or of the wrong kind.")


@pytest.mark.parametrize("content", [b"", b"AAAA", b"A" * 44, b"!" * 44, b"A" * 42 + b"==", b"\xff" * 44])
@pytest.mark.parametrize("purpose", ["kek", "sessions"])
def test_ring_with_a_damaged_secret_is_refused(folder: Path, purpose: str, content: bytes) -> None:
    key_file(folder, purpose).write_bytes(content)
    assert refusal(folder, Broken).startswith(f"A key for {purpose} in the key ring is damaged")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_ring_whose_key_is_another_of_the_same_kind_is_refused(folder: Path, purpose: str, tmp_path: Path) -> None:
    create_ring(tmp_path / "other")
    path = key_file(folder, purpose)
    path.write_bytes(key_file(tmp_path / "other", purpose).read_bytes())
    assert refusal(folder, Broken) == f"The file {path.name} in the key ring holds another key than its name says."


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"format": "pra-ring/1", "format": "pra-ring/1", "keys": {}}', "\ufeff{}", "[" * 9000],
)
def test_ring_whose_index_is_no_json_object_is_refused(folder: Path, text: str) -> None:
    (folder / "ring.json").write_text(text)
    assert refusal(folder, Broken).startswith("ring.json is damaged: ")


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.update(format="pra-ring/2"),
        lambda index: index.pop("format"),
        lambda index: index.update(more=1),
        lambda index: index.update(keys=[]),
        lambda index: index.pop("keys"),
    ],
)
def test_ring_whose_index_is_in_another_format_is_refused(folder: Path, change: Callable[[Any], object]) -> None:
    edit_index(folder, change)
    assert refusal(folder, Broken) == "ring.json is not in the format pra-ring/1."


@pytest.mark.parametrize("purpose", PURPOSES)
def test_ring_whose_index_lacks_a_purpose_or_has_another_is_refused(folder: Path, purpose: str) -> None:
    expected = "ring.json must name the purposes log, tokens, declarations, kek, sessions and no others."
    edit_index(folder, lambda index: index["keys"].update(other=index["keys"][purpose]))
    assert refusal(folder, Broken) == expected
    edit_index(folder, lambda index: (index["keys"].pop("other"), index["keys"].pop(purpose)))
    assert refusal(folder, Broken) == expected


@pytest.mark.parametrize("written", [None, [], "kid", {}, {"current": "x"}, {"current": "x", "retired": "y"}])
def test_ring_whose_index_does_not_say_what_is_current_is_refused(folder: Path, written: Any) -> None:
    edit_index(folder, lambda index: index["keys"].update(kek=written))
    assert refusal(folder, Broken) == "ring.json does not say which key for kek is current and which are retired."


@pytest.mark.parametrize("kid", ["", None, 7, "../" * 14 + "x", "A" * 42, "A" * 44, "A" * 43 + "\n", "A" * 42 + "/"])
def test_ring_whose_index_names_what_cannot_be_a_key_is_refused(folder: Path, kid: Any) -> None:
    expected = "ring.json names a key for kek that cannot be one, or names one twice."
    edit_index(folder, lambda index: index["keys"]["kek"].update(retired=[kid]))
    assert refusal(folder, Broken) == expected
    edit_index(folder, lambda index: index["keys"]["kek"].update(retired=[], current=kid))
    assert refusal(folder, Broken) == expected


def test_ring_whose_index_names_a_key_twice_is_refused(folder: Path) -> None:
    edit_index(folder, lambda index: index["keys"]["kek"].update(retired=[index["keys"]["kek"]["current"]]))
    assert refusal(folder, Broken) == "ring.json names a key for kek that cannot be one, or names one twice."


# Escrow.


def test_ring_without_escrow_recipient_has_none(folder: Path) -> None:
    assert Keys(load_ring(folder)).escrow_recipient_text is None


def test_ring_with_escrow_recipient_gives_its_text_even_when_others_may_read_it(folder: Path) -> None:
    (folder / "escrow-recipient.txt").write_text(f"{ESCROW}\n")
    (folder / "escrow-recipient.txt").chmod(0o644)
    assert Keys(load_ring(folder)).escrow_recipient_text == ESCROW


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_ring_whose_escrow_recipient_others_may_change_is_refused(folder: Path, mode: int) -> None:
    path = folder / "escrow-recipient.txt"
    path.write_text(ESCROW)
    path.chmod(mode)
    assert refusal(folder, Broken).startswith(f"{path} is open to others")


@pytest.mark.parametrize(
    "text", ["", "age1", ESCROW + "q", ESCROW[:-1], ESCROW.upper(), f"{ESCROW}\n{ESCROW}", "age1" + "b" * 58, "# note"]
)
def test_ring_whose_escrow_recipient_is_not_one_is_refused(folder: Path, text: str) -> None:
    (folder / "escrow-recipient.txt").write_text(text)
    expected = "escrow-recipient.txt must hold one age recipient (age1 and 58 more characters) and nothing else."
    assert refusal(folder, Broken) == expected
    with pytest.raises(Broken):
        Ring.in_memory(escrow_recipient_text=text)


# Rotated, and forgotten.


@pytest.mark.parametrize("purpose", PURPOSES)
def test_ring_rotated_retires_the_key_before_and_touches_no_other(folder: Path, purpose: str) -> None:
    ring = load_ring(folder)
    before, texts = kids(ring), files(folder)
    new = ring.rotate(Purpose(purpose))
    assert kids(ring) == {**before, purpose: [new, *before[purpose]]}
    assert kids(load_ring(folder)) == kids(ring)
    kept = {name: text for name, text in files(folder).items() if name in texts and name != "ring.json"}
    assert kept == {name: text for name, text in texts.items() if name != "ring.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_ring_rotated_in_two_processes_keeps_every_key(folder: Path) -> None:
    first, second = load_ring(folder), load_ring(folder)
    start = kids(first)["kek"]
    one, two = first.rotate(Purpose.KEK), second.rotate(Purpose.KEK)
    assert kids(second)["kek"] == [two, one, *start]
    assert kids(load_ring(folder)) == kids(second)


def test_ring_rotated_after_it_vanished_is_not_made_again(folder: Path) -> None:
    ring = load_ring(folder)
    (folder / "ring.json").unlink()
    before = files(folder)
    with pytest.raises(KeyMissing, match="pra init"):
        ring.rotate(Purpose.KEK)
    assert files(folder) == before


def test_ring_forgets_a_retired_key_and_destroys_its_file(folder: Path) -> None:
    ring = load_ring(folder)
    old = ring.kek.current.kid
    new = ring.rotate(Purpose.KEK)
    assert f"kek.{old}.txt" in files(folder)
    ring.forget(Purpose.KEK, old)
    assert kids(load_ring(folder)) == kids(ring)
    assert (kids(ring)["kek"], f"kek.{old}.txt" in files(folder)) == ([new], False)


@pytest.mark.parametrize("on_disk", [True, False])
def test_ring_does_not_forget_the_current_key_or_one_it_does_not_have(folder: Path, on_disk: bool) -> None:
    ring = load_ring(folder) if on_disk else Ring.in_memory()
    before, texts = kids(ring), files(folder)
    with pytest.raises(Conflict, match="Rotate first"):
        ring.forget(Purpose.KEK, ring.kek.current.kid)
    with pytest.raises(KeyMissing):
        ring.forget(Purpose.KEK, ring.tokens.current.kid)
    assert (kids(ring), files(folder)) == (before, texts)


# Faults: each durable write fails once, at each place; nothing is lost and nothing half-made is used.


class FailsAt:
    """A system call that fails the n-th time, as a full or broken disk makes it fail, before or after its effect."""

    def __init__(self, real: Callable[..., Any], nth: int, *, after_effect: bool) -> None:
        self.real, self.nth, self.after_effect, self.calls = real, nth, after_effect, 0

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls != self.nth:
            return self.real(*args, **named)
        if self.after_effect:
            self.real(*args, **named)
        raise OSError(errno.EIO, "input/output error")


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize(
    ("call", "times"), [("os.fsync", 4), ("os.write", 2), ("os.fchmod", 2), ("pathlib.Path.rename", 2)]
)
def test_ring_rotation_that_fails_anywhere_leaves_the_old_or_the_new_ring_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, times: int, after_effect: bool
) -> None:
    module, _, name = call.rpartition(".")
    real = getattr(os if module == "os" else Path, name)
    for nth in range(1, times + 1):
        ring = load_ring(folder)
        before = kids(ring)
        with monkeypatch.context() as patched:
            # A plain function, so that it also stands in for a method.
            failing = FailsAt(real, nth, after_effect=after_effect)
            patched.setattr(call, lambda *args, _failing=failing, **named: _failing(*args, **named))
            with pytest.raises(OSError, match="input/output error"):
                ring.rotate(Purpose.KEK)
        assert failing.calls >= nth
        assert kids(ring) == before
        after = kids(load_ring(folder))
        assert after["kek"][-len(before["kek"]) :] == before["kek"]
        assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
        assert load_ring(folder).rotate(Purpose.KEK) == kids(load_ring(folder))["kek"][0]


def test_ring_creation_that_fails_anywhere_leaves_no_ring_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ring"
    for nth in range(1, 12):  # six files, each with its own sync and that of the folder; the last comes after the index
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", FailsAt(os.fsync, nth, after_effect=False))
            with pytest.raises(OSError, match="input/output error"):
                create_ring(folder)
        with pytest.raises(KeyMissing, match="pra init"):
            load_ring(folder)
        shutil.rmtree(folder)
    assert kids(create_ring(folder)) == kids(load_ring(folder))
