"""Key-encryption keys in a hardware module: one stored form, never taken out, and no bytes when it falls silent."""

from __future__ import annotations

import base64
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, MechanismFlag, ObjectClass

from app.keys import Keys
from app.keys.material import Purpose
from app.keys.pkcs11 import Pkcs11Module
from app.keys.ring import create_ring, load_ring
from app.rules.errors import Broken, KeyMissing, SealBroken, Unavailable
from app.settings import Settings
from app.wiring import make_tools, migrate
from tests import hsm

SECRET, CONTEXT = b"AGE-SECRET-KEY-1TOY", "doc_0123456789abcdef01234567"


# The library ends a search on a session that is gone by saying so on standard error; what we make of it is tested.
GONE = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def label() -> str:
    return f"pra-{secrets.token_hex(6)}"


@pytest.fixture(scope="module")
def module() -> Pkcs11Module:
    """One token for all tests that leave it as it is; each makes keys of its own in it."""
    return hsm.a_module(f"pra-{secrets.token_hex(6)}")


def test_secret_wrapped_in_the_module_has_the_form_of_any_other_and_opens_again(
    tmp_path: Path, module: Pkcs11Module
) -> None:
    keys = Keys(create_ring(tmp_path / "keys", module))
    wrapped = keys.wrap(SECRET, CONTEXT)
    assert (wrapped[:11], len(wrapped) - len(SECRET)) == (b"pra-wrap/1\n", 82)
    assert wrapped.startswith(keys.current_prefix())
    assert keys.unwrap(wrapped, CONTEXT) == SECRET
    again = Keys(load_ring(tmp_path / "keys", module))
    assert again.unwrap(wrapped, CONTEXT) == SECRET


def test_key_lies_in_the_module_alone_and_cannot_be_taken_out(tmp_path: Path, module: Pkcs11Module) -> None:
    ring = create_ring(tmp_path / "keys", module)
    kid = ring.kek.current.kid
    names = sorted(path.name for path in (tmp_path / "keys").glob("kek.*"))
    assert names == [f"kek.{kid}.held"]
    assert (tmp_path / "keys" / names[0]).read_text() == f"{module.token}\n"

    def value(session: pkcs11.Session) -> bytes:
        return bytes(module.found(session, kid)[Attribute.VALUE])

    with pytest.raises(Unavailable, match="AttributeSensitive"):
        module.ask(value)


@pytest.mark.parametrize("spoilt", ["context", "tag", "nonce", "kid"])
def test_altered_secret_is_refused_by_the_module(tmp_path: Path, module: Pkcs11Module, spoilt: str) -> None:
    keys = Keys(create_ring(tmp_path / "keys", module))
    wrapped = bytearray(keys.wrap(SECRET, CONTEXT))
    place = {"context": None, "tag": -1, "nonce": 60, "kid": 20}[spoilt]
    if place is not None:
        wrapped[place] ^= 1
    expected = KeyMissing if spoilt == "kid" else SealBroken
    with pytest.raises(expected):
        keys.unwrap(bytes(wrapped), "another" if spoilt == "context" else CONTEXT)
    assert keys.unwrap(keys.wrap(SECRET, CONTEXT), CONTEXT) == SECRET  # and goes on working


def test_files_key_and_modules_key_stand_in_one_ring_and_both_open(tmp_path: Path, module: Pkcs11Module) -> None:
    first = Keys(create_ring(tmp_path / "keys"))
    in_file = first.wrap(SECRET, CONTEXT)
    moved = Keys(load_ring(tmp_path / "keys", module))
    moved.rotate("kek")
    in_module = moved.wrap(SECRET, CONTEXT)
    assert in_module[:54] != in_file[:54]
    loaded = Keys(load_ring(tmp_path / "keys", module))
    assert [loaded.unwrap(one, CONTEXT) for one in (in_file, in_module)] == [SECRET, SECRET]
    assert [loaded.held_in(kid) for kid in loaded.kids("kek")] == ["the hardware module", "the key ring's folder"]


def test_ring_whose_key_lies_in_a_module_does_not_load_without_it(tmp_path: Path, module: Pkcs11Module) -> None:
    create_ring(tmp_path / "keys", module)
    with pytest.raises(KeyMissing, match=f"lies in the token “{module.token}”"):
        load_ring(tmp_path / "keys")
    with pytest.raises(KeyMissing, match=f"lies in the token “{module.token}”"):
        load_ring(tmp_path / "keys", hsm.a_module(f"other-{secrets.token_hex(4)}"))


