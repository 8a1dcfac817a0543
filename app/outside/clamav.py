"""ClamAV's daemon, asked over its own socket: the bytes pass as they arrive, and nothing is written down for it.

Commands ``zVERSION`` and ``zINSTREAM``: each piece is sent behind its length in 4 bytes, big-endian; a length of 0 ends
the stream, and one answer follows. What the daemon says is not believed beyond a closed set of forms; whatever else
happens is "not scanned" with its reason, never "clean".
"""

from __future__ import annotations

import ipaddress
import re
import socket
import struct
import time
from collections.abc import Callable

from app.rules.errors import Broken, Unavailable
from app.rules.scans import WHY, NotScanned, Scanned, ScanState

ANSWER_LIMIT_BYTES = 1024
QUESTION_LIMIT_SECONDS = 2.0
"""How long the daemon may take to say who it is: whoever asks whether we are ready does not wait for it longer."""
_VERSION = re.compile(r"(ClamAV [\w.+~-]{1,40})(?:/(\d{1,9})(?:/[\w :]{0,40})?)?")
_FOUND = re.compile(r"stream: ([!-~]{1,200}) FOUND")
_CLEAN = "stream: OK"
_LIMIT = "INSTREAM size limit exceeded. ERROR"
_NOT_WHOLE = "Heuristics.Limits.Exceeded"
"""What the daemon says, where it is told to, of a file that it did not look through to its end."""


class _Line:
    """One connection, with one span of waiting for all that is done on it."""

    def __init__(self, connect: Callable[[float], socket.socket], limit_seconds: float) -> None:
        began = time.monotonic()
        self._socket = connect(limit_seconds)
        self._left = limit_seconds - (time.monotonic() - began)

    def _spend(self, act: Callable[[float], None]) -> None:
        if self._left <= 0:
            raise TimeoutError
        began = time.monotonic()
        try:
            act(self._left)
        finally:
            self._left -= time.monotonic() - began

    def send(self, sent: bytes) -> None:
        def act(left: float) -> None:
            self._socket.settimeout(left)
            self._socket.sendall(sent)

        self._spend(act)

    def answer(self) -> str:
        """Give what is answered up to its NUL; ConnectionError when it ends before, ValueError when it is none."""
        got = bytearray()

        def act(left: float) -> None:
            self._socket.settimeout(left)
            piece = self._socket.recv(ANSWER_LIMIT_BYTES)
            if not piece:
                raise ConnectionResetError
            got.extend(piece)

        while b"\0" not in got:
            if len(got) > ANSWER_LIMIT_BYTES:
                raise ValueError("the answer is too long")
            self._spend(act)
        return bytes(got).partition(b"\0")[0].decode("ascii")

    def close(self) -> None:
        self._socket.close()


