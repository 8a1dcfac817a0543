"""Signing in by an organisation's own provider: OpenID Connect, the code flow with PKCE.

    1  begin        a browser asks; the attempt is kept with the hash of what that browser holds
    2  way_there    the browser is shown the way: state, nonce and verifier follow from what it holds
    3  complete     the browser comes back: attempt, browser, provider and state must fit, and the attempt is used up
       3.1          the code is exchanged, the ID token's signature and claims are checked; no transaction is open
       3.2          the person is found by the provider's own name for them; at the first time, and only then, by the
                    address that the provider has verified, and is told so by e-mail
       3.3          a session begins, as by a code

Whatever is wrong, the person is told one and the same; the log has the cause.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

from app.actions import desk, discovering
from app.actions.admitting import NewSession, Proof, admit, demand_patience, note_stray, turn_away
from app.actions.binding import bind, whom
from app.actions.proving import browser_hash, nonce_of, proved_by, state_of, verifier_of
from app.actions.proving import way_back as way_back
from app.actions.tools import Tools, Transaction
from app.audit.entries import Entry, EntryKind, Outcome
from app.records import providers, sessions
from app.records.providers import AttemptRow
from app.rules.errors import Code, Conflict, NotFound, NotSignedIn
from app.rules.idtokens import ProvedPerson, ProviderRefused, challenge_of
from app.rules.mailboxes import normalise_address
from app.rules.providers import BY_PROVIDER, SignInProvider, domain_of
from app.rules.reasons import instant_text

NOT_ACCEPTED = (
    "That sign-in was not accepted. Begin again from the sign-in page, in this browser. If it happens again, ask the "
    "producer who gave you access whether the address they have for you is the one your organisation knows."
)
_ATTEMPT = re.compile(r"pat_[0-9a-f]{24}")
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WayThere:
    """Where a person goes to sign in.

    Attributes:
        url: The provider's, with what it must be told.
        host: Where that is, for the person to recognise.
        required: There is no other way for people of this organisation.
        place: Where they go on afterwards.
    """

    organisation: str
    url: str
    host: str
    required: bool
    place: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """A session that has begun by a provider's word, and where the person goes on."""

    session: NewSession
    place: str


def is_offered(tools: Tools) -> bool:
    """Say whether people of any organisation sign in by its provider."""
    with tools.reading() as connection:
        return providers.any_answers(connection)


def find_for(tools: Tools, email: str) -> SignInProvider | None:
    """Give the provider that answers for an address's domain, whether or not anybody has the address; or None.

    Args:
        email: As typed.

    Raises:
        Malformed: That is no e-mail address.
    """
    with tools.reading() as connection:
        return providers.find_for(connection, domain_of(normalise_address(email)))


def begin(tools: Tools, provider_id: str, *, browser: str, place: str, fresh: bool, network: str) -> str:
    """Begin a sign-in at a provider.

    Args:
        browser: A secret that only the browser which asks holds; its keyed hash is kept.
        place: Where the person goes on afterwards, an address of our own.
        fresh: The person must prove anew who they are.
        network: Network address that asks, as text; only its keyed hash is kept.

    Returns:
        The sign-in's id.

    Raises:
        NotFound: There is no such provider, or it has ended.
        TooManyTries: Too many were begun from this network within the hour.

    Source:
        RFC 9700 sections 2.1 and 4.7
    """
    at = tools.clock.now()
    network_hash = tools.keys.keyed_hash("network", network)
    attempt = AttemptRow(
        attempt_id=tools.new_id("pat"),
        provider_id=provider_id,
        browser_hash=browser_hash(tools, browser),
        place=place,
        fresh=fresh,
        begun_at=at,
        expires_at=at + timedelta(minutes=tools.policy.code_minutes),
        used_at=None,
    )
    with tools.transaction() as tx:
        provider = providers.get(tx.connection, provider_id)
        if not provider.stands:
            raise NotFound("")
        limit = tools.policy.codes_per_network_per_hour * tools.policy.code_tries
        desk.demand_fewer_tries(tx, "provider_from_network", network_hash, at, limit=limit)
        sessions.add_attempt(
            tx.connection, "provider_from_network", network_hash, at, forget_before=at - desk.TRIES_SPAN
        )
        providers.add_attempt(tx.connection, attempt, forget_before=at - _FORGOTTEN_AFTER)
        tx.append(
            Entry(
                EntryKind.PROVIDER_SIGN_IN_BEGUN,
                at,
                actor_id="nobody",
                said={"provider_id": provider_id, "attempt_id": attempt.attempt_id, "fresh": fresh},
                sealed={"network_hash": network_hash},
            )
        )
    return attempt.attempt_id


