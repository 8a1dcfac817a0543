"""What a bucket's refusal means, in our own words.

The library's errors hold addresses, names of buckets and whatever else a provider says. So nothing of their text is
passed on or logged: it is looked through for a few known words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from app.rules.errors import Unavailable

_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|ContainerBeingDeleted|specified container does not exist")
_STATUS = re.compile(r"(?:status code: |\(code: )([1-5][0-9][0-9])\b")
_SAYS = (
    (re.compile(r"kind: Timeout|TimedOut|timed out"), "the bucket did not answer in time"),
    (re.compile(r"kind: Connect|dns error"), "the bucket cannot be reached"),
    (re.compile(r"builder error"), "the bucket's address cannot be used, perhaps because it begins with http"),
    (re.compile(r"[Cc]redential"), "there are no credentials for the bucket that work"),
)


def why(error: Exception) -> str:
    """Say in words why a bucket did not do what was asked; never with the library's own."""
    text = str(error)
    status = _STATUS.search(text)
    if isinstance(error, PermissionDeniedError | UnauthenticatedError) or (status and status[1] in ("401", "403")):
        return "the bucket does not accept the credentials, or they lack the right"
    if is_bucket_missing(error):
        return "there is no such bucket or container"
    if status:
        return f"the bucket answered with status {status[1]}"
    return next(
        (words for seen, words in _SAYS if seen.search(text)), "the bucket broke off, or its answer makes no sense"
    )


def is_bucket_missing(error: Exception) -> bool:
    """Say whether it is the bucket that is not there, rather than an object in it."""
    return _NO_BUCKET.search(str(error)) is not None


@contextmanager
def answering(what: str, *answers: type[Exception]) -> Iterator[None]:
    """Turn a bucket's errors into ours, but for those that are an answer.

    Args:
        what: What could not be done with the object, such as ``stored``.
        answers: The library's errors that whoever asks looks at.

    Raises:
        Unavailable: The bucket refused, or did not answer.
        FileNotFoundError: The bucket is there and the object is not.
    """
    try:
        yield
    except FileNotFoundError as error:
        if is_bucket_missing(error):
            raise unavailable(what, error) from None
        raise
    except BaseError as error:
        if isinstance(error, answers):
            raise
        raise unavailable(what, error) from None


def unavailable(what: str, error: Exception) -> Unavailable:
    """Make our error of a bucket's."""
    return Unavailable(f"The stored object could not be {what}: {why(error)}.")
