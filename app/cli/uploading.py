"""``pra upload``: send a document in parts, and go on by itself after the connection broke.

It asks the API as anybody does, by the tus protocol. What it must remember to go on, where the upload is and nothing
secret, lies in a file of the user's own; whoever runs the same command again goes on from there, on the same file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NoReturn

import httpx2
import typer

from app.cli.asking import Client, Secret, Token, Url, refuse, who_is_asking

MEBIBYTE = 1024 * 1024
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_TUS = {"Tus-Resumable": "1.0.0"}
_LONGEST_WAIT_SECONDS = 30.0
_PIECES = 2000  # about, at most; the service takes some more
_TELLS = 20  # how often, about, one is told how far it has come
_TIMEOUT = httpx2.Timeout(60, connect=10, read=300)  # the last answer comes when the document is made
_wait: Callable[[float], None] = time.sleep


class _Later(Exception):  # deliberate: a reason to wait, and no error
    """The service is not to be had just now; or it is busy with this upload."""


def upload(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The document.")],
    release: Annotated[str, typer.Option(help="The release it belongs to, rel_….")],
    replaces: Annotated[str, typer.Option(help="The document whose place it takes when fixed, doc_….")] = "",
    note: Annotated[str, typer.Option(help="What changed; needed with --replaces.")] = "",
    media_type: Annotated[str, typer.Option(help="Where the file's ending does not say.")] = "",
    piece_mib: Annotated[int, typer.Option(min=1, max=64, help="How much is sent at a time, in MiB.")] = 8,
    patience_minutes: Annotated[
        int, typer.Option(min=0, max=24 * 60, help="How long to go on trying when nothing gets through.")
    ] = 60,
    state_dir: Annotated[
        Path | None, typer.Option(envvar="PRA_STATE_DIR", help="Where to remember how far it came.")
    ] = None,
    url: Url = "http://127.0.0.1:8000",
    token: Token = "",
    client: Client = "",
    secret_file: Secret = None,
) -> None:
    """Send a document; after a lost connection it goes on from where it stood. Exit status 1 when it is refused."""
    kind = media_type or MEDIA_TYPES.get(file.suffix.lower(), "application/octet-stream")
    said = {"filename": file.name, "filetype": kind, "sha256": _sha256(file), "replaces": replaces, "note": note}
    with httpx2.Client(base_url=url, timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as http:
        sending = Sending(
            http=http,
            sign_in=lambda: who_is_asking(http, token, client, secret_file),
            can_sign_in_again=not token,
            file=file,
            size_bytes=file.stat().st_size,
            said={name: text for name, text in said.items() if text},
            release=release,
            memory=Memory(_folder(state_dir), url, release, said),
            patience_seconds=patience_minutes * 60.0,
        )
        made = sending.whole(max(piece_mib * MEBIBYTE, sending.size_bytes // _PIECES))
    typer.echo(f"Document {made['document_id']}, SHA-256 {said['sha256']}. A second person fixes it by this hash.")


class Memory:
    """What must be remembered of one upload, in a file that nobody else can read.

    Args:
        folder: Where the file is.
        url, release, said: What makes it the same upload when the command is run again.
    """

    def __init__(self, folder: Path, url: str, release: str, said: dict[str, str]) -> None:
        same = json.dumps([url, release, said], sort_keys=True)
        self._path = folder / f"upload-{hashlib.sha256(same.encode()).hexdigest()[:32]}.json"

    def read(self) -> dict[str, str]:
        """Give what is remembered; nothing where there is none, or where it cannot be read."""
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) and all(isinstance(text, str) for text in kept.values()) else {}

    def keep(self, **remembered: str) -> None:
        """Remember this and nothing else, in one step."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(f".{secrets.token_hex(4)}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as kept:
            json.dump(remembered, kept)
        unfinished.replace(self._path)

    def forget(self) -> None:
        """Remember nothing any more."""
        self._path.unlink(missing_ok=True)


