"""Programs of other people that some tests need. Absent: skipped on a desk, a failure in continuous integration."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def need_program(name: str) -> str:
    """Give the path of a program, or skip; where ``CI=true`` a skip would hide a missing proof, so it fails."""
    path = shutil.which(name)
    if path is None:
        lacking(f"the program {name!r} is not installed")
    return path


def lacking(what: str) -> NoReturn:
    """Skip for want of something; where ``CI=true``, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
