"""An S3 of the tests' own: moto's server on the loopback, which forgets everything when the tests end."""

from __future__ import annotations

import atexit
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from functools import cache
from pathlib import Path

from app.actions.tools import Clock
from app.outside.clock import SystemClock
from app.vault.bucket import BucketStore
from app.vault.places import open_bucket

START_LIMIT_SECONDS = 60
CREDENTIALS = "AWS_ACCESS_KEY_ID=AKIATESTS\nAWS_SECRET_ACCESS_KEY=only-for-tests\n"
REGION = "eu-west-2"
NOWHERE = "s3://pra-nobody-made-it/sealed"


@cache
def server() -> str:
    """Start it, once in this process; gives its address."""
    folder = Path(tempfile.mkdtemp(prefix="pra-s3-"))
    said = folder / "said"
    with said.open("wb") as out:
        command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", "0"]
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder)
    atexit.register(process.wait, 10)
    atexit.register(process.terminate)
    patience = time.monotonic() + START_LIMIT_SECONDS
    while not (found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", said.read_text())):
        if process.poll() is not None or time.monotonic() > patience:
            raise RuntimeError(f"moto did not start: {said.read_text()[-2000:]}")
        time.sleep(0.02)
    return found[1]


@cache
def credentials() -> Path:
    """Give a file with credentials, which moto believes as it believes all."""
    path = Path(tempfile.mkdtemp(prefix="pra-s3-")) / "credentials"
    path.write_text(CREDENTIALS)
    return path


def new_bucket() -> str:
    """Make a bucket; gives its address as in ``PRA_STORE_URL``, with a prefix."""
    name = f"pra-{uuid.uuid4().hex}"
    made = urllib.request.Request(f"{server()}/{name}", method="PUT")
    with urllib.request.urlopen(made, timeout=10):
        return f"s3://{name}/sealed/documents"


def a_store(
    url: str, *, endpoint: str | None = None, timeout_seconds: int = 10, clock: Clock | None = None
) -> BucketStore:
    """Give a bucket as a store; ``endpoint`` may be somebody between us and the server."""
    bucket = open_bucket(
        url,
        endpoint=endpoint or server(),
        region=REGION,
        credentials_file=credentials(),
        timeout_seconds=timeout_seconds,
    )
    return BucketStore(bucket, (clock or SystemClock()).now, "an S3 bucket")
