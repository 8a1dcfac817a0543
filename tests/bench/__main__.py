"""``python -m tests.bench``: every figure in one run, beside what it is measured against.

Nothing here fails because something was slow; it fails when what is measured did not happen. Everything is bounded in
time and size, runs on loopback, and is cleaned up.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench import (
    baseline,
    counting,
    downloads,
    evidence,
    fuzz,
    log,
    openings,
    pages,
    parts,
    pdf,
    recall,
    rush,
    sealing,
    stores,
)
from tests.bench.figures import DATABASES, QUICK, BenchFailed, Figure, Missing, Site, Sizes, table

_VAR = Path(__file__).resolve().parents[2] / "var" / "bench"

PARTS: dict[str, Callable[[Site], list[Figure]]] = {
    "disk": baseline.measure,
    "openings": openings.measure,
    "downloads": downloads.measure,
    "parts": parts.measure,
    "recall": recall.measure,
    "rush": rush.measure,
    "seal": sealing.measure,
    "stores": stores.measure,
    "log": log.measure,
    "evidence": evidence.measure,
    "statistics": counting.measure,
    "pages": pages.measure,
    "pdf": pdf.measure,
    "fuzz": fuzz.measure,
}


# Long to build; measured only when it is asked for.
BY_NAME_ALONE = frozenset({"evidence", "pages"})


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write ``var/bench/summary.json``.

    Args:
        argv: What stands after the program's name.

    Returns:
        0 when everything that was measured happened, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Figures, and what they stand beside.")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="measure this part; may be repeated")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that it runs, and no figure worth having"
    )
    parser.add_argument(
        "--entries", type=int, help="how long a log `evidence` searches; 10,000,000, or 3,000 with --quick"
    )
    parser.add_argument("--on", action="append", choices=DATABASES, help="the database of `evidence`; both by default")
    parser.add_argument(
        "--unchecked", action="store_true", help="`evidence` does not export and check the whole log at its end"
    )
    parser.add_argument("--folder", type=Path, default=_VAR, help="where it works and leaves summary.json")
    asked = parser.parse_args(argv)
    machine = baseline.machine()
    print(
        f"{machine['cores']} cores, {machine['processor']}, load before {machine['load_average_before'][0]}", flush=True
    )
    sizes = QUICK if asked.quick else Sizes()
    found: dict[str, Any] = {}
    begun = time.perf_counter()
    asked.folder.mkdir(parents=True, exist_ok=True)
    entries = asked.entries or (3_000 if asked.quick else 10_000_000)
    on, checked = tuple(asked.on or DATABASES), not asked.unchecked
    for name in asked.only or [name for name in PARTS if name not in BY_NAME_ALONE]:
        within = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=asked.folder))
        found[name] = _measured(name, Site(within, sizes, asked.quick, entries, on, checked))
    figures = [figure for part in found.values() for figure in part["figures"]]
    print("\n" + table(figures))
    warning = "; --quick: these figures mean nothing" if asked.quick else ""
    print(f"measured in {time.perf_counter() - begun:.0f} s{warning}")
    _write(asked.folder, machine, found, quick=asked.quick)
    for name, part in found.items():
        if part["failed"]:
            print(f"FAILED {name}: {part['failed']}", file=sys.stderr)
    return 1 if any(part["failed"] for part in found.values()) else 0


def _measured(name: str, site: Site) -> dict[str, Any]:
    print(f"measuring {name} …", flush=True)
    begun = time.perf_counter()
    figures: list[Figure] = []
    failed = ""
    try:
        figures = PARTS[name](site)
    except Missing as missing:
        figures = [Figure(name, "left out", how=str(missing))]
    except Exception as problem:  # the other parts are still measured
        failed = str(problem) if isinstance(problem, BenchFailed) else traceback.format_exc()
    finally:
        shutil.rmtree(site.folder, ignore_errors=True)
    return {"figures": figures, "failed": failed, "seconds": round(time.perf_counter() - begun, 1)}


def _write(folder: Path, machine: dict[str, Any], found: dict[str, Any], *, quick: bool) -> None:
    parts = {name: {**part, "figures": [figure.record() for figure in part["figures"]]} for name, part in found.items()}
    summary = {"machine": machine, "quick": quick, "parts": parts}
    (folder / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
