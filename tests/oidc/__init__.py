"""Another OpenID Connect provider than ours: ``oidc-provider`` of npm, on the loopback, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.node import NODE, installed


@contextmanager
def other_peoples_provider(port: int, *, domain: str, clients: list[dict[str, object]]) -> Iterator[str]:
    """Run one; gives its issuer.

    Args:
        port: A free port of the loopback.
        domain: Of its people's addresses.
        clients: Whom it knows, as in dynamic registration.
    """
    folder, issuer = installed("oidc"), f"http://127.0.0.1:{port}"
    script = folder / "provider.mjs"
    shutil.copy(Path(__file__).with_name("provider.mjs"), script)
    told = {"issuer": issuer, "port": port, "domain": domain, "clients": clients}
    process = subprocess.Popen(
        [NODE, script],
        env={"PATH": os.environ["PATH"], "PRA_TEST_PROVIDER": json.dumps(told)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.strip() == "listens":
                break
        else:
            raise RuntimeError("the provider did not start")
        yield issuer
    finally:
        process.stdin.close()  # it ends with that
        process.wait(10)
        process.stdout.close()
