"""What the build installs is what is written down: one lock, one list of Debian packages, one way in."""

from __future__ import annotations

import re
import stat
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house.tree import ROOT, modules, relative, report

_LIST = ROOT / ".ci" / "debian-packages.txt"
# What a test may ask for with need_program, and the Debian package it comes in.
_PROVIDED_BY = {
    "soffice": "libreoffice-writer-nogui",
    "7z": "p7zip-full",
    "7za": "p7zip-full",
    "age": "age",
    "age-keygen": "age",
    "go": "golang-go",
    "nginx": "nginx-light",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "pdfinfo": "poppler-utils",
    "pdffonts": "poppler-utils",
    "softhsm2-util": "softhsm2",
    "qpdf": "qpdf",
    "strace": "strace",
    "clamd": "clamav-daemon",
}


def _lock() -> dict[str, dict[str, Any]]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return {package["name"]: package for package in packages}


def _closure(lock: dict[str, dict[str, Any]]) -> set[str]:
    """Every package the service may need at run time, on any platform, with PostgreSQL's extra."""
    wanted = [(name, extra) for name, extra in _needs(lock["pra-gatekeeper"], ("postgres",))]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) not in seen:
            seen.add((name, extras))
            wanted += list(_needs(lock[name], extras))
    return {name for name, _ in seen}


def _needs(package: dict[str, Any], extras: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    optional = package.get("optional-dependencies", {})
    for need in [*package.get("dependencies", []), *(each for extra in extras for each in optional.get(extra, []))]:
        yield need["name"], tuple(need.get("extra", ()))


def _requirements() -> dict[str, tuple[str, set[str]]]:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if match := re.match(r"(?P<name>[a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==(?P<version>\S+)", line):
            found[match["name"]] = (match["version"], set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line)))
    return found


def _hashes(package: dict[str, Any]) -> set[str]:
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return {file["hash"] for file in files}


def test_requirements_are_in_step_with_the_lock() -> None:
    lock, written = _lock(), _requirements()
    closure = _closure(lock)
    assert sorted(written) == sorted(closure), "run `make requirements`"
    faults = [
        name
        for name, (version, hashes) in written.items()
        if version != lock[name]["version"] or not hashes or hashes != _hashes(lock[name])
    ]
    assert not faults, report("requirements.lock differs from uv.lock; run `make requirements`", faults)


def _listed() -> list[tuple[str, str]]:
    lines = [line for line in _LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split()[1]) for line in lines]


def test_debian_packages_each_say_when_and_why() -> None:
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.fullmatch(r"(test|bench) +[a-z0-9.+-]+ +# \S.*", line), f"kind, package, # why: {line!r}"
    names = [name for _, name in _listed()]
    assert names == sorted(set(names), key=names.index)


def test_debian_program_that_a_test_asks_for_is_in_the_list() -> None:
    listed = {name for _, name in _listed()}
    asked = {
        (relative(path), program)
        for path in modules(ROOT / "tests")
        for program in re.findall(r"need_program\(\"([\w.+-]+)\"\)", path.read_text(encoding="utf-8"))
        if relative(path) not in {"tests/house/test_build.py", "tests/needs.py"}
    }
    faults = [f"{path} needs {program}" for path, program in asked if _PROVIDED_BY.get(program, program) not in listed]
    assert not faults, report("Add the package to .ci/debian-packages.txt", sorted(faults))


@pytest.mark.parametrize("script", [".ci/run", ".ci/install-debian-packages"])
def test_script_can_be_run(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & stat.S_IXUSR
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n", str(path)], capture_output=True).returncode == 0


def test_builder_runs_make_test() -> None:
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").rstrip().endswith("make --no-print-directory test")


def test_makefile_promises_its_targets() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    promised = ["setup", "demo", "run", "test", "check", "bench", "requirements", "clean"]
    assert [name for name in promised if not re.search(rf"^{name}:.*## \S", text, flags=re.MULTILINE)] == []


def test_image_installs_by_hash_and_runs_as_nobody_in_particular() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in text
    assert re.search(r"^USER pra$", text, flags=re.MULTILINE)
    assert "HEALTHCHECK" in text


def test_ignore_file_keeps_keys_and_working_trees_out_of_the_image() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line[1:] for line in lines if line.startswith("!")]
    assert "*" in lines
    assert sorted(kept) == ["alembic.ini", "app", "migrations", "requirements.lock"]
