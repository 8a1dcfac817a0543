"""Where a bucket is: what an operator may write, and that nothing is spoken in the clear to another machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app import wiring
from app.rules.errors import Broken, PraError, Unavailable
from app.settings import Settings
from app.vault.bucket import BucketStore
from app.vault.places import kind_of, open_bucket
from app.vault.store import LocalStore
from tests import s3
from tests.build import london
from tests.twins import FrozenClock

URL_WORDS = (
    "The store's address (PRA_STORE_URL) must read s3://bucket/prefix or az://container/prefix, without credentials or "
    "anything else; the prefix may be left out."
)
ENDPOINT_WORDS = (
    "The store's endpoint (PRA_STORE_ENDPOINT) must read https://host, without credentials or anything else."
)
CLEAR_WORDS = (
    "The store's endpoint (PRA_STORE_ENDPOINT) begins with http, and is not an address of this machine such as "
    "127.0.0.1. Use https."
)


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """Somebody on the loopback who notes what they are asked."""
    asked: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://statistics", "an S3 bucket"),
        ("s3://statistics-2026/pra/sealed", "an S3 bucket"),
        ("az://statistics/sealed/", "a container of Azure Blob Storage"),
    ],
)
def test_address_of_a_bucket_says_what_it_is(url: str, words: str) -> None:
    assert kind_of(url) == words


@pytest.mark.parametrize(
    "url",
    [
        "statistics",
        "file:///srv/sealed",
        "gs://statistics",
        "https://s3.eu-west-2.amazonaws.com/statistics",
        "s3://",
        "s3://AKIA:secret@statistics/x",
        "s3://statistics:8000/x",
        "s3://statistics/x?versionId=1",
        "s3://statistics/x#y",
        "s3://statistics/../other",
        "s3://statistics/a//b",
        "s3://statistics/a b",
        "s3://Statistics",
        "s3://[",
    ],
)
def test_address_that_names_no_bucket_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Broken) as caught:
        kind_of(url)
    assert caught.value.detail == URL_WORDS


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("http://10.0.0.7:9000", CLEAR_WORDS),
        ("http://localhost:9000", CLEAR_WORDS),
        ("http://127.0.0.1.evil.example", CLEAR_WORDS),
        ("http://s3.department.gov.example", CLEAR_WORDS),
        ("https://key:secret@s3.department.gov.example", ENDPOINT_WORDS),
        ("https://s3.department.gov.example/?x=1", ENDPOINT_WORDS),
        ("ftp://127.0.0.1", ENDPOINT_WORDS),
        ("s3.department.gov.example", ENDPOINT_WORDS),
        ("https://[", ENDPOINT_WORDS),
    ],
)
def test_endpoint_that_may_not_be_used_is_refused_and_not_repeated(endpoint: str, words: str) -> None:
    with pytest.raises(Broken) as caught:
        open_bucket("s3://statistics", endpoint=endpoint)
    assert caught.value.detail == words


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:9000", "http://[::1]:9000", "https://s3.department.gov.example/"]
)
def test_endpoint_that_may_be_used_is_taken(endpoint: str) -> None:
    assert open_bucket("s3://statistics", endpoint=endpoint) is not None


@pytest.mark.parametrize(
    ("url", "lines", "words"),
    [
        ("s3://statistics", "AWS_ACCESS_KEY_ID=a\nAWS_ALLOW_HTTP=true\n", "Line 2 of the store's credentials file"),
        ("s3://statistics", "\n# ours\nsecret-in-the-wrong-place\n", "Line 3 of the store's credentials file"),
        ("s3://statistics", "AWS_SECRET_ACCESS_KEY=\n", "Line 1 of the store's credentials file"),
        ("az://statistics", "AWS_ACCESS_KEY_ID=secret\n", "Line 1 of the store's credentials file"),
        (
            "az://statistics",
            "AZURE_STORAGE_ACCOUNT_KEY=secret no base64\n",
            "The store's region, endpoint, account",
        ),
    ],
)
def test_credentials_that_cannot_be_read_are_refused_without_a_word_of_them(
    tmp_path: Path, url: str, lines: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "statistics")
    (tmp_path / "file").write_text(lines)
    with pytest.raises(Broken) as caught:
        open_bucket(url, credentials_file=tmp_path / "file")
    assert caught.value.detail.startswith(words)
    assert "secret" not in caught.value.detail


def test_credentials_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Broken) as caught:
        open_bucket("s3://statistics", credentials_file=tmp_path / "none")
    assert caught.value.detail == "The store's credentials file (PRA_STORE_CREDENTIALS_FILE) cannot be read."


@pytest.mark.parametrize("url", ["s3://statistics", "az://statistics"])
def test_environment_that_wants_to_speak_in_the_clear_is_not_followed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listener() as (address, asked):
        for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AZURE_STORAGE_ENDPOINT"):
            monkeypatch.setenv(name, address)
        for name in (
            "AWS_ALLOW_HTTP",
            "AZURE_ALLOW_HTTP",
            "AZURE_STORAGE_USE_EMULATOR",
            "AWS_ALLOW_INVALID_CERTIFICATES",
        ):
            monkeypatch.setenv(name, "true")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "a")
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "YWJj")
        clock = FrozenClock(london(2026, 11, 3))
        store = BucketStore(open_bucket(url, timeout_seconds=2), clock.now, "a bucket")
        with pytest.raises(Unavailable) as caught:
            store.open("0" * 32)
        assert caught.value.detail == (
            "The stored object could not be found: the bucket's address cannot be used, perhaps because it begins with "
            "http."
        )
        assert asked == []
        spoken = BucketStore(open_bucket(url, endpoint=address, timeout_seconds=2), clock.now, "a bucket")
        with pytest.raises(PraError):
            spoken.open("0" * 32)
        assert asked != []  # whoever listens would have heard


def test_service_keeps_documents_in_the_bucket_that_is_named_and_else_in_the_folder(tmp_path: Path) -> None:
    chosen = Settings(_env_file=None, var_dir=tmp_path)
    clock = FrozenClock(london(2026, 11, 3))
    assert isinstance(wiring._store(chosen, clock), LocalStore)
    named = {"store_url": "s3://statistics", "store_region": s3.REGION, "store_credentials_file": s3.credentials()}
    bucket = wiring._store(chosen.model_copy(update=named), clock)
    assert isinstance(bucket, BucketStore)
    with pytest.raises(Broken) as caught:
        wiring._store(chosen.model_copy(update={**named, "store_dir": tmp_path}), clock)
    assert caught.value.detail.startswith("PRA_STORE_DIR and PRA_STORE_URL are both set")


def test_demo_never_keeps_its_documents_where_the_real_service_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRA_STORE_URL", "s3://statistics")
    monkeypatch.setenv("PRA_STORE_DIR", "/srv/pra/service/sealed")
    wiring.demo_settings.cache_clear()
    chosen = wiring.demo_settings()
    wiring.demo_settings.cache_clear()
    assert (chosen.store_url, chosen.store_folder) == ("", wiring.DEMO_FOLDER / "sealed")
