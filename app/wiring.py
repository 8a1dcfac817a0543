"""The only file that knows which clock, keys, mail and store we have."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import IO

import httpx2
from sqlalchemy import text

from app.actions.tools import Mail, Policy, Tools
from app.audit.tiles import TileFolder
from app.audit.witness_list import read_witnesses
from app.database import Database
from app.keys import Keys
from app.keys.folder import write_private
from app.keys.held import KeyModule
from app.keys.ring import create_ring, load_ring
from app.keys.ringfiles import ESCROW_NAME
from app.keys.tokens import verify_declaration
from app.outside.bounces import read_returned
from app.outside.clamav import ClamAv
from app.outside.clock import Reference, ScriptedClock, SystemClock
from app.outside.clock import machine_seconds as machine_seconds
from app.outside.holidays import bank_holidays as bank_holidays
from app.outside.ics import read_calendar, write_calendar
from app.outside.mail import OutboxFolder, SmtpMail
from app.outside.notify import NotifyMail, notify_mail
from app.outside.prober import Prober
from app.outside.providers import ProviderPost
from app.outside.report_writing import write_report
from app.outside.sheet_writing import write_rows, write_sheet
from app.outside.sheets import read_sheet
from app.outside.webhook_post import WebhookPost
from app.outside.witnesses import WitnessPost, is_usable
from app.records.presence import Presence
from app.rules.errors import Broken, PraError
from app.rules.reasons import utc
from app.rules.watchplans import is_host
from app.settings import Settings
from app.vault.age import new_identity
from app.vault.opening_stores import open_store
from app.vault.shelf import Store
from app.vault.workshop.pool import Workshop

_TOKEN_CHARACTERS = 20  # what GOV.UK Notify asks of a callback's token is 10
DEMO_FOLDER = Path("var/demo/service")
_HELD: list[IO[str]] = []  # open for as long as the process lives


@cache
def settings() -> Settings:
    """Read the settings, once."""
    return Settings()


def _key_module(chosen: Settings) -> KeyModule | None:
    """Give the hardware module that is configured, or None.

    Raises:
        Broken: It is configured by half, or its library is not installed.
        Unavailable: It does not answer.
    """
    if chosen.hsm_library is None:
        return None
    if not chosen.hsm_token or chosen.hsm_pin_file is None:
        raise Broken("PRA_HSM_LIBRARY is set: set PRA_HSM_TOKEN and PRA_HSM_PIN_FILE too.")
    try:
        from app.keys.pkcs11 import Pkcs11Module  # noqa: PLC0415  # framework: the library behind it is an extra
    except ImportError as error:
        raise Broken(
            "A hardware module is configured, and the library that speaks to it is not installed. Install the extra "
            "`hsm` (python-pkcs11)."
        ) from error
    return Pkcs11Module(chosen.hsm_library, chosen.hsm_token, chosen.hsm_pin_file.read_text("utf-8").strip())


def _policy(chosen: Settings) -> Policy:
    return Policy(
        session_minutes=chosen.session_minutes,
        fresh_minutes=chosen.fresh_minutes,
        opening_minutes=chosen.opening_minutes,
        document_limit_bytes=chosen.document_limit_bytes,
        pdf_limit_bytes=chosen.pdf_limit_bytes,
        pdf_page_limit=chosen.pdf_page_limit,
        whole_limit_bytes=chosen.whole_limit_bytes,
        scanner_required=chosen.scanner_required,
        scan_good_hours=chosen.scan_good_hours,
        upload_hours=chosen.upload_hours,
        uploads_per_person=chosen.uploads_per_person,
        uploads_per_producer=chosen.uploads_per_producer,
        upload_held_bytes=chosen.upload_held_bytes,
        public_held_bytes=chosen.public_held_bytes,
        public_downloads_at_once=chosen.public_downloads_at_once,
        origin=chosen.origin,
        public_address=chosen.public_address,
        mail_callback_token=_callback_token(chosen),
        witnesses=read_witnesses(chosen.witnesses_file, is_usable) if chosen.witnesses_file else (),
        witness_silent_minutes=chosen.witness_silent_minutes,
    )


def _scanner(chosen: Settings) -> ClamAv | None:
    """Give the malware scanner that is configured, or None.

    Raises:
        Broken: Its address is none, or one is required and none configured.
    """
    if chosen.scanner_address:
        return ClamAv(
            chosen.scanner_address,
            limit_seconds=chosen.scanner_limit_seconds,
            limit_bytes=chosen.scanner_limit_bytes,
        )
    if chosen.scanner_required:
        raise Broken("PRA_SCANNER_REQUIRED is set: set PRA_SCANNER_ADDRESS too.")
    return None


def _mail(chosen: Settings, clock: SystemClock | ScriptedClock) -> Mail:
    """Give what carries letters away: GOV.UK Notify, a mail server, or a folder.

    Raises:
        Broken: Two of them are configured, or Notify by half.
    """
    if chosen.notify_key_file is not None:
        if chosen.smtp_host:
            raise Broken("PRA_NOTIFY_KEY_FILE and PRA_SMTP_HOST are both set. Letters go one way: take one away.")
        key = _secret_of("PRA_NOTIFY_KEY_FILE", chosen.notify_key_file)
        seconds = float(chosen.notify_timeout_seconds)
        return notify_mail(key, chosen.notify_template, chosen.notify_url, seconds, clock.now)
    if not chosen.smtp_host:
        return OutboxFolder(chosen.outbox_folder)
    password = chosen.smtp_password_file.read_text("utf-8").strip() if chosen.smtp_password_file else ""
    return SmtpMail(
        host=chosen.smtp_host,
        port=chosen.smtp_port,
        sender=chosen.mail_from,
        starttls=chosen.smtp_starttls,
        sign_in_name=chosen.smtp_sign_in_name,
        password=password,
    )


def _secret_of(setting: str, path: Path) -> str:
    """Read a secret from the file that a setting names.

    Raises:
        Broken: It cannot be read, or is empty.
    """
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise Broken(f"The file that {setting} names cannot be read.") from error
    if not secret:
        raise Broken(f"The file that {setting} names is empty.")
    return secret


def _callback_token(chosen: Settings) -> str:
    """Give the token that GOV.UK Notify presents when it tells us of a letter; empty where none is agreed.

    Raises:
        Broken: It is too short to be a secret.
    """
    if chosen.notify_callback_token_file is None:
        return ""
    token = _secret_of("PRA_NOTIFY_CALLBACK_TOKEN_FILE", chosen.notify_callback_token_file)
    if len(token) < _TOKEN_CHARACTERS:
        raise Broken(f"The token of PRA_NOTIFY_CALLBACK_TOKEN_FILE must have at least {_TOKEN_CHARACTERS} characters.")
    return token


def _webhook_post(chosen: Settings) -> WebhookPost:
    """Give what carries messages to webhooks; it goes nowhere inside but to the hosts that an operator has named.

    Raises:
        Broken: Something named is no host.
    """
    inside = [one.strip().lower().removesuffix(":443") for one in chosen.webhook_inside_hosts.split(",") if one.strip()]
    for one in inside:
        if not is_host(one):
            raise Broken(f"PRA_WEBHOOK_INSIDE_HOSTS: “{one}” is no host's name, such as hooks.ours.example.")
    return WebhookPost(frozenset(inside))


def _database_instant(database: Database) -> Reference:
    def ask() -> datetime:
        with database.read(apart=True) as connection:
            return utc(connection.execute(text("SELECT clock_timestamp()")).scalar_one())

    return ask


def _web_instant(url: str) -> Reference:
    def ask() -> datetime:
        answer = httpx2.head(url, timeout=3, follow_redirects=False)
        return utc(parsedate_to_datetime(answer.headers["date"]))

    return ask


def _clock(chosen: Settings, database: Database) -> SystemClock:
    references: dict[str, Reference] = {}
    source: Callable[[], datetime] | None = None
    if not database.is_sqlite:
        source = _database_instant(database)
        references["the database server"] = source
    if chosen.time_reference_url:
        references["the time reference"] = _web_instant(chosen.time_reference_url)
    return SystemClock(references=references, source=source)


def _store(chosen: Settings, clock: SystemClock | ScriptedClock) -> Store:
    """Give the store of sealed documents: a folder, unless a bucket is named.

    Raises:
        Broken: Both are named, or the bucket's settings cannot be used.
    """
    if chosen.store_url and chosen.store_dir is not None:
        raise Broken("PRA_STORE_DIR and PRA_STORE_URL are both set: documents lie in one place. Take one of them away.")
    return open_store(
        chosen.store_url or chosen.store_folder,
        clock.now,
        endpoint=chosen.store_endpoint,
        region=chosen.store_region,
        credentials_file=chosen.store_credentials_file,
        timeout_seconds=chosen.store_timeout_seconds,
    )


def store_at(place: str, *, endpoint: str, region: str, credentials_file: Path | None) -> Store:
    """Give another store than the one in use, by what an operator types.

    Args:
        place: A folder, or the address of a bucket.
        endpoint: Where the bucket is reached, if not at the provider's usual address.
        region: Of an S3 bucket.
        credentials_file: Lines ``NAME=value``.

    Raises:
        Broken: It cannot be used as it stands.
    """
    return open_store(
        place,
        SystemClock().now,
        endpoint=endpoint,
        region=region,
        credentials_file=credentials_file,
        timeout_seconds=settings().store_timeout_seconds,
    )


def make_tools(chosen: Settings, clock: SystemClock | ScriptedClock | None = None) -> Tools:
    """Put together the tools of a service whose key ring exists.

    Args:
        chosen: The settings.
        clock: Another clock than the real one; only the demo gives one.

    Raises:
        KeyMissing: There is no key ring, or a key is missing.
    """
    database = Database(chosen.database_address)
    clock = clock or _clock(chosen, database)
    mail = _mail(chosen, clock)
    return Tools(
        clock=clock,
        database=database,
        keys=Keys(load_ring(chosen.keys_folder, _key_module(chosen))),
        store=_store(chosen, clock),
        workshop=Workshop(chosen.reading_processes),
        tiles=TileFolder(chosen.log_folder),
        mail=mail,
        mail_tracker=mail if isinstance(mail, NotifyMail) else None,
        prober=Prober(),
        read_sheet=read_sheet,
        write_sheet=write_sheet,
        write_rows=write_rows,
        write_report=write_report,
        read_calendar=read_calendar,
        write_calendar=write_calendar,
        bank_holidays=bank_holidays,
        read_returned=read_returned,
        presence=Presence(database),
        provider_post=ProviderPost(),
        scanner=_scanner(chosen),
        witness_post=WitnessPost() if chosen.witnesses_file else None,
        webhook_post=_webhook_post(chosen),
        policy=_policy(chosen),
    )


@cache
def service_tools() -> Tools:
    """Give the tools of the real service."""
    return make_tools(settings())


def serve_alone(chosen: Settings) -> None:
    """Hold the service's folder until this process ends, where its database is for one process only.

    Two servers on one SQLite file would each settle the other's running copies, and sequence one log twice.

    Raises:
        Broken: Another process serves this folder.
    """
    if not chosen.database_address.startswith("sqlite"):
        return
    lock = (chosen.var_dir / "serving.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go by the system, however the process ends
    except OSError as error:
        lock.close()
        raise Broken(
            f"Another process serves {chosen.var_dir} already. End it first, or use PostgreSQL, on which several "
            "processes may serve together."
        ) from error
    _HELD.append(lock)


def make_key_ring() -> str:
    """Make the key ring of the real service; only ``pra init`` does this.

    Returns:
        The folder the ring lies in.

    Raises:
        Conflict: There is one already.
    """
    folder = settings().keys_folder
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_ring(folder, _key_module(settings()))
    return str(folder)


def migrate(chosen: Settings) -> None:
    """Bring a database to the newest schema, with the migrations that lie beside the package.

    Raises:
        Unavailable: The database does not answer.
    """
    from alembic import command  # noqa: PLC0415  # slow: serving needs none of it
    from alembic.config import Config  # noqa: PLC0415  # slow: serving needs none of it

    if chosen.database_address.startswith("sqlite"):
        chosen.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.attributes["url"] = chosen.database_address
    command.upgrade(config, "head")


def set_escrow_recipient(recipient: str, folder: Path | None = None) -> None:
    """Write the offline recipient into the ring's folder, whole or not at all.

    Args:
        recipient: ``age1…``, checked by the caller.
        folder: The ring's folder; default that of the real service.
    """
    write_private((folder or settings().keys_folder) / ESCROW_NAME, f"{recipient}\n".encode("ascii"))


@cache
def demo_settings() -> Settings:
    """Give the settings of the demo: everything under ``var/demo``, mail to a folder."""
    return Settings(
        _env_file=None,
        var_dir=DEMO_FOLDER,
        database_url="",
        store_dir=None,
        store_url="",
        outbox_dir=Path("var/demo/outbox"),
        notify_key_file=None,  # its people are made up: nobody may get a letter
        notify_callback_token_file=None,
        origin="demo.pra-gatekeeper.example/log",
        public_address="http://127.0.0.1:8000",
    )


def begin_demo(folder: Path) -> str:
    """Make the demo's key ring, its offline escrow key and its database.

    Args:
        folder: Where the offline key is left for a person to look at; in life it would lie in a safe.

    Returns:
        The secret of the escrow key, ``AGE-SECRET-KEY-1…``.
    """
    chosen = demo_settings()
    chosen.var_dir.mkdir(parents=True, exist_ok=True)
    create_ring(chosen.keys_folder)
    offline = new_identity()
    set_escrow_recipient(str(offline.recipient), chosen.keys_folder)
    write_private(folder / "offline-escrow.key", f"{offline.secret_text()}\n".encode("ascii"))
    migrate(chosen)
    return offline.secret_text()


def declaration_verifies(jws: str, public_keys: dict[str, object]) -> bool:
    """Say whether a jws, a declaration, holds under published public_keys and nothing else; the demo shows this."""
    try:
        verify_declaration(jws, public_keys)
    except PraError:
        return False
    return True


@cache
def demo_clock() -> ScriptedClock:
    """Give the demo's clock, which follows the script. Nothing else can have one."""
    return ScriptedClock(datetime.fromisoformat("2016-07-13T09:00:00+01:00"))


@cache
def demo_tools() -> tuple[Tools, ScriptedClock]:
    """Give the demo's tools and the clock that moves them."""
    clock = demo_clock()
    return make_tools(demo_settings(), clock), clock
