"""Where a bucket is, and with which credentials it is reached: read from what an operator may set.

An address never holds a secret. Credentials come from a file, or from where the provider's own programs find them: the
environment, or the machine itself.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import AzureStore, S3Store

from app.rules.errors import Broken

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

KINDS = {"s3": "an S3 bucket", "az": "a container of Azure Blob Storage"}
RETRIES = 3
CONNECT_SECONDS = 5

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61}[a-z0-9])")
_PREFIX = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_CREDENTIALS = {
    "s3": {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"},
    "az": {
        "AZURE_STORAGE_ACCOUNT_NAME",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_TENANT_ID",
    },
}


def kind_of(url: str) -> str:
    """Say in words what an address names.

    Args:
        url: As in ``PRA_STORE_URL``.

    Raises:
        Broken: It is not the address of a bucket.
    """
    return KINDS[_read(url)[0]]


def open_bucket(
    url: str,
    *,
    endpoint: str = "",
    region: str = "",
    credentials_file: Path | None = None,
    timeout_seconds: int = 30,
) -> ObjectStore:
    """Give a bucket by its address. Nothing is asked of it yet.

    Args:
        url: ``s3://bucket/prefix`` or ``az://container/prefix``; the prefix may be left out.
        endpoint: Where it is reached, if not at the provider's usual address; in the clear on this machine alone.
        region: Of an S3 bucket.
        credentials_file: Lines ``NAME=value`` with the provider's own names.
        timeout_seconds: How long one request may take. It is tried again where that is safe, but not after as long.

    Raises:
        Broken: One of these cannot be used. The message never holds a secret.
    """
    kind, bucket, prefix = _read(url)
    config: Any = _credentials(kind, credentials_file)  # the provider's own names, which the library knows too
    in_the_clear = _demand_endpoint(endpoint)
    if endpoint:
        config["endpoint"] = endpoint.rstrip("/")
    if region and kind == "s3":
        config["region"] = region
    client: ClientConfig = {
        "allow_http": in_the_clear,
        "allow_invalid_certificates": False,
        "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, timeout_seconds)),
        "timeout": timedelta(seconds=timeout_seconds),
    }
    retry: RetryConfig = {
        "max_retries": RETRIES,
        "retry_timeout": timedelta(seconds=timeout_seconds),
        "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
    }
    try:
        # said here, so that nothing in the environment can change it
        if kind == "az":
            config |= {"use_emulator": "false"}
            return AzureStore(bucket, prefix=prefix, config=config, client_options=client, retry_config=retry)
        config |= {"conditional_put": "etag", "disable_bulk_delete": "true"}
        return S3Store(bucket, prefix=prefix, config=config, client_options=client, retry_config=retry)
    except (BaseError, ValueError):  # its text may hold what stands in the file
        raise Broken(
            "The store's region, endpoint, account or credentials cannot be used. Compare the settings and the "
            "credentials file with section 16 of docs/operator.md."
        ) from None


def _read(url: str) -> tuple[str, str, str | None]:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    prefix = parts.path.strip("/")
    sound = (
        parts.scheme in KINDS
        and _BUCKET.fullmatch(parts.netloc)
        and not (parts.query or parts.fragment)
        and (not prefix or (_PREFIX.fullmatch(prefix) and not {".", ".."} & set(prefix.split("/"))))
    )
    if not sound:
        raise Broken(
            "The store's address (PRA_STORE_URL) must read s3://bucket/prefix or az://container/prefix, without "
            "credentials or anything else; the prefix may be left out."
        )
    return parts.scheme, parts.netloc, prefix or None


def _demand_endpoint(endpoint: str) -> bool:
    """Say whether an endpoint is spoken to in the clear.

    Raises:
        Broken: It is not an endpoint, or in the clear and not on this machine.
    """
    if not endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        more = parts.query or parts.fragment or "@" in parts.netloc
        sound = parts.scheme in ("http", "https") and host and not more
    except ValueError:
        sound = False
    if not sound:
        raise Broken(
            "The store's endpoint (PRA_STORE_ENDPOINT) must read https://host, without credentials or anything else."
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise Broken(
            "The store's endpoint (PRA_STORE_ENDPOINT) begins with http, and is not an address of this machine such as "
            "127.0.0.1. Use https."
        )
    return parts.scheme == "http"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name may lead anywhere


def _credentials(kind: str, path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Broken("The store's credentials file (PRA_STORE_CREDENTIALS_FILE) cannot be read.") from None
    found: dict[str, Any] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, value = (part.strip() for part in line.partition("="))
        if name not in _CREDENTIALS[kind] or not value:
            known = ", ".join(sorted(_CREDENTIALS[kind]))
            raise Broken(
                f"Line {number} of the store's credentials file (PRA_STORE_CREDENTIALS_FILE) must read NAME=value, "
                f"with a NAME of: {known}."
            )
        found[name] = value
    return found
