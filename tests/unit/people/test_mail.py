"""Mail against a real server on the loopback, and into a folder; no header of anybody's own making."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.outside.mail import OutboxFolder, SmtpMail

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOTICE = {
    "to": "ana.example@department.gov.example",
    "subject": "Your access – naïve “quotes” and 統計",
    "body": "Première ligne\n.\nFrom here on\n" + "long " * 400 + "\n",
    "message_id": "<not_0a1b2c3d4e5f60718293a4b5@service.gov.example>",
}


@dataclass
class Postbox:
    """What the server took."""

    refused: tuple[str, ...] = ()
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=20000))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=folder / "cert.pem")


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    box, port = Postbox(refused=("gone@department.gov.example",)), _free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def mail(port: int, **other: Any) -> SmtpMail:
    return SmtpMail(
        **{"host": "127.0.0.1", "port": port, "sender": "pra@service.gov.example", "starttls": False}
        | {"now": lambda: AT, **other}
    )


def test_notice_handed_to_a_server_arrives_whole(postbox: tuple[Postbox, int]) -> None:
    box, port = postbox
    mail(port).send(**NOTICE)
    ((sender, receivers, content),) = box.taken
    letter = message_from_bytes(content, policy=policy.default)
    assert (sender, receivers) == ("pra@service.gov.example", [NOTICE["to"]])
    assert {name: letter[name] for name in ("From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted")} == {
        "From": "pra@service.gov.example",
        "To": NOTICE["to"],
        "Subject": NOTICE["subject"],
        "Message-ID": NOTICE["message_id"],
        "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
        "Auto-Submitted": "auto-generated",
    }
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().replace("\r\n", "\n") == NOTICE["body"]
    assert max(len(line) for line in content.splitlines()) <= 998


@pytest.mark.parametrize("part", ["to", "subject", "message_id"])
@pytest.mark.parametrize(
    "injected", ["x\r\nBcc: spy@x.example", "x\nBcc: spy@x.example", "x\rBcc: spy@x.example", "x\x00y", "y" * 301]
)
def test_notice_whose_header_would_make_another_is_not_sent(
    postbox: tuple[Postbox, int], tmp_path: Path, part: str, injected: str
) -> None:
    box, port = postbox
    with pytest.raises(ValueError, match="one line"):
        mail(port).send(**{**NOTICE, part: injected})
    with pytest.raises(ValueError, match="one line"):
        OutboxFolder(tmp_path / "out").send(**{**NOTICE, part: injected})
    assert (box.taken, list(tmp_path.rglob("*.txt"))) == ([], [])


def test_notice_to_an_address_the_server_does_not_take_is_the_notices_fault(postbox: tuple[Postbox, int]) -> None:
    box, port = postbox
    with pytest.raises(ValueError, match="does not take this address"):
        mail(port).send(**{**NOTICE, "to": "gone@department.gov.example"})
    assert box.taken == []


def test_server_that_offers_no_encryption_where_it_is_asked_for_gets_nothing(postbox: tuple[Postbox, int]) -> None:
    box, port = postbox
    with pytest.raises(OSError, match="STARTTLS"):
        mail(port, starttls=True).send(**NOTICE)
    assert box.taken == []


def test_server_that_does_not_answer_is_the_mail_systems_fault() -> None:
    with pytest.raises(OSError, match="refused"):
        mail(_free_port()).send(**NOTICE)


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[tuple[Postbox, int, ssl.SSLContext]]:
    server, client = _certificate(tmp_path)
    box, port = Postbox(), _free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, tls_context=server, require_starttls=True)
    controller.start()
    yield box, port, client
    controller.stop()


def test_server_whose_certificate_is_trusted_gets_the_notice_encrypted(
    encrypted: tuple[Postbox, int, ssl.SSLContext],
) -> None:
    box, port, trusting = encrypted
    mail(port, host="localhost", starttls=True, tls=trusting).send(**NOTICE)
    assert len(box.taken) == 1


def test_server_whose_certificate_is_not_trusted_gets_nothing(
    encrypted: tuple[Postbox, int, ssl.SSLContext],
) -> None:
    box, port, _ = encrypted
    with pytest.raises(ssl.SSLCertVerificationError):
        mail(port, host="localhost", starttls=True).send(**NOTICE)
    assert box.taken == []


def test_notice_written_to_a_folder_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    for _ in range(2):
        OutboxFolder(folder).send(**NOTICE)
    (written,) = folder.iterdir()
    assert written.name == "ana-example-department-gov-example-not-0a1b2c3d4e5f60718293a4b5.txt"
    assert written.read_text("utf-8") == (
        f"To: {NOTICE['to']}\nSubject: {NOTICE['subject']}\nMessage-ID: {NOTICE['message_id']}\n\n{NOTICE['body']}"
    )
    assert (written.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("to", ["../../etc/x@x.example", "/x@x.example", "..@x.example"])
def test_notice_written_to_a_folder_stays_in_it(tmp_path: Path, to: str) -> None:
    folder = tmp_path / "outbox"
    OutboxFolder(folder).send(**{**NOTICE, "to": to})
    assert [path.parent for path in tmp_path.rglob("*.txt")] == [folder]
