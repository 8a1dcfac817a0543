"""With CI=true a skip is a failure; at a desk it is a skip."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

_TESTS = {
    "skips": "import pytest\ndef test_planted():\n    pytest.skip('age is not installed')\n",
    "skips by mark": "import pytest\n@pytest.mark.skip(reason='age is not installed')\ndef test_planted(): ...\n",
    "skips in a fixture": (
        "import pytest\n@pytest.fixture\ndef planted(): pytest.skip('age is not installed')\n"
        "def test_planted(planted): ...\n"
    ),
    "skips the module": "import pytest\npytest.skip('age is not installed', allow_module_level=True)\n",
    "expects to fail": (
        "import pytest\n@pytest.mark.xfail(reason='age is not installed')\ndef test_planted(): assert False\n"
    ),
}


def _run(source: str, ci: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "test_planted.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.skips", "-p", "no:cacheprovider", "test_planted.py"],
        cwd=folder,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("source", _TESTS.values(), ids=_TESTS.keys())
def test_skip_in_the_builder_is_a_failure_that_says_why(source: str, tmp_path: Path) -> None:
    ran = _run(source, "true", tmp_path)
    assert ran.returncode != 0
    assert "with CI=true a skip is a failure" in ran.stdout
    assert "age is not installed" in ran.stdout


def test_skip_at_a_desk_is_a_skip(tmp_path: Path) -> None:
    ran = _run(_TESTS["skips"], "", tmp_path)
    assert ran.returncode == 0
    assert "1 skipped" in ran.stdout


def test_pass_in_the_builder_is_a_pass(tmp_path: Path) -> None:
    ran = _run("def test_planted(): assert True\n", "true", tmp_path)
    assert ran.returncode == 0
    assert "1 passed" in ran.stdout
