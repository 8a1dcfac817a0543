"""Every way in which a bucket, or the line to it, can fail: a clear problem, nothing half, and never a wrong byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import obstore
import pytest

from app.rules.errors import Broken, Conflict, SealBroken, Unavailable
from app.vault.bucket import SMALL_BYTES, BucketStore
from app.vault.bucket_source import AHEAD_BYTES
from app.vault.store import new_name
from tests import s3
from tests.between import Answer, Asked, Between, Manner, PassOn, as_it_is, between

NAME = "0123456789abcdef0123456789abcdef"
LARGE = bytes(range(256)) * ((2 * SMALL_BYTES + 4_096) // 256)
"""Three parts."""


@pytest.fixture(scope="module")
def someone() -> Iterator[Between]:
    with between(s3.server()) as stands:
        yield stands


@pytest.fixture
def line(someone: Between) -> Iterator[Between]:
    someone.manner = as_it_is
    someone.asked.clear()
    yield someone
    someone.manner = as_it_is


@pytest.fixture
def url() -> str:
    return s3.new_bucket()


def far(url: str, line: Between, timeout_seconds: int = 10) -> BucketStore:
    """The bucket, with somebody on the line."""
    return s3.a_store(url, endpoint=line.address, timeout_seconds=timeout_seconds)


def lies(url: str) -> list[str]:
    return sorted(meta["path"] for meta in obstore.list(s3.a_store(url)._bucket).collect())


def open_uploads(url: str) -> int:
    bucket = url.removeprefix("s3://").split("/", maxsplit=1)[0]
    with between(s3.server()) as asking:
        listed = asking.pass_on(Asked(0, "GET", f"/{bucket}?uploads", {}, b"")).body
    return len(re.findall(b"<Upload>", listed))


def is_upload(asked: Asked) -> bool:
    """A small object stored."""
    return asked.method == "PUT" and "partNumber" not in asked.path and not asked.path.endswith(".part")


def is_part(asked: Asked) -> bool:
    return "partNumber" in asked.path


def is_last_word(asked: Asked) -> bool:
    """All parts declared one object."""
    return asked.method == "POST" and "uploadId" in asked.path


def is_reading(asked: Asked) -> bool:
    return asked.method == "GET" and "list-type" not in asked.path


def is_listing(asked: Asked) -> bool:
    return "list-type" in asked.path


def times(count: int, which: Callable[[Asked], bool], wrong: Manner) -> Manner:
    """Do something wrong to the first requests of a kind."""
    left = [count]

    def manner(asked: Asked, pass_on: PassOn) -> Answer | None:
        if which(asked) and left[0] > 0:
            left[0] -= 1
            return wrong(asked, pass_on)
        return pass_on(asked)

    return manner


def hang_up(asked: Asked, pass_on: PassOn) -> None:
    """It is not done, and the line goes dead."""


def hang_up_after(asked: Asked, pass_on: PassOn) -> None:
    """It is done, and the line goes dead."""
    pass_on(asked)


def fail(asked: Asked, pass_on: PassOn) -> Answer:
    return Answer(503, body=b"<Error><Code>SlowDown</Code></Error>")


def fail_after(asked: Asked, pass_on: PassOn) -> Answer:
    pass_on(asked)
    return Answer(500, body=b"<Error><Code>InternalError</Code></Error>")


def refuse(asked: Asked, pass_on: PassOn) -> Answer:
    return Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")


ALWAYS = 1_000


# -- storing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [hang_up, hang_up_after, fail, fail_after])
def test_put_whose_answer_was_lost_or_refused_once_is_stored_once(url: str, line: Between, wrong: Manner) -> None:
    line.manner = times(1, is_upload, wrong)
    assert far(url, line).put(NAME, [b"sealed"]) == 6
    assert lies(url) == [NAME]
    with pytest.raises(Conflict):
        far(url, line).put(NAME, [b"sealed"])


def test_put_that_was_not_done_is_unavailable_and_leaves_nothing(url: str, line: Between) -> None:
    line.manner = times(ALWAYS, is_upload, hang_up)
    with pytest.raises(Unavailable) as caught:
        far(url, line).put(NAME, [b"sealed"])
    assert caught.value.detail == (
        "The stored object could not be stored: the bucket broke off, or its answer makes no sense."
    )
    assert lies(url) == []


@pytest.mark.parametrize("status", [409, 412, 304])
def test_refusal_that_means_nothing_to_what_was_asked_is_unavailable(url: str, line: Between, status: int) -> None:
    def refusing(asked: Asked, pass_on: PassOn) -> Answer:
        return Answer(status, body=b"" if status == 304 else b"<Error><Code>OperationAborted</Code></Error>")

    store = far(url, line)
    store.put(NAME, [b"sealed"])
    line.manner = refusing
    acts = (
        lambda: store.remove(NAME),
        lambda: store.replace(NAME, [b"x"]),
        lambda: store.replace(NAME, [LARGE]),
        lambda: store.put(new_name(), [LARGE]),
        lambda: store.put(new_name(), [b"x"]),
        lambda: store.open(NAME),
        store.names,
        store.sweep_unfinished,
    )
    for act in acts:
        with pytest.raises(Unavailable):
            act()
    assert lies(url) == [NAME]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (fail, "the bucket answered with status 503"),
        (refuse, "the bucket does not accept the credentials, or they lack the right"),
    ],
)
def test_every_act_on_a_bucket_that_refuses_says_so_without_a_name_or_an_address(
    url: str, line: Between, wrong: Manner, why: str
) -> None:
    store = far(url, line)
    store.put(NAME, [b"sealed"])
    line.manner = wrong
    acts: dict[str, Callable[[], object]] = {
        "stored": lambda: store.put(new_name(), [b"x"]),
        "found": lambda: store.open(NAME),
        "removed": lambda: store.remove(NAME),
        "listed": store.names,
    }
    for what, act in acts.items():
        with pytest.raises(Unavailable) as caught:
            act()
        assert caught.value.detail == f"The stored object could not be {what}: {why}."
    with pytest.raises(Unavailable):
        store.put(new_name(), [LARGE])
    with pytest.raises(Unavailable):
        store.replace(NAME, [b"x"])
    assert lies(url) == [NAME]


def test_bucket_that_answers_503_is_asked_a_few_times_and_no_more(url: str, line: Between) -> None:
    line.manner = fail
    with pytest.raises(Unavailable):
        far(url, line).names()
    assert [asked.method for asked in line.asked] == ["GET"] * 4


@pytest.mark.parametrize("act", ["put", "open", "names", "remove"])
def test_bucket_that_hangs_is_given_up(url: str, line: Between, act: str) -> None:
    def hang(asked: Asked, pass_on: PassOn) -> None:
        line.hang()

    s3.a_store(url).put(NAME, [b"sealed"])
    line.manner = hang
    store = far(url, line, timeout_seconds=1)
    acts = {
        "put": lambda: store.put(new_name(), [b"x"]),
        "open": lambda: store.open(NAME),
        "names": store.names,
        "remove": lambda: store.remove(NAME),
    }
    with pytest.raises(Unavailable) as caught:
        acts[act]()
    assert caught.value.detail.endswith(": the bucket did not answer in time.")
    assert lies(url) == [NAME]


@pytest.mark.parametrize("wrong", [hang_up, hang_up_after, fail, fail_after])
@pytest.mark.parametrize("which", [is_part, is_last_word], ids=["a part", "the last word"])
def test_large_object_whose_part_or_end_fails_once_is_stored_whole_or_not_at_all(
    url: str, line: Between, which: Callable[[Asked], bool], wrong: Manner
) -> None:
    line.manner = times(1, which, wrong)
    try:
        stored: int | None = far(url, line).put(NAME, [LARGE])
    except Unavailable:
        stored = None
    if stored is None:
        assert lies(url) == []
    else:
        with s3.a_store(url).open(NAME) as source:
            assert (stored, source.read_at(0, len(LARGE))) == (len(LARGE), LARGE)
        assert lies(url) == [NAME]
    if which is is_part:
        assert stored == len(LARGE)  # a part may be sent again
    if which is is_last_word and wrong is hang_up_after:
        assert stored == len(LARGE)  # and what is there is looked at


@pytest.mark.parametrize("which", [is_part, is_last_word], ids=["a part", "the last word"])
def test_large_object_whose_part_or_end_fails_for_ever_leaves_nothing(
    url: str, line: Between, which: Callable[[Asked], bool]
) -> None:
    line.manner = times(ALWAYS, which, fail)
    with pytest.raises(Unavailable) as caught:
        far(url, line).put(NAME, [LARGE])
    assert caught.value.detail == "The stored object could not be stored: the bucket answered with status 503."
    assert lies(url) == []
    if which is is_part:
        assert open_uploads(url) == 0  # it was told to forget those that arrived


def test_large_object_that_the_bucket_keeps_shorter_is_not_taken_for_stored(url: str, line: Between) -> None:
    def shorten(asked: Asked, pass_on: PassOn) -> Answer:
        if "partNumber=3" in asked.path:
            asked = Asked(asked.number, asked.method, asked.path, {**asked.headers, "Content-Length": "5"}, b"short")
            return pass_on(Asked(asked.number, asked.method, asked.path, {}, b"short"))
        return pass_on(asked)

    line.manner = shorten
    with pytest.raises(Unavailable) as caught:
        far(url, line).put(NAME, [LARGE])
    assert caught.value.detail.endswith("the bucket took it and has something else.")


# -- reading -----------------------------------------------------------------------------------------------------------


def cut(asked: Asked, pass_on: PassOn) -> Answer:
    """Right headers, half the body."""
    answer = pass_on(asked)
    return Answer(
        answer.status, {**answer.headers, "Content-Length": str(len(answer.body))}, answer.body, len(answer.body) // 2
    )


def cut_and_say_so(asked: Asked, pass_on: PassOn) -> Answer:
    """Half the body, under headers that fit it."""
    answer = pass_on(asked)
    half = len(answer.body) // 2
    headers = {name.title(): value for name, value in answer.headers.items()}
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", headers["Content-Range"])
    assert found
    fitting = f"bytes {found[1]}-{int(found[1]) + half - 1}/{found[3]}"
    return Answer(answer.status, {**headers, "Content-Range": fitting}, answer.body[:half])


def cut_and_not_say_so(asked: Asked, pass_on: PassOn) -> Answer:
    """Half the body, and the range of all of it."""
    answer = pass_on(asked)
    return answer.saying(answer.body[: len(answer.body) // 2])


def read_whole(store: BucketStore) -> bytes:
    with store.open(NAME) as source:
        return b"".join(source.read_at(start, 1_000_000) for start in range(0, source.size_bytes, 1_000_000))


@pytest.mark.parametrize("wrong", [fail, hang_up, cut, hang_up_after])
def test_read_that_fails_once_is_tried_again_and_gives_the_right_bytes(url: str, line: Between, wrong: Manner) -> None:
    s3.a_store(url).put(NAME, [LARGE])
    line.manner = times(1, is_reading, wrong)
    assert read_whole(far(url, line)) == LARGE


@pytest.mark.parametrize("wrong", [fail, hang_up, cut])
def test_read_that_fails_for_ever_is_unavailable(url: str, line: Between, wrong: Manner) -> None:
    s3.a_store(url).put(NAME, [LARGE])
    line.manner = times(ALWAYS, is_reading, wrong)
    with pytest.raises(Unavailable) as caught:
        read_whole(far(url, line))
    assert caught.value.detail.startswith("The stored object could not be read: the bucket ")


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (
            cut_and_say_so,
            Unavailable,
            "The stored object could not be read: the bucket broke off, or its answer makes no sense.",
        ),
        (cut_and_not_say_so, SealBroken, "The store gives less of the sealed file than it says there is."),
    ],
)
def test_read_that_is_shorter_than_what_was_asked_for_is_no_end_of_the_object(
    url: str, line: Between, wrong: Manner, error: type[Broken], words: str
) -> None:
    s3.a_store(url).put(NAME, [LARGE])
    line.manner = times(ALWAYS, is_reading, wrong)
    with pytest.raises(error) as caught:
        read_whole(far(url, line))
    assert caught.value.detail == words


def test_read_from_a_slow_bucket_gives_the_right_bytes(url: str, line: Between) -> None:
    s3.a_store(url).put(NAME, [LARGE])

    def slow(asked: Asked, pass_on: PassOn) -> Answer:
        line.over.wait(0.2)
        return pass_on(asked)

    line.manner = slow
    assert read_whole(far(url, line)) == LARGE
    assert len([asked for asked in line.asked if is_reading(asked)]) <= len(LARGE) // AHEAD_BYTES + 2


# -- listing -----------------------------------------------------------------------------------------------------------


def by_twos(asked: Asked, pass_on: PassOn) -> Answer:
    """Pages of two."""
    return pass_on(Asked(asked.number, asked.method, asked.path + "&max-keys=2", asked.headers, asked.body))


def test_names_come_from_every_page(url: str, line: Between) -> None:
    names = sorted(new_name() for _ in range(5))
    for name in names:
        s3.a_store(url).put(name, [b"sealed"])
    line.manner = times(ALWAYS, is_listing, by_twos)
    assert far(url, line).names() == names
    assert len(line.asked) == 3


def test_list_that_breaks_off_after_a_page_gives_no_names_at_all(url: str, line: Between) -> None:
    for _ in range(5):
        s3.a_store(url).put(new_name(), [b"sealed"])

    def manner(asked: Asked, pass_on: PassOn) -> Answer | None:
        return fail(asked, pass_on) if "continuation-token" in asked.path else by_twos(asked, pass_on)

    line.manner = manner
    with pytest.raises(Unavailable) as caught:
        far(url, line).names()
    assert caught.value.detail == "The stored object could not be listed: the bucket answered with status 503."
