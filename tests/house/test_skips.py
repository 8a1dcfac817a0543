"""With CI=true a skip is a failure; at a desk it is a skip."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

_MODULES = {
    "test_in_the_body.py": "import pytest\ndef test_planted():\n    pytest.skip('no age')\n",
    "test_by_mark.py": "import pytest\n@pytest.mark.skip(reason='no age')\ndef test_planted(): ...\n",
    "test_in_a_fixture.py": (
        "import pytest\n@pytest.fixture\ndef planted(): pytest.skip('no age')\ndef test_planted(planted): ...\n"
    ),
    "test_as_expected.py": "import pytest\n@pytest.mark.xfail(reason='no age')\ndef test_planted(): assert False\n",
    "test_whole_module.py": "import pytest\npytest.skip('no age', allow_module_level=True)\n",
    "test_that_passes.py": "def test_planted(): assert True\n",
}


def _run(ci: str, folder: Path) -> subprocess.CompletedProcess[str]:
    for name, source in _MODULES.items():
        (folder / name).write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    options = ["-q", "-p", "tests.skips", "-p", "no:cacheprovider", "--continue-on-collection-errors", "--tb=line"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_skip_in_the_builder_is_a_failure_that_says_why(tmp_path: Path) -> None:
    ran = _run("true", tmp_path)
    assert ran.returncode == 1
    assert "2 failed, 1 passed, 3 errors" in ran.stdout, ran.stdout
    said = r"^(\S+?\.py)\S* was skipped, and with CI=true a skip is a failure.\nThe test said: .*no age$"
    told = re.findall(said, ran.stdout, flags=re.MULTILINE)
    assert sorted(set(told)) == sorted(set(_MODULES) - {"test_that_passes.py"}), ran.stdout


def test_skip_at_a_desk_is_a_skip(tmp_path: Path) -> None:
    ran = _run("", tmp_path)
    assert ran.returncode == 0
    assert "1 passed, 4 skipped, 1 xfailed" in ran.stdout, ran.stdout
