"""What every test may ask for. Fixtures live in the plugins below; facts are made by plain functions in build.py."""

from __future__ import annotations

import os

from hypothesis import settings

pytest_plugins = ["tests.figures", "tests.libreoffice", "tests.order", "tests.postgres", "tests.skips"]

# The same examples on every run, so that a red build is red again at a desk; `nightly` looks further each night.
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))