def way_there(tools: Tools, attempt_id: str, browser: str) -> WayThere:
    """Give the address to which the browser that began a sign-in is sent.

    Args:
        browser: What it holds.

    Raises:
        NotSignedIn: This browser did not begin it, it was used, or took too long (code ``provider_not_accepted``); or
            the provider does not answer (code ``provider_silent``).

    Source:
        OpenID Connect Core 1.0 section 3.1.2.1; RFC 7636 section 4.3
    """
    at = tools.clock.now()
    with tools.reading() as connection:
        attempt = providers.find_attempt(connection, attempt_id)
        if attempt is None or not _is_here(tools, attempt, browser) or _why_over(attempt, at) is not None:
            raise not_accepted()
        provider = providers.get(connection, attempt.provider_id)
    if not provider.stands:
        raise not_accepted()
    there = discovering.published(tools, provider.issuer)
    asked = {
        "response_type": "code",
        "scope": "openid email",
        "client_id": provider.client_id,
        "redirect_uri": way_back(tools, provider.provider_id),
        "state": state_of(tools, attempt_id, browser),
        "nonce": nonce_of(tools, attempt_id, browser),
        "code_challenge": challenge_of(verifier_of(tools, attempt_id, browser)),
        "code_challenge_method": "S256",
        "max_age": "0" if attempt.fresh else str(tools.policy.session_minutes * 60),
        **({"prompt": "login"} if attempt.fresh else {}),
        **({"acr_values": " ".join(provider.acr)} if provider.acr else {}),
    }
    joined = "&" if urlsplit(there.sign_in_url).query else "?"
    url = f"{there.sign_in_url}{joined}{urlencode(asked, quote_via=quote)}"
    host = urlsplit(there.sign_in_url).hostname or ""
    return WayThere(provider.organisation, url, host, provider.required, attempt.place)


def complete(tools: Tools, provider_id: str, answer: Mapping[str, str], *, browser: str, network: str) -> CameBack:
    """Begin a session for whoever comes back from a provider, if everything fits.

    Args:
        provider_id: Whose way back it was.
        answer: What came with it: ``state``, and ``code`` or ``error``; ``iss`` where the provider names itself.
        browser: What the browser holds; empty where it holds nothing.
        network: Network address it comes from, as text.

    Raises:
        NotSignedIn: It was not accepted (code ``provider_not_accepted``), or the provider does not answer (code
            ``provider_silent``).
        TooManyTries: Too many sign-ins from this network were not accepted within the hour.

    Source:
        OpenID Connect Core 1.0 section 3.1.3; RFC 9207 section 2.4; RFC 7636 section 4.5
    """
    at = tools.clock.now()
    network_hash = tools.keys.keyed_hash("network", network)
    attempt = _used_up(tools, provider_id, answer.get("state", ""), browser, at, network_hash)
    with tools.reading() as connection:
        provider = providers.get(connection, provider_id)
    try:
        proved = proved_by(tools, provider, attempt, answer, browser, at)
    except ProviderRefused as why:
        raise _turned_away(tools, provider_id, str(why), at, network_hash) from None
    except NotSignedIn as silent:
        _record_silence(tools, provider_id, silent.log_reason, at)
        raise
    try:
        session = _session(tools, attempt, proved, at, network_hash)
    except Conflict:  # two first sign-ins at once: the other one has bound the account, or the person, by now
        session = _session(tools, attempt, proved, at, network_hash)
    return CameBack(session, attempt.place)


# --- the attempt, and the browser that began it ----------------------------------------------------------------------