def test_key_forgotten_is_destroyed_in_the_module_too(tmp_path: Path, module: Pkcs11Module) -> None:
    ring = create_ring(tmp_path / "keys", module)
    old = ring.kek.current.kid
    ring.rotate(Purpose.KEK)
    ring.forget(Purpose.KEK, old)
    with pytest.raises(KeyMissing, match="has no key"):
        module.get(old)
    assert not (tmp_path / "keys" / f"kek.{old}.held").exists()
    assert load_ring(tmp_path / "keys", module).kek.current.kid == ring.kek.current.kid


def test_key_that_could_be_taken_out_is_not_used(module: Pkcs11Module) -> None:
    identifier = secrets.token_bytes(32)

    def careless(session: pkcs11.Session) -> None:
        session.generate_key(
            KeyType.AES,
            256,
            id=identifier,
            store=True,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
            template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
        )

    module.ask(careless)
    kid = base64.urlsafe_b64encode(identifier).decode().rstrip("=")
    with pytest.raises(KeyMissing, match="could be taken out"):
        module.get(kid)


@GONE
def test_session_that_was_closed_is_opened_again(tmp_path: Path, module: Pkcs11Module) -> None:
    keys = Keys(create_ring(tmp_path / "keys", module))
    wrapped = keys.wrap(SECRET, CONTEXT)
    module.ask(lambda session: session.close())
    assert keys.unwrap(wrapped, CONTEXT) == SECRET


@GONE
def test_token_pulled_out_gives_no_byte_and_says_so(tmp_path: Path, label: str) -> None:
    module = hsm.a_module(label)
    keys = Keys(create_ring(tmp_path / "keys", module))
    wrapped = keys.wrap(SECRET, CONTEXT)
    hsm.lose_token(label)
    module.ask(lambda session: session.close())  # the library notices only when it has to ask again
    with pytest.raises(Unavailable, match="The hardware module that holds our keys does not answer"):
        keys.unwrap(wrapped, CONTEXT)
    with pytest.raises(Unavailable):
        keys.wrap(SECRET, CONTEXT)


def test_wrong_pin_and_unknown_token_are_told_at_the_start_and_the_pin_is_not(label: str) -> None:
    path = hsm.a_token(label)
    with pytest.raises(Unavailable) as wrong:
        Pkcs11Module(path, label, "99999999")
    assert "PinIncorrect" in wrong.value.detail
    assert "99999999" not in f"{wrong.value!r} {wrong.value.detail}"
    with pytest.raises(Unavailable, match="NoSuchToken"):
        Pkcs11Module(path, "nobody", hsm.PIN)
    assert hsm.PIN not in repr(Pkcs11Module(path, label, hsm.PIN))


def test_many_threads_wrap_and_unwrap_at_once(tmp_path: Path, module: Pkcs11Module) -> None:
    keys = Keys(create_ring(tmp_path / "keys", module))

    def round_trip(number: int) -> bool:
        secret = f"secret {number}".encode()
        return keys.unwrap(keys.wrap(secret, CONTEXT), CONTEXT) == secret

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(round_trip, range(200)))


def test_service_takes_the_module_from_its_settings_and_does_not_start_without_it(tmp_path: Path, label: str) -> None:
    path = hsm.a_token(label)
    (tmp_path / "pin").write_text(f"{hsm.PIN}\n")
    chosen = Settings(
        _env_file=None, var_dir=tmp_path / "service", hsm_library=path, hsm_token=label, hsm_pin_file=tmp_path / "pin"
    )
    module = Pkcs11Module(path, label, hsm.PIN)
    chosen.keys_folder.parent.mkdir(parents=True)
    create_ring(chosen.keys_folder, module)
    migrate(chosen)
    tools = make_tools(chosen)
    assert tools.keys.unwrap(tools.keys.wrap(SECRET, CONTEXT), CONTEXT) == SECRET
    tools.database.close()
    with pytest.raises(Broken, match="set PRA_HSM_TOKEN and PRA_HSM_PIN_FILE too"):
        make_tools(chosen.model_copy(update={"hsm_token": ""}))
    hsm.lose_token(label)
    pkcs11.lib(str(path)).reinitialize()  # as in a process that starts
    with pytest.raises(Unavailable, match="does not answer"):
        make_tools(chosen)


def test_objects_in_the_token_are_ours_and_private(tmp_path: Path, label: str) -> None:
    module = hsm.a_module(label)
    create_ring(tmp_path / "keys", module)

    def flags(session: pkcs11.Session) -> list[tuple[bool, bool, bool]]:
        return [
            (key[Attribute.SENSITIVE], key[Attribute.EXTRACTABLE], key[Attribute.PRIVATE])
            for key in session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY})
        ]

    assert module.ask(flags) == [(True, False, True)]
