"""Programs of other people that some tests need. Absent: skipped on a desk, a failure in continuous integration."""

from __future__ import annotations

import os
import shutil

import pytest


def need_program(name: str) -> str:
    """Give the path of a program, or skip; where ``CI=true`` a skip would hide a missing proof, so it fails."""
    path = shutil.which(name)
    if path is None:
        missing = f"the program {name!r} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return path