def _used_up(tools: Tools, provider_id: str, state: str, browser: str, at: datetime, network_hash: str) -> AttemptRow:
    """Use a sign-in up, for the browser that began it alone: whoever merely saw its state cannot even spoil it.

    Any page on the web can send a browser here. Only where state and browser fit is a failure counted, or the network
    told to wait: otherwise such a page could keep everybody of a network from signing in.
    """
    attempt_id = state.partition(".")[0]
    with tools.transaction() as tx:
        # What comes from outside is asked for only where it could be one of ours: a database may choke on the rest.
        attempt = providers.find_attempt(tx.connection, attempt_id) if _ATTEMPT.fullmatch(attempt_id) else None
        why = "unknown" if attempt is None else _why_astray(tools, attempt, provider_id, state, browser)
        if attempt is None or why is not None:
            sealed = {"provider_id": provider_id}
            receipt = note_stray(tools, tx, why=why or "unknown", at=at, network_hash=network_hash, sealed=sealed)
        else:
            demand_patience(tools, tx, network_hash, at)
            why = _why_over(attempt, at)
            if why is None and providers.use_attempt(tx.connection, attempt_id, at):
                said = {"provider_id": provider_id, "attempt_id": attempt_id}
                sealed = {"network_hash": network_hash}
                tx.append(Entry(EntryKind.PROVIDER_ANSWERED, at, actor_id="nobody", said=said, sealed=sealed))
                return attempt
            receipt = _record(tx, provider_id, why or "used", at, network_hash, None)
    raise not_accepted(receipt)


def _why_astray(tools: Tools, attempt: AttemptRow, provider_id: str, state: str, browser: str) -> str | None:
    if not _is_here(tools, attempt, browser):
        return "begun in another browser"
    if attempt.provider_id != provider_id:
        return "begun with another provider"
    fits = hmac.compare_digest(state_of(tools, attempt.attempt_id, browser).encode(), state.encode("utf-8", "replace"))
    return None if fits else "another state"


def _is_here(tools: Tools, attempt: AttemptRow, browser: str) -> bool:
    return bool(browser) and hmac.compare_digest(attempt.browser_hash, browser_hash(tools, browser))


def _why_over(attempt: AttemptRow, at: datetime) -> str | None:
    if attempt.used_at is not None:
        return "used"
    return "too old" if at >= attempt.expires_at else None


# --- the person ------------------------------------------------------------------------------------------------------


def _session(tools: Tools, attempt: AttemptRow, proved: ProvedPerson, at: datetime, network_hash: str) -> NewSession:
    provider_id = attempt.provider_id
    with tools.transaction() as tx:
        # As it stands now: the provider was asked meanwhile. Whoever ends it waits, and then finds this session too.
        provider = providers.hold(tx.connection, provider_id)
        person_id, why = whom(tx.connection, provider, proved)
        if why is None and person_id is not None:
            bind(tools, tx, provider, proved, person_id, at)
            return admit(
                tools,
                tx,
                person_id,
                how=BY_PROVIDER,
                authenticated_at=proved.authenticated_at,
                at=at,
                network_hash=network_hash,
                by=_proof(attempt, proved),
            )
        receipt = _record(tx, provider_id, why or "for nobody we know", at, network_hash, person_id)
    raise not_accepted(receipt)


def _proof(attempt: AttemptRow, proved: ProvedPerson) -> Proof:
    """Give what the log must have to tell later which sessions a provider opened, and on what word."""
    said = {
        "provider_id": attempt.provider_id,
        "attempt_id": attempt.attempt_id,
        "authenticated_at": instant_text(proved.authenticated_at),
        "acr": proved.acr,
        "amr": list(proved.amr),
    }
    return Proof(said, {"subject": proved.subject})


def _turned_away(tools: Tools, provider_id: str, why: str, at: datetime, network_hash: str) -> NotSignedIn:
    with tools.transaction() as tx:
        receipt = _record(tx, provider_id, why, at, network_hash, None)
    return not_accepted(receipt)


def _record(tx: Transaction, provider_id: str, why: str, at: datetime, network_hash: str, person_id: str | None) -> str:
    sealed = {"provider_id": provider_id}
    return turn_away(tx, why=why, at=at, network_hash=network_hash, person_id=person_id, sealed=sealed)


def not_accepted(receipt: str | None = None) -> NotSignedIn:
    """Make the one error that the person is told, whatever was wrong.

    Args:
        receipt: Of the log's entry, where one was made.
    """
    told = {"receipt": receipt} if receipt else {}
    return NotSignedIn(NOT_ACCEPTED, code=Code.PROVIDER_NOT_ACCEPTED, **told)


def _record_silence(tools: Tools, provider_id: str, why: str, at: datetime) -> None:
    """Record it without counting it: a provider's fault must not lock out whoever shares a network."""
    with tools.transaction() as tx:
        sealed, kind = {"provider_id": provider_id}, EntryKind.SIGN_IN_REFUSED
        tx.append(Entry(kind, at, Outcome.REFUSED, actor_id="nobody", said={"why": why[:300]}, sealed=sealed))
