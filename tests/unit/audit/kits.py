"""A story with a witness, its kits, and the ways to alter one."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

from app.actions import auditing, kits, sealing
from app.audit.entries import Entry, EntryKind
from app.audit.exported import LogRefused
from app.audit.verify_kit import VerifiedKit, verify_kit
from app.outside.witnesses import WitnessPost
from app.rules.witnesses import WitnessPlace
from app.worker.witnesses import ask_all
from tests.build import london
from tests.live import ROOT
from tests.needs import need_program
from tests.story import ADVISER, CHANCELLOR, Story
from tests.witnesses import a_witness_folder, served

NINE_THIRTY = london(2026, 3, 10, 9, 30)


class KitStory:
    """One release that was read, published and sealed, in a log of several tiles that a witness cosigns."""

    def __init__(self, folder: Path) -> None:
        (folder / "story").mkdir()
        self.folder = folder
        self.story = Story(folder / "story", NINE_THIRTY - timedelta(days=3))
        self.story.ready(NINE_THIRTY, CHANCELLOR, ADVISER)
        self.vkey = auditing.log_vkeys(self.story.tools)[0]
        self.witness_vkey = a_witness_folder(folder / "witness", self.vkey).to_text()
        self.story.clock.put(NINE_THIRTY - timedelta(hours=2))
        self.more(300)
        self.story.reads(CHANCELLOR)
        self.release_id = self.story.told.release_id

    def more(self, count: int) -> None:
        """Put entries into the log that are about no release."""
        with self.story.tools.transaction() as tx:
            for _ in range(count):
                tx.append(Entry(EntryKind.LOG_READ, self.story.clock.now()))
        auditing.sequence(self.story.tools)

    def publish_and_seal(self) -> None:
        self.story.clock.put(NINE_THIRTY)
        self.story.published()
        auditing.sequence(self.story.tools)
        for due in sealing.seals_due(self.story.tools):
            sealing.seal_release(self.story.tools, due)
        auditing.sequence(self.story.tools)

    def cosign(self) -> None:
        """Have the witness cosign what is published now."""

        def now_seconds() -> int:
            return int(self.story.clock.now().timestamp())

        with served(self.folder / "witness", now_seconds) as address, ThreadPoolExecutor(1) as pool:
            place = WitnessPlace(self.witness_vkey.split("+")[0], self.witness_vkey, address)
            tools = replace(
                self.story.tools,
                policy=replace(self.story.tools.policy, witnesses=(place,)),
                witness_post=WitnessPost(),
            )
            self.story.service.tools = self.story.tools = tools
            self.story.clock.forward(seconds=5)
            assert ask_all(tools, "one", pool) == 1

    def kit(self, name: str, release_id: str | None = None) -> Path:
        """Write a kit into a folder, as the operator does; of the release, or of the whole log."""
        kits.write_kit(self.story.tools, "operator", self.folder / name, release_id)
        return self.folder / name

    def verified(self, kit: Path, *witness_vkeys: str) -> VerifiedKit:
        return verify_kit(kit, self.vkey, witness_vkeys)

    def refusal(self, kit: Path, *witness_vkeys: str) -> tuple[str, str]:
        """Give where and why a kit is refused; it must be."""
        try:
            self.verified(kit, *witness_vkeys)
        except LogRefused as refused:
            return refused.where, refused.why
        raise AssertionError("the kit was accepted")


def remade(kit: Path) -> Path:
    """Write the manifest anew, as whoever alters a file on purpose would."""
    paths = sorted(path for path in kit.rglob("*") if path.is_file() and path.name != "MANIFEST.sha256")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(kit).as_posix()}\n" for p in paths]
    (kit / "MANIFEST.sha256").write_text("".join(lines))
    return kit


def flip(path: Path, at: int = -2) -> None:
    """Alter one bit of a file."""
    whole = bytearray(path.read_bytes())
    whole[at] ^= 1
    path.write_bytes(whole)


def altered(path: Path, change: Callable[[str], str]) -> None:
    """Alter the text of a file; it must differ."""
    before = path.read_text("utf-8")
    after = change(before)
    assert before != after
    path.write_text(after, "utf-8")


def unpack(content: bytes, folder: Path) -> Path:
    """Unpack what the API gave."""
    (folder / "kit.zip").write_bytes(content)
    with zipfile.ZipFile(folder / "kit.zip") as packed:
        packed.extractall(folder / "unpacked")
    return folder / "unpacked/pra-kit"


def block(kit: Path, name: str) -> str:
    """Give one block of the page as a person would copy it."""
    page = (kit / "how-to-check.html").read_text("utf-8")
    (found,) = re.findall(rf'<pre tabindex="0" id="{name}"><code>(.*?)</code></pre>', page, re.DOTALL)
    return unescape(found)


def pasted(kit: Path, name: str, shell: str = "bash") -> subprocess.CompletedProcess[str]:
    """Run one block of the page in the folder of the kit, exactly as it stands there."""
    need_program("openssl")
    return subprocess.run(
        [shell],
        input=block(kit, name),
        cwd=kit,
        capture_output=True,
        text=True,
        timeout=240,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(kit.parent), "PYTHONPATH": str(ROOT)},
    )
