"""GOV.UK Notify: carries letters away, and says what became of them.

Trust line: Notify reads every letter, one-time codes included, and says what became of it; nothing is decided by what
it says but whether somebody is told that a letter did not arrive. The key goes into a token's signature and nowhere
else, and no word of an answer is kept: Notify's messages may quote an address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx2

from app.outside.clock import SystemClock
from app.outside.mail import demand_one_line
from app.outside.witnesses import is_usable
from app.rules.errors import Broken, Unavailable
from app.rules.mailanswers import Became, Down, NoAnswer, NotTaken, Sighting

PRODUCTION = "https://api.notifications.service.gov.uk"
ANSWER_LIMIT_BYTES = 1024**2
_KEY = re.compile(r"[A-Za-z0-9_.-]*-(?P<service>[0-9a-f-]{36})-(?P<secret>[0-9a-f-]{36})")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLACEHOLDER = re.compile(r"\(\(([^()]*)\)\)")
_WORD = re.compile(r"[A-Za-z]{1,24}")
_BECAME = {
    "delivered": Became.DELIVERED,
    "permanent-failure": Became.BOUNCED,
    "temporary-failure": Became.DELAYED,
    "technical-failure": Became.FAILED,
}
# Which of several copies is told of: one that arrived, before one on its way, before one that failed.
_TOLD_FIRST = (Became.DELIVERED, Became.UNDER_WAY, Became.DELAYED, Became.BOUNCED, Became.FAILED)
# What concerns one letter: its size, or an address that is none. Any other refusal is of the key, the clock, the limit,
# the template or what the service may do there: nothing that this letter could help.
_OF_ONE_LETTER = ("413", "400 ValidationError")


def _present() -> datetime:
    return SystemClock().now()


@dataclass(frozen=True)
class NotifyMail:
    """Hands each letter to GOV.UK Notify, by one template whose subject and body are placeholders.

    Attributes:
        service_id: The issuer of our tokens.
        secret: What signs them.
        template_id: An e-mail template: subject ``((subject))``, text ``((body))``.
        timeout_seconds: For the connection, for each piece of an answer, and for an answer as a whole.
        tls: What is accepted as the server's certificate; the machine's trusted authorities by default.
        now: The instant in our tokens.
    """

    service_id: str
    secret: str = field(repr=False)
    template_id: str
    url: str = PRODUCTION
    timeout_seconds: float = 10.0
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    now: Callable[[], datetime] = _present

    def send(self, *, to: str, subject: str, body: str, message_id: str) -> str:
        """Hand one letter over; Notify has taken it when this returns.

        Args:
            to: One normalised address.
            subject: One line.
            body: Plain text.
            message_id: What stands before its @ is the reference: the same whenever the same letter is sent again.

        Returns:
            Notify's own id for it.

        Raises:
            NotTaken: Notify refuses this letter; others may go.
            NoAnswer: Nobody knows whether Notify took it; ask for it with ``find`` before it is sent again.
            Down: Notify takes nothing from us at present.
        """
        demand_one_line(to, subject, message_id)
        letter = {
            "email_address": to,
            "template_id": self.template_id,
            "personalisation": {"subject": subject, "body": body},
            "reference": reference_of(message_id),
        }
        status, told = self._ask("POST", "/v2/notifications/email", letter)
        if status == 201 and isinstance(told.get("id"), str):
            return str(told["id"])
        if status < 400 or status >= 500:
            # Notify says of 500 that the letter can be sent again, not that it was not kept.
            raise NoAnswer("Notify did not say whether it took a letter", code=f"notify {status}")
        refusal = f"{status}{_sort_of(told) if status in (400, 413) else ''}"
        if refusal.startswith(_OF_ONE_LETTER):
            raise NotTaken("Notify refuses this letter", code=f"notify {refusal}")
        raise Down(f"Notify answers {refusal}", code=f"notify {refusal}")

    def find(self, message_id: str) -> Sighting | None:
        """Ask Notify what became of a letter, by its reference; None where Notify has none of it.

        Args:
            message_id: As it was sent with.

        Raises:
            Down: Notify does not say.
        """
        reference = reference_of(message_id)
        asked = urlencode({"reference": reference, "template_type": "email"})
        status, told = self._ask("GET", f"/v2/notifications?{asked}")
        found = told.get("notifications")
        if status != 200 or not isinstance(found, list):
            raise Down(f"Notify answers {status} when it is asked about a letter", code=f"notify {status}")
        ours = [one for one in found if isinstance(one, dict) and one.get("reference") == reference]
        seen = sorted((_sighting(one, len(ours)) for one in ours), key=lambda one: _TOLD_FIRST.index(one.became))
        return seen[0] if seen else None

    def check(self) -> str:
        """Say in words that Notify answers and that the template has both placeholders and no other.

        Raises:
            Unavailable: It does not answer, refuses the key, or the template is another one.
        """
        try:
            status, told = self._ask("GET", f"/v2/template/{self.template_id}")
        except OSError as error:
            raise Unavailable("GOV.UK Notify does not answer. Letters wait.") from error
        if status in (401, 403):
            raise Unavailable(
                "GOV.UK Notify does not accept the key. Look at PRA_NOTIFY_KEY_FILE, and at this machine's clock, "
                "which must be right to within 30 seconds."
            )
        if status != 200:
            raise Unavailable(f"GOV.UK Notify has no such template (it answers {status}): look at PRA_NOTIFY_TEMPLATE.")
        asked = (set(_PLACEHOLDER.findall(str(told.get(part)))) for part in ("subject", "body"))
        if told.get("type") != "email" or tuple(asked) != ({"subject"}, {"body"}):
            raise Unavailable(
                "The template at GOV.UK Notify must be one for e-mail, with ((subject)) as its subject, ((body)) in "
                "its text, and no other placeholder. Change it there."
            )
        return f"GOV.UK Notify answers; version {told.get('version')} of the template"

    def _ask(self, method: str, path: str, sent: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        headers = {
            "Authorization": f"Bearer {self._token()}",
            "Accept-Encoding": "identity",
            "User-Agent": "pra-gatekeeper",
        }
        until = time.monotonic() + self.timeout_seconds  # each byte of a slow answer may come in time
        kept = bytearray()
        try:
            with (
                httpx2.Client(
                    verify=self.tls, trust_env=False, follow_redirects=False, timeout=self.timeout_seconds
                ) as client,
                client.stream(method, f"{self.url}{path}", json=sent, headers=headers) as answer,
            ):
                for piece in answer.iter_raw():
                    kept += piece
                    if len(kept) > ANSWER_LIMIT_BYTES or time.monotonic() > until:
                        raise NoAnswer("Notify answers without end", code="notify too long")
                return answer.status_code, _read(bytes(kept))
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Down("Notify cannot be reached", code="notify no connection") from error
        except httpx2.HTTPError as error:
            raise NoAnswer("Notify did not answer", code="notify no answer") from error

    def _token(self) -> str:
        """Make the token of one request.

        Source:
            RFC 7515 section 3.1 (compact serialisation); RFC 7518 section 3.2 (HS256)
        """
        claims = {"iss": self.service_id, "iat": int(self.now().timestamp())}
        signed = f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_part(claims)}"
        seal = hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_text(seal)}"


def notify_mail(
    key: str, template_id: str, url: str, timeout_seconds: float, now: Callable[[], datetime]
) -> NotifyMail:
    """Make what speaks to Notify, from what an operator has set.

    Args:
        key: As Notify gives it: a name, the service's id and the secret, joined by hyphens.
        template_id: The template's id.
        url: Where Notify is reached.
        timeout_seconds: For each request.
        now: The instant in our tokens.

    Raises:
        Broken: One of them is none.
    """
    found = _KEY.fullmatch(key)
    if found is None or not _UUID.fullmatch(found["service"]) or not _UUID.fullmatch(found["secret"]):
        raise Broken("The file that PRA_NOTIFY_KEY_FILE names does not hold an API key of GOV.UK Notify.")
    if not _UUID.fullmatch(template_id):
        raise Broken("PRA_NOTIFY_KEY_FILE is set: set PRA_NOTIFY_TEMPLATE to the id of a template too.")
    if not is_usable(url):
        raise Broken("PRA_NOTIFY_URL must begin with https://, or be on this machine.")
    return NotifyMail(found["service"], found["secret"], template_id, url.rstrip("/"), timeout_seconds, now=now)


def reference_of(message_id: str) -> str:
    """Give the reference of a letter: its message id without what stands behind the @, which names no person."""
    return message_id.strip("<>").partition("@")[0]


def became_of(status: str) -> Became:
    """Say what a status of Notify's means; one that we do not know is taken for being under way."""
    return _BECAME.get(status, Became.UNDER_WAY)


def _sighting(one: dict[str, Any], copies: int) -> Sighting:
    status = str(one.get("status"))
    became = became_of(status)
    code = f"notify {status}" if became in (Became.BOUNCED, Became.DELAYED, Became.FAILED) else ""
    return Sighting(became, copies, str(one.get("id"))[:64], code[:40])


def _sort_of(told: dict[str, Any]) -> str:
    """Give the kind of an error, which Notify keeps the same, and not its message, which it does not."""
    errors = told.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    sort = first.get("error") if isinstance(first, dict) else None
    return f" {sort}" if isinstance(sort, str) and _WORD.fullmatch(sort) else ""


def _read(octets: bytes) -> dict[str, Any]:
    try:
        found = json.loads(octets)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _part(members: dict[str, Any]) -> str:
    return _text(json.dumps(members, separators=(",", ":")).encode())


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
