"""Office's own encryption of a whole package: agile, AES-256 and SHA-512, as Word, Excel and PowerPoint write it.

The container around it comes from a library, and the cryptography does not: that library fills half of its 256-bit key
with a constant (docs/adr/0012). What is written here is opened in the tests by LibreOffice and by that same library.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from io import BytesIO
from struct import pack

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.method.container.ecma376_encrypted import ECMA376Encrypted

SPIN_COUNT = 100_000
"""How often the passphrase is hashed: what Office itself writes."""

SMALLEST_BYTES = 4096
"""A compound file keeps shorter streams in another way, which the library does not write."""

_KEY_BYTES, _BLOCK_BYTES, _SALT_BYTES, _HASH_BYTES = 32, 16, 16, 64
_SEGMENT_BYTES = 4096
_VERSION = pack("<HHI", 4, 4, 0x40)

# MS-OFFCRYPTO 2.3.4.13 and 2.3.4.14: what each key and each vector is derived for.
_VERIFIER_INPUT = bytes.fromhex("fea7d2763b4b9e79")
_VERIFIER_VALUE = bytes.fromhex("d7aa0f6d3061344e")
_KEY_VALUE = bytes.fromhex("146e0be7abacd0d6")
_HMAC_KEY = bytes.fromhex("5fb2ad010cb9e1f6")
_HMAC_VALUE = bytes.fromhex("a0677f02b22c8433")


@dataclass(frozen=True, slots=True)
class _Locked:
    """The package's key, and what lets the passphrase open it; base64 where it is written down."""

    spin_count: int
    salt: str
    verifier_input: str
    verifier_value: str
    key_value: str


def agile_encrypted(package: bytes, passphrase: str, *, spin_count: int = SPIN_COUNT) -> bytes:
    """Encrypt an OOXML package as Office does when somebody sets “Encrypt with Password”.

    Args:
        package: The whole docx, xlsx or pptx; at least ``SMALLEST_BYTES``.
        passphrase: At most 255 characters.
        spin_count: How often it is hashed; only what is thrown away again may have fewer.

    Returns:
        A compound file with the streams ``EncryptionInfo`` and ``EncryptedPackage``. Keys and salts are new each time.

    Raises:
        ValueError: The package is shorter than ``SMALLEST_BYTES``.

    Source:
        MS-OFFCRYPTO 2.3.4.10 to 2.3.4.15
    """
    if len(package) < SMALLEST_BYTES:
        raise ValueError("the package is too short for its container")
    key, salt = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_SALT_BYTES)
    encrypted = _package(package, key, salt)
    # The HMAC's key is as long as the hash; both are encrypted under vectors of their own.
    hmac_key = secrets.token_bytes(_HASH_BYTES)
    hmac_value = hmac.digest(hmac_key, encrypted, "sha512")
    integrity = (
        _text(_encrypt(hmac_key, key, _vector(salt, _HMAC_KEY))),
        _text(_encrypt(hmac_value, key, _vector(salt, _HMAC_VALUE))),
    )
    info = _VERSION + _description(_text(salt), integrity, _lock(key, passphrase, spin_count)).encode("ascii")
    out = BytesIO()
    ECMA376Encrypted(encrypted, info).write_to(out)
    return out.getvalue()


def _package(package: bytes, key: bytes, salt: bytes) -> bytes:
    """Encrypt in segments of 4 KiB, each under a vector from its number; the true length stands before them."""
    out = BytesIO()
    out.write(pack("<Q", len(package)))
    for number, start in enumerate(range(0, len(package), _SEGMENT_BYTES)):
        segment = package[start : start + _SEGMENT_BYTES]
        padded = segment + bytes(-len(segment) % _BLOCK_BYTES)
        out.write(_encrypt(padded, key, _vector(salt, pack("<I", number))))
    return out.getvalue()


def _lock(key: bytes, passphrase: str, spin_count: int) -> _Locked:
    salt = secrets.token_bytes(_SALT_BYTES)
    spun = hashlib.sha512(salt + passphrase.encode("utf-16-le")).digest()
    for turn in range(spin_count):
        spun = hashlib.sha512(pack("<I", turn) + spun).digest()

    def derived(purpose: bytes) -> bytes:
        return hashlib.sha512(spun + purpose).digest()[:_KEY_BYTES]

    probe = secrets.token_bytes(_SALT_BYTES)
    return _Locked(
        spin_count=spin_count,
        salt=_text(salt),
        verifier_input=_text(_encrypt(probe, derived(_VERIFIER_INPUT), salt)),
        verifier_value=_text(_encrypt(hashlib.sha512(probe).digest(), derived(_VERIFIER_VALUE), salt)),
        key_value=_text(_encrypt(key, derived(_KEY_VALUE), salt)),
    )


def _vector(salt: bytes, purpose: bytes) -> bytes:
    return hashlib.sha512(salt + purpose).digest()[:_BLOCK_BYTES]


def _encrypt(plain: bytes, key: bytes, vector: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _description(salt: str, integrity: tuple[str, str], locked: _Locked) -> str:
    ciphers = (
        f'saltSize="{_SALT_BYTES}" blockSize="{_BLOCK_BYTES}" keyBits="{_KEY_BYTES * 8}" hashSize="{_HASH_BYTES}" '
        'cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512"'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
        '<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" '
        'xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
        f'<keyData {ciphers} saltValue="{salt}"/>'
        f'<dataIntegrity encryptedHmacKey="{integrity[0]}" encryptedHmacValue="{integrity[1]}"/>'
        '<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
        f'<p:encryptedKey spinCount="{locked.spin_count}" {ciphers} saltValue="{locked.salt}" '
        f'encryptedVerifierHashInput="{locked.verifier_input}" encryptedVerifierHashValue="{locked.verifier_value}" '
        f'encryptedKeyValue="{locked.key_value}"/>'
        "</keyEncryptor></keyEncryptors></encryption>"
    )
