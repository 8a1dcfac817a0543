"""Starts the service: ``app.main:app`` is what uvicorn is pointed at.

What a crash left is settled before the routes are put together, which takes longer than all the rest of a start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import wiring
from app.worker.loop import Worker

if TYPE_CHECKING:
    from fastapi import FastAPI


def app() -> FastAPI:
    """Build the real service from the settings; what ``pra serve`` runs.

    Raises:
        Broken: The clock, the log or the keys cannot be trusted; the service does not start.
    """
    worker = Worker(wiring.service_tools())
    worker.settle()
    from app.application import build, collect_seldom  # noqa: PLC0415  # slow: what a crash left does not wait for it

    application = build(worker.tools, background=worker.running)
    collect_seldom()
    return application


def demo_app() -> FastAPI:
    """Build the demo's service, whose clock follows the script; what ``pra demo`` runs."""
    from app.application import build  # noqa: PLC0415  # slow: as above

    tools, _ = wiring.demo_tools()
    return build(tools, background=Worker(tools, every_seconds=0.2).running)