class ClamScan:
    """One document being shown to the daemon. Never raises: what goes wrong stands in what ``end`` gives."""

    def __init__(self, scanner: ClamAv) -> None:
        self._limit_bytes = scanner.limit_bytes
        self._sent_bytes = 0
        self._trouble: NotScanned | None = None
        self._engine = self._signatures = ""
        self._line: _Line | None = None
        self._try(lambda: self._begin(scanner))

    def take(self, chunk: bytes) -> None:
        """Show one piece; nothing more is sent once something stands in the way."""
        line = self._line
        if not chunk or line is None:
            return
        self._sent_bytes += len(chunk)
        if self._sent_bytes > self._limit_bytes:
            self._fail(NotScanned.TOO_LARGE)
            return
        self._try(lambda: line.send(struct.pack("!I", len(chunk)) + chunk))

    def end(self) -> Scanned:
        """Say that the document has ended; gives what was found."""
        answers: list[str] = []
        line = self._line
        if line is not None:
            self._try(lambda: line.send(struct.pack("!I", 0)))
        if line is not None and self._trouble is None:
            self._try(lambda: answers.append(line.answer()))
        self.close()
        return self._judge(answers[0]) if answers else self._not_scanned(self._trouble or NotScanned.UNCLEAR)

    def close(self) -> None:
        """Let go of the daemon. Closing twice does nothing."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _begin(self, scanner: ClamAv) -> None:
        self._engine, self._signatures = scanner.version()
        self._line = scanner.line()
        self._line.send(b"zINSTREAM\0")

    def _judge(self, answer: str) -> Scanned:
        found = _FOUND.fullmatch(answer)
        if answer == _CLEAN:
            return Scanned(ScanState.CLEAN, engine=self._engine, signatures=self._signatures)
        if answer == _LIMIT or (found and found.group(1).startswith(_NOT_WHOLE)):
            return self._not_scanned(NotScanned.TOO_LARGE)
        if found is None:
            return self._not_scanned(NotScanned.UNCLEAR)
        return Scanned(ScanState.FOUND, None, found.group(1), self._engine, self._signatures)

    def _not_scanned(self, why: NotScanned) -> Scanned:
        return Scanned(ScanState.NOT_SCANNED, why, "", self._engine, self._signatures)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except TimeoutError:
            self._fail(NotScanned.TOO_SLOW)
        except ValueError:
            self._fail(NotScanned.UNCLEAR)
        except OSError:
            self._fail(_parting(self._line) if self._line else NotScanned.NOT_REACHED)

    def _fail(self, why: NotScanned) -> None:
        self._trouble = why
        self.close()


def _parting(line: _Line) -> NotScanned:
    """Say why the daemon closed: it tells its own limit, and then reads no more."""
    try:
        said = line.answer()
    except (OSError, ValueError):
        return NotScanned.CUT_OFF
    return NotScanned.TOO_LARGE if said == _LIMIT else NotScanned.CUT_OFF


class ClamAv:
    """The daemon at one address.

    Args:
        address: ``unix:/run/clamav/clamd.ctl``, or ``127.0.0.1:3310``: on this machine, as the bytes pass in the clear.
        limit_seconds: The longest that one document, or one question, waits for the daemon in all.
        limit_bytes: The largest document shown to it; not above the daemon's own StreamMaxLength and MaxFileSize.

    Raises:
        Broken: The address is no such address.
    """

    def __init__(self, address: str, *, limit_seconds: float, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._limit_seconds = limit_seconds
        self._connect = _connector(address)

    def begin(self) -> ClamScan:
        """Begin to show it a document. Never raises."""
        return ClamScan(self)

    def check(self) -> str:
        """Say in words which engine and signatures answer.

        Raises:
            Unavailable: None does.
        """
        try:
            engine, signatures = self.version()
        except TimeoutError as error:
            raise Unavailable(f"The malware scanner does not work: {WHY[NotScanned.TOO_SLOW]}.") from error
        except OSError as error:
            raise Unavailable(f"The malware scanner does not work: {WHY[NotScanned.NOT_REACHED]}.") from error
        except ValueError as error:
            raise Unavailable(f"The malware scanner does not work: {WHY[NotScanned.UNCLEAR]}.") from error
        return f"{engine}, signatures {signatures or 'of its own'}"

    def line(self) -> _Line:
        """Connect; OSError where nobody answers."""
        return _Line(self._connect, self._limit_seconds)

    def _question(self) -> _Line:
        return _Line(self._connect, min(self._limit_seconds, QUESTION_LIMIT_SECONDS))

    def version(self) -> tuple[str, str]:
        """Give engine and database version; the latter empty where the daemon names none. OSError, ValueError."""
        line = self._question()
        try:
            line.send(b"zVERSION\0")
            said = _VERSION.fullmatch(line.answer())
        finally:
            line.close()
        if said is None:
            raise ValueError("no version")
        return said.group(1), said.group(2) or ""


def _connector(address: str) -> Callable[[float], socket.socket]:
    kind, _, path = address.partition(":")
    if kind == "unix" and path.startswith("/"):
        return lambda left: _connected(socket.AF_UNIX, path, left)
    host, _, port = address.rpartition(":")
    try:
        local = ipaddress.ip_address(host.strip("[]"))
        there = (str(local), int(port))
    except ValueError:
        local, there = None, ("", 0)
    if local is None or not local.is_loopback:
        raise Broken(
            "PRA_SCANNER_ADDRESS must be unix:/path/of/the/socket or an address of this machine with its port, such as "
            "127.0.0.1:3310: documents pass to the scanner in the clear."
        )
    family = socket.AF_INET if isinstance(local, ipaddress.IPv4Address) else socket.AF_INET6
    return lambda left: _connected(family, there, left)


def _connected(family: socket.AddressFamily, there: str | tuple[str, int], left: float) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.settimeout(left)
        made.connect(there)
    except BaseException:
        made.close()
        raise
    return made
