"""What carries notices away: a mail server, or a folder where there is none.

Trust line: whoever can read the mail can read a one-time code while it is fresh, so a connection without encryption is
refused where encryption was asked for. A notice says what its reader must know and never holds what is embargoed.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from app.outside.clock import SystemClock
from app.rules.mailanswers import Bounce, NoAnswer, NotTaken

SUBJECT_LIMIT = 300
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
_XTEXT = re.compile(r"[A-Za-z0-9_.@-]{1,100}")
_UNSAFE_IN_A_FILE_NAME = re.compile(r"[^a-z0-9]+")


def _present() -> datetime:
    return SystemClock().now()


@dataclass(frozen=True)
class SmtpMail:
    """Hands each notice to a mail server.

    Attributes:
        sender: The address that notices come from.
        starttls: The connection must be encrypted before anything is said on it.
        sign_in_name, password: Given to the server when the name is not empty.
        timeout_seconds: For the connection and for each answer of the server.
        tls: What is accepted as the server's certificate; the machine's trusted authorities by default.
        now: Where the ``Date`` header comes from.
    """

    host: str
    port: int
    sender: str
    starttls: bool = True
    sign_in_name: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 10.0
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    now: Callable[[], datetime] = _present

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> str:
        """Hand one notice to the server; it has taken it when this returns.

        Args:
            to: One normalised address.
            subject: One line.
            body: Plain text, any letters.
            message_id: With its angle brackets; the same whenever the same notice is sent again, so that a reader's
                program can drop the second copy.

        Returns:
            Nothing: a mail server has no name of its own for it that could be asked for later.

        Raises:
            OSError: The server does not answer, offers no encryption, or takes nothing from us; try again later.
            NoAnswer: It was given the notice and did not say whether it took it.
            ValueError: The address or the subject would make headers of its own; other notices may go.
            NotTaken: The server does not take this address, or this notice; other notices may go.

        Source:
            RFC 5322 section 3.6; RFC 3207; RFC 3461 sections 4.1, 4.3 and 4.4
        """
        letter = write_letter(
            sender=self.sender, to=to, subject=subject, body=body, message_id=message_id, at=self.now()
        )
        # The name in our greeting: asking the resolver for our own can take seconds and tells it more than it needs.
        ours = self.sender.rpartition("@")[2] or "localhost"
        with smtplib.SMTP(self.host, self.port, local_hostname=ours, timeout=self.timeout_seconds) as server:
            if self.starttls:
                server.starttls(context=self.tls)
            if self.sign_in_name:
                server.login(self.sign_in_name, self.password)
            server.ehlo_or_helo_if_needed()
            from_options, to_options = _asking_to_be_told(message_id) if server.has_extn("dsn") else ((), ())
            try:
                # Not send_message: it would write ">From" where a line begins with "From".
                server.sendmail(self.sender, [to], letter.as_bytes(), from_options, to_options)
            except smtplib.SMTPRecipientsRefused as refused:
                raise _not_taken(*next(iter(refused.recipients.values()))) from refused
            except smtplib.SMTPDataError as refused:
                if refused.smtp_code < 500:
                    raise
                code = _code(refused.smtp_code, refused.smtp_error)
                raise NotTaken("the mail server does not take this notice", code=code, again=True) from refused
            except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError) as error:
                raise NoAnswer("the mail server did not say whether it took a notice", code="smtp no answer") from error
        return ""


def _asking_to_be_told(message_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ask the server to tell us, by the notice's own id, when it does not arrive, and not to send the words back."""
    ident = message_id.strip("<>")
    told = ("RET=HDRS", f"ENVID={ident}") if _XTEXT.fullmatch(ident) else ("RET=HDRS",)
    return told, ("NOTIFY=FAILURE",)  # not of a delay: the letter is still on its way then


def _not_taken(status: int, said: bytes) -> NotTaken:
    """Tell what a refusal of an address means.

    Source:
        RFC 5321 section 4.2.1; RFC 3463 section 3.8 (a refusal by policy says nothing about the address)
    """
    code = _code(status, said)
    lasting = status >= 500 and " 5.7." not in code
    bounce = Bounce.PERMANENT if lasting else None
    return NotTaken("the mail server does not take this address", code=code, bounce=bounce, again=not lasting)


def _code(status: int, said: bytes | str) -> str:
    """Give the numbers of a refusal, without its words, which may quote the notice or the address."""
    octets = said.encode("utf-8", "replace") if isinstance(said, str) else said
    found = _ENHANCED.match(octets)
    return f"smtp {status}{' ' + found[0].decode('ascii') if found else ''}"


@dataclass(frozen=True)
class OutboxFolder:
    """Writes each notice as a text file that a person can read. For the demo and for trying the service out."""

    folder: Path

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> str:
        """Write one notice; the file is whole or not there at all.

        Args:
            to: One normalised address; it begins the file's name.
            subject: One line.
            body: Plain text.
            message_id: The same whenever the same notice is sent again; it then takes the place of the first.

        Returns:
            Nothing: the file is named by the notice.

        Raises:
            OSError: The folder cannot be written.
            ValueError: The address or the subject would make headers of its own.
        """
        demand_one_line(to, subject, message_id)
        name = f"{_slug(to)}-{_slug(message_id.partition('@')[0])}.txt"
        # Codes lie in it: the folder is for its owner alone.
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(prefix=".", suffix=".half", dir=self.folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as written:
                written.write(f"To: {to}\nSubject: {subject}\nMessage-ID: {message_id}\n\n{body}")
            Path(half).replace(self.folder / name)
        except BaseException:
            Path(half).unlink(missing_ok=True)
            raise
        return ""


def write_letter(*, sender: str, to: str, subject: str, body: str, message_id: str, at: datetime) -> EmailMessage:
    """Write a notice as an Internet message.

    Args:
        at: When it is sent. Aware.

    Raises:
        ValueError: A header has a line end or another control character in it.

    Source:
        RFC 5322 section 3.6
    """
    demand_one_line(sender, to, subject, message_id)
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = subject
    letter["Message-ID"] = message_id
    letter["Date"] = format_datetime(at)
    # Out-of-office programs must not answer a notice. Source: RFC 3834 section 5
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(body, charset="utf-8")
    return letter


def demand_one_line(*headers: str) -> None:
    """Stop when a header's text could begin another header.

    Raises:
        ValueError: One of them has a control character in it, or is too long.
    """
    for text in headers:
        if len(text) > SUBJECT_LIMIT or any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise ValueError("a header of a notice is one line of at most 300 characters")


def _slug(text: str) -> str:
    return _UNSAFE_IN_A_FILE_NAME.sub("-", text.lower()).strip("-")[:100]
