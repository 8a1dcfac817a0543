"""An Azure Blob Storage of the tests' own: Azurite on the loopback, in a folder that is gone when the tests end.

Azurite is a program for Node, installed by its own lock (``tests/azurite``); see ``node.py``.
"""

from __future__ import annotations

import atexit
import base64
import hmac
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
import uuid
from email.utils import formatdate
from functools import cache
from pathlib import Path

from app.actions.tools import Clock
from app.outside.clock import SystemClock
from app.vault.bucket import BucketStore
from app.vault.places import open_bucket
from tests.node import NODE, installed

START_LIMIT_SECONDS = 60
# Azurite's own well-known account, which stands in its manual; it opens nothing but an Azurite.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
NOWHERE = "az://pra-nobody-made-it/sealed"


@cache
def program() -> Path:
    """Install Azurite; gives its program."""
    return installed("azurite") / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


@cache
def server() -> str:
    """Start it, once in this process; gives its address with the account."""
    folder = Path(tempfile.mkdtemp(prefix="pra-azure-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    said = folder / "said"
    where = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--location", str(folder / "kept")]
    with said.open("wb") as out:
        process = subprocess.Popen(
            [NODE, program(), *where, "--disableTelemetry", "--skipApiVersionCheck", "--silent"],
            stdout=out,
            stderr=out,
            cwd=folder,
        )
    atexit.register(process.wait, 10)
    atexit.register(process.terminate)
    patience = time.monotonic() + START_LIMIT_SECONDS
    while not (found := re.search(r"listens on (http://127\.0\.0\.1:\d+)", said.read_text())):
        if process.poll() is not None or time.monotonic() > patience:
            raise RuntimeError(f"Azurite did not start: {said.read_text()[-2000:]}")
        time.sleep(0.02)
    return f"{found[1]}/{ACCOUNT}"


@cache
def credentials() -> Path:
    """Give a file with the credentials."""
    path = Path(tempfile.mkdtemp(prefix="pra-azure-")) / "credentials"
    path.write_text(f"AZURE_STORAGE_ACCOUNT_NAME={ACCOUNT}\nAZURE_STORAGE_ACCOUNT_KEY={KEY}\n")
    return path


def new_bucket() -> str:
    """Make a container; gives its address as in ``PRA_STORE_URL``, with a prefix."""
    name, at, version = f"pra-{uuid.uuid4().hex}", formatdate(usegmt=True), "2021-08-06"
    signed = f"PUT{chr(10) * 12}x-ms-date:{at}\nx-ms-version:{version}\n/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), signed.encode(), "sha256")).decode()
    headers = {
        "Authorization": f"SharedKey {ACCOUNT}:{signature}",
        "Content-Length": "0",
        "x-ms-date": at,
        "x-ms-version": version,
    }
    made = urllib.request.Request(f"{server()}/{name}?restype=container", method="PUT", headers=headers)
    with urllib.request.urlopen(made, timeout=10):
        return f"az://{name}/sealed/documents"


def a_store(
    url: str, *, endpoint: str | None = None, timeout_seconds: int = 10, clock: Clock | None = None
) -> BucketStore:
    """Give a container as a store; ``endpoint`` may be somebody between us and the server."""
    bucket = open_bucket(
        url, endpoint=endpoint or server(), credentials_file=credentials(), timeout_seconds=timeout_seconds
    )
    return BucketStore(bucket, (clock or SystemClock()).now, "a container of Azure Blob Storage")
