"""The store that an operator names: a folder or a bucket. A bucket's library is loaded only where there is one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.vault.store import LocalStore

if TYPE_CHECKING:
    from app.vault.bucket import BucketStore


def open_store(
    place: str | Path,
    now: Callable[[], datetime],
    *,
    endpoint: str,
    region: str,
    credentials_file: Path | None,
    timeout_seconds: int,
) -> LocalStore | BucketStore:
    """Give a store. Nothing is asked of a bucket yet.

    Args:
        place: A folder, or the address of a bucket: ``s3://bucket/prefix`` or ``az://container/prefix``.
        now: The present instant, aware UTC, for what is told by its age in a bucket.
        endpoint, region, credentials_file, timeout_seconds: As for ``places.open_bucket``; of no use to a folder.

    Raises:
        Broken: It cannot be used as it stands.
    """
    if isinstance(place, Path) or "://" not in place:
        return LocalStore(Path(place))
    from app.vault.bucket import BucketStore  # noqa: PLC0415  # slow: most services keep documents in a folder
    from app.vault.places import kind_of, open_bucket  # noqa: PLC0415  # slow: as above

    bucket = open_bucket(
        place, endpoint=endpoint, region=region, credentials_file=credentials_file, timeout_seconds=timeout_seconds
    )
    return BucketStore(bucket, now, kind_of(place))
