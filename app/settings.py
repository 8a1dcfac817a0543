"""Every knob: typed, unit in the name, read once. Environment variables begin with ``PRA_``; a ``.env`` file works too.

No setting turns a rule off.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set."""

    model_config = SettingsConfigDict(env_prefix="PRA_", env_file=".env", extra="forbid")

    var_dir: Path = Field(Path("var/service"), description="Folder of everything the service keeps.")
    database_url: str = Field("", description="SQLAlchemy address; empty means SQLite in var_dir.")
    keys_dir: Path | None = Field(None, description="Key ring; default var_dir/keys.")
    hsm_library: Path | None = Field(None, description="PKCS#11 library of a hardware module that holds the kek.")
    hsm_token: str = Field("", description="Label of the token in the hardware module.")
    hsm_pin_file: Path | None = Field(None, description="A file with the PIN of the token's user.")
    store_dir: Path | None = Field(None, description="Sealed documents; default var_dir/sealed.")
    store_url: str = Field("", description="s3://bucket/prefix or az://container/prefix; empty means store_dir.")
    store_endpoint: str = Field("", description="Where the bucket is reached, if not at the provider's usual address.")
    store_region: str = Field("", description="Region of an S3 bucket.")
    store_credentials_file: Path | None = Field(None, description="A file with the bucket's credentials.")
    store_timeout_seconds: int = Field(30, ge=1, le=120, description="How long one request to the bucket may take.")
    log_dir: Path | None = Field(None, description="Tiles and checkpoints of the log; default var_dir/log.")
    outbox_dir: Path | None = Field(None, description="Mail is written here when there is no SMTP server.")
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_starttls: bool = True
    smtp_sign_in_name: str = ""
    smtp_password_file: Path | None = None
    mail_from: str = "pra-gatekeeper@localhost"
    notify_key_file: Path | None = Field(None, description="A file with an API key of GOV.UK Notify.")
    notify_template: str = Field("", description="Id of the e-mail template at GOV.UK Notify.")
    notify_url: str = Field("https://api.notifications.service.gov.uk", description="Where GOV.UK Notify is reached.")
    notify_timeout_seconds: int = Field(10, ge=1, le=15, description="How long one request to GOV.UK Notify may take.")
    notify_callback_token_file: Path | None = Field(
        None, description="A file with the bearer token of GOV.UK Notify's callbacks."
    )
    time_reference_url: str = Field("", description="A web server whose Date header our clock is compared with.")
    origin: str = Field(
        "pra-gatekeeper.example/log", description="Name of the log in its checkpoints; never change it."
    )
    public_address: str = "http://127.0.0.1:8000"
    session_minutes: int = Field(600, ge=5, le=1440)
    fresh_minutes: int = Field(15, ge=1, le=60)
    opening_minutes: int = Field(60, ge=1, le=1440)
    document_limit_bytes: int = Field(5 * 1024**3, ge=1)
    pdf_limit_bytes: int = Field(64 * 1024**2, ge=1024)
    pdf_page_limit: int = Field(2000, ge=1)
    whole_limit_bytes: int = Field(128 * 1024**2, ge=1024)
    scanner_address: str = Field("", description="ClamAV's daemon: unix:/path or 127.0.0.1:3310; empty means none.")
    scanner_required: bool = Field(False, description="Whether a document that was not scanned is refused.")
    scanner_limit_seconds: int = Field(60, ge=1, le=600)
    scanner_limit_bytes: int = Field(100 * 1024**2, ge=1024, le=4 * 1024**3 - 1)
    scan_good_hours: int = Field(24, ge=1, le=24 * 31)
    upload_hours: int = Field(24, ge=1, le=24 * 14, description="How long an upload waits for its next part.")
    uploads_per_person: int = Field(5, ge=1, le=100)
    uploads_per_producer: int = Field(20, ge=1, le=1000)
    upload_held_bytes: int = Field(20 * 1024**3, ge=1, description="Of all unfinished uploads of one producer.")
    witnesses_file: Path | None = Field(None, description="Witnesses of the log, a line each: key, address.")
    witness_silent_minutes: int = Field(30, ge=1, le=24 * 60, description="When a witness counts as silent.")
    webhook_inside_hosts: str = Field("", description="Hosts of webhooks inside one's own network, comma between.")
    public_held_bytes: int = Field(256 * 1024**2, ge=1024**2, description="Of documents made public here, in memory.")
    public_downloads_at_once: int = Field(4000, ge=100, le=100_000, description="Of documents made public here.")
    reading_processes: int = Field(2, ge=1, le=64)

    @property
    def database_address(self) -> str:
        """The SQLAlchemy address in use."""
        return self.database_url or f"sqlite:///{self.var_dir / 'records.sqlite3'}"

    @property
    def keys_folder(self) -> Path:
        """Where the key ring is."""
        return self.keys_dir or self.var_dir / "keys"

    @property
    def store_folder(self) -> Path:
        """Where sealed documents are."""
        return self.store_dir or self.var_dir / "sealed"

    @property
    def log_folder(self) -> Path:
        """Where tiles and checkpoints are."""
        return self.log_dir or self.var_dir / "log"

    @property
    def outbox_folder(self) -> Path:
        """Where mail is written when there is no SMTP server."""
        return self.outbox_dir or self.var_dir / "outbox"
