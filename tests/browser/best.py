"""The pictures that the manual shows, out of those that the walks take: ``make pictures`` brings them in step.

They are kept in 64 colours, which pages of flat colour do not lack.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from tests.live import ROOT

BEST = {  # which walk and what it looked at, by the name under which the manual shows it
    "recipient-release": ("narrow", "release-open"),
    "recipient-before-opening": ("narrow", "before-opening"),
    "recipient-opening": ("narrow", "opening"),
    "producer-tasks": ("producer", "tasks"),
    "producer-list-to-approve": ("registering-head", "to-approve"),
    "producer-board": ("producer", "board"),
    "producer-timeline": ("producer", "timeline"),
    "producer-report-section": ("incident-wide", "section"),
    "auditor-found": ("auditor", "found"),
    "auditor-entry": ("auditor", "entry"),
}
SHOWN = ROOT / "docs" / "pictures"
_COLOURS = 64


def keep_best(taken: Path) -> list[str]:
    """Keep the best of the pictures in a folder; gives the names of those that are not there."""
    SHOWN.mkdir(exist_ok=True)
    lacking = []
    for name, (walk, what) in BEST.items():
        found = sorted(taken.glob(f"{walk}-[0-9][0-9]-{what}.png"))
        if not found:
            lacking.append(name)
            continue
        with Image.open(found[0]) as picture:
            few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(SHOWN / f"{name}.png", optimize=True)
    return lacking


if __name__ == "__main__":
    missing = keep_best(Path(sys.argv[1]))
    if missing:
        sys.exit(f"no walk took: {', '.join(missing)}")
