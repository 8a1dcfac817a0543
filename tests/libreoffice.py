"""A LibreOffice of the tests' own: started once, opens documents as a recipient would, gone afterwards."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.needs import lacking, need_program

SYSTEM_PYTHON = "/usr/bin/python3"
CLIENT = Path(__file__).parent / "libreoffice_client.py"


@dataclass(frozen=True)
class Job:
    """One document to open.

    Attributes:
        path: Where it lies.
        password: What opens it; empty for one that is open.
        pdf: Where its pages are printed to, if anywhere.
        save: Where it is saved again and through which filter, if anywhere.
    """

    path: Path
    password: str = ""
    pdf: Path | None = None
    save: tuple[Path, str] | None = None


class LibreOffice:
    """A running LibreOffice that answers to a pipe of its own."""

    def __init__(self, pipe: str) -> None:
        self._pipe = pipe

    def open_all(self, *jobs: Job) -> list[dict[str, Any]]:
        """Open documents in turn; gives what was found of each: an ``error``, or its own ``properties``."""
        asked = [
            {
                "path": str(job.path),
                "password": job.password,
                "pdf": str(job.pdf) if job.pdf else None,
                "save": [str(job.save[0]), job.save[1]] if job.save else None,
            }
            for job in jobs
        ]
        done = self._asked(asked)
        if done.returncode < 0:
            # The bridge between Python and LibreOffice was killed by a signal, which says nothing about the document;
            # one that brings it down does so again.
            done = self._asked(asked)
        if done.returncode:
            raise AssertionError(f"LibreOffice's client ended with {done.returncode}: {done.stderr.decode()}")
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def _asked(self, jobs: list[dict[str, Any]]) -> subprocess.CompletedProcess[bytes]:
        said = json.dumps(jobs).encode()
        return subprocess.run([SYSTEM_PYTHON, CLIENT, self._pipe], input=said, capture_output=True, timeout=120)


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibreOffice]:
    """Give a running LibreOffice with a profile of its own."""
    program = need_program("soffice")
    if subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True).returncode:
        lacking("LibreOffice's bridge to Python (python3-uno) is not installed")
    profile = tmp_path_factory.mktemp("libreoffice")
    pipe = f"pra-{secrets.token_hex(8)}"
    running = subprocess.Popen(
        [
            program,
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--norestore",
            f"--accept=pipe,name={pipe};urp",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield LibreOffice(pipe)
        subprocess.run([SYSTEM_PYTHON, CLIENT, pipe, "end"], capture_output=True, timeout=60)
        running.wait(timeout=30)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def pages_of(pdf: Path) -> list[str]:
    """Give the words on each page of a printed document, on one line each."""
    done = subprocess.run([need_program("pdftotext"), pdf, "-"], check=True, capture_output=True, timeout=60)
    return [" ".join(page.split()) for page in done.stdout.decode().split("\f")[:-1]]
