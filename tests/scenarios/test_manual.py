"""The manual, played: every command in its Bash blocks, in the order the manual gives, at a running service.

The pages are one story: the operator appoints, the producer prepares, the recipient reads, the time moves, the auditor
checks. What a page says is refused must be refused; everything else must be done.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from reportlab.pdfgen import canvas

from app.cli.seed import begin_log_of, seed_example
from tests.live import ROOT, LiveServer, live_settings
from tests.needs import need_program

DOCS = ROOT / "docs"
_RECIPIENTS_PAGE = "<!-- the recipient's page belongs here -->"
_REFUSED = "refused, as it should be"


def commands_of(text: str) -> str:
    """Every Bash block of a page, in order."""
    return "\n".join(re.findall(r"^```bash\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))


def the_whole_story() -> str:
    """The commands of all pages in the order in which they belong together."""

    def page(name: str) -> str:
        return (DOCS / f"{name}.md").read_text(encoding="utf-8")

    before, after = page("producer").split(_RECIPIENTS_PAGE)
    pages = [page("README"), page("operator"), before, page("recipient"), after, page("auditor")]
    return "\n".join(["set -euo pipefail", *map(commands_of, pages)])


def a_bulletin() -> bytes:
    """A producer's own PDF."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out)
    sheet.drawString(72, 700, "Example retail prices: an invented figure, 4.4 per cent.")
    sheet.save()
    return out.getvalue()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Play the whole manual once; gives the folder it was played in, and what was printed."""
    for program in ("bash", "curl"):
        need_program(program)
    folder = tmp_path_factory.mktemp("manual")
    served, desk = folder / "service", folder / "desk"
    served.mkdir()
    desk.mkdir()
    begin_example(served)
    (desk / "bulletin.pdf").write_bytes(a_bulletin())
    (desk / "tables.csv").write_bytes(b"month,rate\nOctober,4.4\n")
    story = the_whole_story()
    with LiveServer(served) as server:
        done = subprocess.run(
            ["bash", "-c", story],
            cwd=desk,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("PRA")},
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "PRA": server.address,
                "OUTBOX": str(served / "outbox"),
                "no_proxy": "*",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    return desk, done.stdout


def begin_example(folder: Path) -> None:
    """Do what ``pra serve --example`` does before it serves, in a folder of the test's own."""
    from app import wiring
    from app.keys.ring import create_ring

    chosen = live_settings(folder)
    create_ring(chosen.keys_folder)
    wiring.migrate(chosen)
    tools = wiring.make_tools(chosen)
    begin_log_of(tools, "Alex Bryony", "alex.bryony@service.gov.example")
    seed_example(tools)
    tools.database.close()


def test_manual_played_as_written_refuses_only_what_it_says(played: tuple[Path, str]) -> None:
    _, printed = played
    assert printed.count(_REFUSED) == the_whole_story().count(_REFUSED) > 0


def test_manual_played_as_written_gives_the_recipient_a_marked_copy(played: tuple[Path, str]) -> None:
    desk, _ = played
    passphrase = json.loads((desk / "passphrase.json").read_text())["passphrase"]
    number = json.loads((desk / "opening.json").read_text())["number"]
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(desk / "copy.pdf")
    with pikepdf.open(desk / "copy.pdf", password=passphrase) as copy:
        assert copy.docinfo["/OpeningNumber"] == number


def test_manual_played_as_written_drafts_the_report_of_the_move(played: tuple[Path, str]) -> None:
    desk, _ = played
    report = (desk / "report.md").read_text()
    assert report.startswith("# Draft.")
    assert "Robin Speedwell" not in report


def test_manual_played_as_written_ends_with_an_accepted_log(played: tuple[Path, str]) -> None:
    _, printed = played
    accepted = re.findall(r"^accepted: pra-gatekeeper\.example/log, \d+ entries", printed, flags=re.MULTILINE)
    commands = the_whole_story()
    assert len(accepted) == commands.count("pra audit verify pra-log") + commands.count("pra audit verify kit.zip") == 2
    assert "The log holds this entry." in printed
