"""``pra upload``: goes on by itself over a line that breaks, and remembers nothing that is secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import typer
from httpx2 import Response

from app.actions import credentials
from app.actions.tools import Actor, RoleHeld
from app.cli import uploading
from app.cli.asking import who_is_asking
from app.cli.uploading import Memory, Sending
from app.rules.facts import Role
from tests.unit.documents.world import World, sha256
from tests.unit.uploads.sending import TABLE, Desk, documents_of, kept

BEFORE, AFTER = "before", "after"  # the request was never carried out; or it was, and its answer was lost


class Line:
    """A line to the service on which chosen requests break."""

    def __init__(self, desk: Desk, **breaks: str) -> None:
        """Break requests by their number, from 1: ``r3="after"``."""
        self.desk, self.breaks = desk, breaks
        self.asked: list[str] = []

    def request(self, method: str, address: str, **sent: Any) -> Response:
        self.asked.append(method)
        fault = self.breaks.get(f"r{len(self.asked)}")
        if fault != BEFORE:
            answer = self.desk.client.request(method, address, **sent)
        if fault:
            raise httpx2.ReadError("the line broke")
        return answer

    def post(self, address: str, **sent: Any) -> Response:
        return self.request("POST", address, **sent)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "service").mkdir()
    world = World(tmp_path / "service")
    yield Desk(world)
    world.service.close()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(uploading, "_wait", waited.append)
    return waited


def sending(desk: Desk, folder: Path, line: Line, *, content: bytes = TABLE, patience_seconds: float = 1000) -> Sending:
    file = folder / "regions.csv"
    file.write_bytes(content)
    release_id = desk.world.release.release_id
    said = {"filename": file.name, "filetype": "text/csv", "sha256": sha256(content)}
    return Sending(
        http=line,
        sign_in=lambda: desk.headers,
        can_sign_in_again=False,
        file=file,
        size_bytes=len(content),
        said=said,
        release=release_id,
        memory=Memory(folder / "state", "http://twin", release_id, said),
        patience_seconds=patience_seconds,
    )


def remembered(folder: Path) -> str:
    return "".join(path.read_text("utf-8") for path in sorted((folder / "state").glob("*")))


# Requests: 1 begins, 2 asks where it stands, 3 to 6 send 400 bytes each, 7 asks for the document.
@pytest.mark.parametrize("fault", [BEFORE, AFTER])
@pytest.mark.parametrize("broken", [1, 2, 3, 5, 6, 7])
def test_line_that_breaks_once_anywhere_makes_one_document(
    desk: Desk, tmp_path: Path, waits: list[float], fault: str, broken: int
) -> None:
    line = Line(desk, **{f"r{broken}": fault})
    made = sending(desk, tmp_path, line).whole(400)
    assert (made["state"], documents_of(desk)) == ("complete", [("regions.csv", sha256(TABLE), "draft")])
    assert (waits, kept(desk)[1], remembered(tmp_path)) == ([1.0], 0, "")
    assert len(desk.client.get("/api/v1/uploads", headers=desk.headers).json()["results"]) == 1


def test_command_run_again_goes_on_where_it_stood_and_remembers_no_secret(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(typer.Exit):
        sending(desk, tmp_path, Line(desk, r4=BEFORE), patience_seconds=-1).whole(400)
    told = remembered(tmp_path)
    assert "/api/v1/uploads/upl_" in told
    token = desk.headers["Authorization"].removeprefix("Bearer ")
    assert [secret for secret in (token, "regions", "North", sha256(TABLE)) if secret in told] == []
    assert [oct(path.stat().st_mode & 0o777) for path in (tmp_path / "state").iterdir()] == ["0o600"]
    line = Line(desk)
    sending(desk, tmp_path, line).whole(400)
    assert line.asked == ["HEAD", "HEAD", "PATCH", "PATCH", "PATCH", "GET"]  # one of four pieces was kept before
    assert documents_of(desk) == [("regions.csv", sha256(TABLE), "draft")]


def test_upload_that_is_gone_or_was_taken_back_is_begun_anew(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(typer.Exit):
        sending(desk, tmp_path, Line(desk, r4=BEFORE), patience_seconds=-1).whole(400)
    (one,) = desk.client.get("/api/v1/uploads", headers=desk.headers).json()["results"]
    assert desk.asks(one["upload_id"], "DELETE").status_code == 204
    sending(desk, tmp_path, Line(desk)).whole(400)
    assert documents_of(desk) == [("regions.csv", sha256(TABLE), "draft")]


def test_beginning_whose_answer_was_not_even_kept_is_found_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.actions import replays

    line = Line(desk, r1=AFTER)
    keep, lost = replays.keep_answer, [True]
    monkeypatch.setattr(replays, "keep_answer", lambda *given: None if lost and lost.pop() else keep(*given))
    assert sending(desk, tmp_path, line).whole(400)["state"] == "complete"
    assert line.asked[:3] == ["POST", "POST", "GET"]
    assert len(desk.client.get("/api/v1/uploads", headers=desk.headers).json()["results"]) == 1


def test_file_that_is_changed_while_it_is_sent_is_refused_and_told(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = sending(desk, tmp_path, Line(desk))
    (tmp_path / "regions.csv").write_bytes(TABLE.replace(b"0", b"1"))
    with pytest.raises(typer.Exit):
        one.whole(400)
    assert capsys.readouterr().err.splitlines()[-1].startswith("hash_differs: What has arrived is not the document")
    assert (documents_of(desk), kept(desk), remembered(tmp_path)) == ([], ([], 0), "")


def test_file_that_becomes_shorter_while_it_is_sent_is_told_and_not_sent_for_ever(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = sending(desk, tmp_path, Line(desk))
    (tmp_path / "regions.csv").write_bytes(TABLE[:500])
    with pytest.raises(typer.Exit):
        one.whole(400)
    assert "The file has become shorter" in capsys.readouterr().err
    assert documents_of(desk) == []


def test_refusal_at_the_end_whose_answer_was_lost_is_told_all_the_same(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = sending(desk, tmp_path, Line(desk, r6=AFTER))
    (tmp_path / "regions.csv").write_bytes(TABLE.replace(b"0", b"1"))
    with pytest.raises(typer.Exit):
        one.whole(400)
    assert "hash_differs: What has arrived" in capsys.readouterr().err


def test_bytes_changed_on_the_way_are_sent_again(desk: Desk, tmp_path: Path, waits: list[float]) -> None:
    class Noisy(Line):
        def request(self, method: str, address: str, **sent: Any) -> Response:
            if len(self.asked) == 3:
                sent["content"] = b"x" + sent["content"][1:]
            return super().request(method, address, **sent)

    assert sending(desk, tmp_path, Noisy(desk)).whole(400)["state"] == "complete"
    assert (waits, documents_of(desk)) == ([1.0], [("regions.csv", sha256(TABLE), "draft")])


def test_waits_grow_up_to_half_a_minute_and_begin_anew_after_every_success(
    desk: Desk, tmp_path: Path, waits: list[float]
) -> None:
    breaks = {f"r{number}": BEFORE for number in [*range(3, 10), 12]}
    sending(desk, tmp_path, Line(desk, **breaks)).whole(400)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 1.0]


def program(desk: Desk, folder: Path) -> Callable[[], dict[str, str]]:
    administrator = desk.world.service.administrator()
    actor = Actor(administrator, "Alex", (RoleHeld(Role.ADMINISTRATOR, None),), person_id=administrator)
    made = credentials.make_credential(
        desk.tools, actor, name="Sender", role=Role.STATISTICIAN, organisation_id=desk.world.sat.organisation_id
    )
    (folder / "secret").write_text(made.secret + "\n", "utf-8")
    client = desk.world.service.client
    return lambda: who_is_asking(client, "", made.client_id, folder / "secret")


def test_program_whose_token_runs_out_between_two_pieces_signs_in_again(desk: Desk, tmp_path: Path) -> None:
    sign_in = program(desk, tmp_path)

    class Slow(Line):
        def request(self, method: str, address: str, **sent: Any) -> Response:
            if method == "PATCH":
                desk.world.clock.forward(minutes=6)
            return super().request(method, address, **sent)

    one = sending(desk, tmp_path, Slow(desk))
    one.sign_in, one.can_sign_in_again = sign_in, True
    assert one.whole(400)["state"] == "complete"


def test_service_that_gives_no_token_just_now_is_asked_again(desk: Desk, tmp_path: Path, waits: list[float]) -> None:
    sign_in, refused = program(desk, tmp_path), [True, True]

    def sometimes() -> dict[str, str]:
        if refused:
            refused.pop()
            answer = Response(503, request=httpx2.Request("POST", "http://twin/api/v1/sign-in/tokens"))
            answer.raise_for_status()
        return sign_in()

    one = sending(desk, tmp_path, Line(desk))
    one.sign_in = sometimes
    assert (one.whole(400)["state"], waits) == ("complete", [1.0, 2.0])


def test_session_that_has_ended_is_told_and_what_was_kept_is_gone_on_with_later(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Long(Line):
        def request(self, method: str, address: str, **sent: Any) -> Response:
            if len(self.asked) == 4:
                desk.world.clock.forward(hours=11)
            return super().request(method, address, **sent)

    with pytest.raises(typer.Exit):
        sending(desk, tmp_path, Long(desk)).whole(400)
    assert capsys.readouterr().err.splitlines()[-1].startswith("not_signed_in: ")
    desk.headers = desk.world.headers(desk.person_id)
    line = Line(desk)
    assert sending(desk, tmp_path, line).whole(400)["state"] == "complete"
    assert "POST" not in line.asked


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"address": 7}'])
def test_memory_that_cannot_be_read_is_none(tmp_path: Path, damaged: str) -> None:
    memory = Memory(tmp_path, "http://twin", "rel", {})
    memory.keep(key="x")
    (path,) = tmp_path.iterdir()
    path.write_text(damaged, "utf-8")
    assert memory.read() == {}
