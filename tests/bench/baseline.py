"""The disk beneath every figure: how long 4 KiB take to be durable, and what else the machine is."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, Site, milliseconds, p50_p99


def measure(site: Site) -> list[Figure]:
    """Write 4 KiB and wait until they are durable, again and again."""
    spans = _spans(site.folder / "baseline", 50 if site.quick else 1000)
    found = milliseconds(spans)
    how = f"4 KiB appended and fdatasync, {len(spans)} times, on the disk of the checkout; every commit waits for one"
    return [Figure("disk: fdatasync", p50_p99(found), how=how, numbers=found)]


def machine() -> dict[str, Any]:
    """Say what this was measured on: figures of two machines are not compared."""
    load = os.getloadavg()
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "system": platform.release(),
        "load_average_before": [round(one, 2) for one in load],
    }


def _spans(path: Path, count: int) -> list[float]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        spans = []
        for _ in range(count):
            os.write(descriptor, bytes(4096))
            begun = time.perf_counter()
            os.fdatasync(descriptor)
            spans.append(time.perf_counter() - begun)
        return spans
    finally:
        os.close(descriptor)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
