"""``pra serve`` on a bucket, as an operator sets it up, beside another process on the same PostgreSQL and bucket."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from app.actions.tools import Tools
from app.application import build
from app.rules.facts import ReleaseState, Role
from tests import s3
from tests.live import LiveServer, prepare
from tests.story import done, unlocked
from tests.world import FIGURES, Recipient, open_world, put_state, staff_of

LATE = FIGURES.replace(b"120455", b"777777")


def environment(url: str) -> dict[str, str]:
    return {
        "PRA_STORE_URL": url,
        "PRA_STORE_ENDPOINT": s3.server(),
        "PRA_STORE_REGION": s3.REGION,
        "PRA_STORE_CREDENTIALS_FILE": str(s3.credentials()),
    }


def read(client: httpx2.Client | TestClient, reader: Recipient, document_id: str) -> bytes:
    opening = done(client.post(f"/api/v1/documents/{document_id}/openings", headers=reader.headers), 201)
    copy = client.get(opening["content"], headers=reader.headers)
    assert copy.status_code == 200, copy.text
    shown = done(client.post(f"/api/v1/openings/{opening['opening_id']}/reveal", headers=reader.headers))
    return unlocked(copy.content, shown["passphrase"])


def uploaded(client: httpx2.Client | TestClient, by: Recipient, release_id: str) -> dict[str, Any]:
    sent = {"params": {"file_name": "late.csv"}, "content": LATE, "headers": {**by.headers, "Content-Type": "text/csv"}}
    made: dict[str, Any] = done(client.post(f"/api/v1/releases/{release_id}/documents", **sent), 201)
    return made


def fixed(client: httpx2.Client | TestClient, by: Recipient, made: dict[str, Any]) -> None:
    headers = {**by.headers, "If-Match": f'"{made["revision"]}"'}
    body = {"sha256": hashlib.sha256(LATE).hexdigest()}
    done(client.post(f"/api/v1/documents/{made['document_id']}/fixing", json=body, headers=headers))


def test_server_and_another_process_share_a_bucket_and_each_serves_what_the_other_took(
    tmp_path: Path, postgres_url: str
) -> None:
    url = s3.new_bucket()
    prepared = prepare(tmp_path, postgres_url)
    with closing(prepared.database):
        shared(tmp_path, postgres_url, url, replace(prepared, store=s3.a_store(url)))


def shared(tmp_path: Path, postgres_url: str, url: str, tools: Tools) -> None:
    world = open_world(tools)
    preparer, second = (staff_of(tools, world.producer, role) for role in (Role.STATISTICIAN, Role.HEAD_OF_PROFESSION))
    reader = world.recipients[0]
    other = TestClient(build(tools))
    put_state(tools, world.release.release_id, ReleaseState.ANNOUNCED)
    with LiveServer(tmp_path, postgres_url, **environment(url)) as server, server.client() as at_server:
        late = uploaded(at_server, preparer, world.release.release_id)
        fixed(other, second, late)
        put_state(tools, world.release.release_id, ReleaseState.FINAL)
        assert read(other, reader, late["document_id"]) == LATE
        assert read(at_server, reader, world.small.card.document_id) == FIGURES
    assert (len(tools.store.names()), list((tmp_path / "sealed").iterdir())) == (3, [])