@dataclass
class Sending:
    """One document being sent.

    Attributes:
        sign_in: Gives the headers of whoever asks; raises where the service does not answer.
        can_sign_in_again: A program can, when its token of a few minutes is over.
        said: What is announced of the document, by the names of the protocol.
        patience_seconds: How long to go on trying when nothing gets through.
    """

    http: httpx2.Client
    sign_in: Callable[[], dict[str, str]]
    can_sign_in_again: bool
    file: Path
    size_bytes: int
    said: dict[str, str]
    release: str
    memory: Memory
    patience_seconds: float
    _who: dict[str, str] = field(default_factory=dict)
    _lost: int = 0
    _told_bytes: int = 0

    def whole(self, piece_bytes: int) -> dict[str, Any]:
        """Send all of it, waiting and going on as often as must be; gives the upload as it is told at its end."""
        patience = time.monotonic() + self.patience_seconds
        address, offset = "", -1
        while True:
            try:
                address = address or self._begun()
                offset = self._offset(address) if offset < 0 else offset
                if offset >= self.size_bytes:
                    return self._made(address)
                came_to = self._send(address, offset, piece_bytes)
                patience = time.monotonic() + self.patience_seconds
                self._lost = 0
                offset = came_to
                self._tell(offset)
            except (httpx2.TransportError, httpx2.HTTPStatusError, _Later) as why:
                offset = -1
                self._rest(why, patience)

    def _begun(self) -> str:
        """Give where the upload is: of one that was begun before, or of one that begins now."""
        kept = self.memory.read()
        if kept.get("address"):
            if self._ask("HEAD", kept["address"]).status_code not in (404, 410):
                typer.echo(f"Going on with {kept['address'].rpartition('/')[2]}.", err=True)
                return kept["address"]
            kept = {}
        key = kept.get("key") or secrets.token_urlsafe(24)
        self.memory.keep(key=key)  # before it is asked: an answer that is lost is then given again
        told = ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in self.said.items())
        answer = self._ask(
            "POST",
            f"/api/v1/releases/{self.release}/uploads",
            headers={"Upload-Length": str(self.size_bytes), "Upload-Metadata": told, "Idempotency-Key": key},
        )
        if answer.status_code == 409 and _json(answer).get("code") == "idempotency_key_reused":
            address = self._found()  # the first answer was lost before it was kept
        elif answer.status_code == 201:
            address = answer.headers["location"]
        else:
            self._stop(answer)
        self.memory.keep(address=address)
        return address

    def _found(self) -> str:
        """Give where an upload of this very file is that was begun while its answer was lost."""
        for one in _json(self._ask("GET", "/api/v1/uploads")).get("results", []):
            same = (self.release, self.said["sha256"], "receiving")
            if (one.get("release_id"), one.get("sha256"), one.get("state")) == same:
                return f"/api/v1/uploads/{one['upload_id']}"
        self.memory.forget()
        raise _Later("it is not known whether the upload was begun")

    def _offset(self, address: str) -> int:
        answer = self._ask("HEAD", address)
        if answer.status_code == 423:
            raise _Later("the service is making the document of its parts")
        if answer.status_code != 200:  # refused or gone; a HEAD does not say why
            self._stop(self._ask("GET", address))
        return int(answer.headers["upload-offset"])

    def _send(self, address: str, offset: int, piece_bytes: int) -> int:
        with self.file.open("rb") as reading:
            reading.seek(offset)
            piece = reading.read(min(piece_bytes, self.size_bytes - offset))
        if not piece:
            typer.echo("The file has become shorter while it was sent. Send it again once it is whole.", err=True)
            raise typer.Exit(1)
        digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
        headers = {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {digest}",
        }
        answer = self._ask("PATCH", address, headers=headers, content=piece)
        if answer.status_code == 409 and "upload-offset" in answer.headers:
            raise _Later("the upload stands elsewhere")
        if answer.status_code in (423, 460):
            raise _Later(str(_json(answer).get("title", "the service is busy")))
        if answer.status_code != 204:
            self._stop(answer)
        return int(answer.headers["upload-offset"])

    def _made(self, address: str) -> dict[str, Any]:
        answer = self._ask("GET", address)
        told: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        if told.get("state") != "complete":
            self._stop(answer)
        self.memory.forget()
        return told

    def _ask(self, method: str, address: str, **sent: Any) -> httpx2.Response:
        if not self._who:
            self._who = self.sign_in()
        headers = {**sent.pop("headers", {}), **_TUS}
        answer = self.http.request(method, address, headers={**headers, **self._who}, **sent)
        if answer.status_code == 401 and self.can_sign_in_again:
            self._who = self.sign_in()
            answer = self.http.request(method, address, headers={**headers, **self._who}, **sent)
        if answer.status_code in (429, 502, 503, 504):
            raise _Later(_detail(answer))
        return answer

    def _stop(self, answer: httpx2.Response) -> NoReturn:
        """Tell why it cannot go on, and end; what is of no use any more is forgotten."""
        told = _json(answer)
        problem = told.get("problem")
        if isinstance(problem, dict):  # of an upload that was refused at its end
            typer.echo(f"{problem.get('code')}: {problem.get('detail')}", err=True)
        else:
            refuse(answer)
        if answer.status_code not in (401, 500):
            self.memory.forget()
        raise typer.Exit(1)

    def _rest(self, why: Exception, patience: float) -> None:
        if time.monotonic() >= patience:
            typer.echo(f"Given up for now: {why}. Run the same command again to go on.", err=True)
            raise typer.Exit(1)
        wait_seconds = min(2.0**self._lost, _LONGEST_WAIT_SECONDS)
        self._lost += 1
        typer.echo(f"Not getting through: {why}. Trying again in {wait_seconds:.0f} s.", err=True)
        _wait(wait_seconds)

    def _tell(self, offset: int) -> None:
        if offset - self._told_bytes >= self.size_bytes // _TELLS or offset == self.size_bytes:
            typer.echo(f"{offset} of {self.size_bytes} bytes are kept.", err=True)
            self._told_bytes = offset


def _folder(state_dir: Path | None) -> Path:
    if state_dir is not None:
        return state_dir
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "pra"


def _sha256(file: Path) -> str:
    with file.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _detail(answer: httpx2.Response) -> str:
    return str(_json(answer).get("detail") or f"status {answer.status_code}")
