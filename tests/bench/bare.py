"""The barest application that sends a file over uvicorn: no sign-in, no rule, no log, no seal. A yardstick."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio.to_thread

_PIECE_BYTES = 1024 * 1024


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send the file that the path names, 1 MiB at a time, each piece read in a thread."""
    if scope["type"] != "http":
        return
    path = Path(os.environ["BENCH_FILES"]) / Path(scope["path"]).name
    file = await anyio.to_thread.run_sync(path.open, "rb")
    try:
        length = str(path.stat().st_size).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        while piece := await anyio.to_thread.run_sync(file.read, _PIECE_BYTES):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        file.close()
