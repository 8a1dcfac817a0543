"""A hardware module in software: SoftHSM2 with tokens in a folder of the tests' own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pkcs11
import pytest

from app.keys.pkcs11 import Pkcs11Module
from tests.needs import need_program

PIN = "20161907"
_PLACES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


@cache
def configured() -> Path:
    """Give SoftHSM2 a folder for its tokens, once in this process: its library reads that when it is loaded."""
    folder = Path(tempfile.mkdtemp(prefix="pra-softhsm-"))
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    return conf


def library() -> Path:
    """The module's library, or a skip by name."""
    need_program("softhsm2-util")
    found = next((Path(place) for place in _PLACES if Path(place).exists()), None)
    assert found is not None, "SoftHSM2 is installed, and its library is not where Debian puts it"
    return found


def a_token(label: str) -> Path:
    """Make a token of this name; gives the module's library."""
    path = library()
    configured()
    made = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "0000", "--pin", PIN]
    subprocess.run(made, check=True, capture_output=True)
    pkcs11.lib(str(path)).reinitialize()
    return path


def a_module(label: str) -> Pkcs11Module:
    """Make a token and sign in to it."""
    return Pkcs11Module(a_token(label), label, PIN)


def lose_token(label: str) -> None:
    """Take the token away, as when somebody pulls it out; the library has to be greeted anew to see that."""
    if subprocess.run(["softhsm2-util", "--delete-token", "--token", label], capture_output=True).returncode:
        pytest.fail(f"the token {label} could not be removed")
