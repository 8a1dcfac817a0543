"""A PostgreSQL of our own for the tests, and the two databases the service runs on.

The cluster is made from Debian's binaries in a folder of its own, listens on a socket in that folder and on a free
port of the loopback, and is gone when the session ends. PostgreSQL refuses to run as root, so root runs it as the
package's own ``postgres``. What tests do to a server, killing and stopping of processes included, never cuts the power:
the cluster of a session leaves fsync off. Whoever measures keeps it on.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, make_url

from app.records import tables

_INSTALLED = Path("/usr/lib/postgresql")
_SCHEMA = "whole_schema"
_numbers = count(1)
_clusters: dict[int, Cluster] = {}


def _newest_programs() -> Path:
    versions = sorted((p for p in _INSTALLED.glob("*") if (p / "bin/initdb").exists()), key=lambda p: int(p.name))
    if not versions:
        pytest.skip("the Debian package 'postgresql' is not installed")
    return versions[-1] / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """One private PostgreSQL server."""

    def __init__(self, folder: Path) -> None:
        self.programs = _newest_programs()
        self.folder = folder
        self.port = _free_port()
        self._has_schema = False
        self._aside: list[str] = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as whoever may; raises with what it said when it fails."""
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        log = self.folder / f"{program}.out"
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        with log.open("w", encoding="utf-8") as out:
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, cwd=self.folder, timeout=120)
        said = log.read_text(encoding="utf-8")
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {said}")
        return said

    def start(self, *, fsync: bool = True, settings: Sequence[str] = ()) -> None:
        """Make the cluster and wait until it answers.

        Args:
            fsync: Whether what is committed outlives a power cut.
            settings: More of the server's own, each as ``name=value``.
        """
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--no-locale", "--auth=trust")
        for tries_left in (2, 1, 0):
            # Every test's database is new and several servers may share the cluster, so connections add up.
            options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
            options += f" -c max_connections=200 -c fsync={'on' if fsync else 'off'}"
            options += "".join(f" -c {one}" for one in settings)
            started = ("-o", options, "-w", "-l", f"{data}/log", "start")
            try:
                self.run("pg_ctl", "-D", data, *started)
            except RuntimeError:  # the port was free when asked for, and another test may have taken it since
                if not tries_left:
                    raise
                self.port = _free_port()
            else:
                _clusters[self.port] = self
                return

    def stop(self) -> None:
        """End the server; open connections are cut."""
        del _clusters[self.port]
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "fast", "stop")

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement, in the maintenance database unless told otherwise; gives the rows it finds."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True
        ) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def make_empty(self, name: str) -> None:
        """Make a new, empty database, or take one that stands aside and in which nobody ever was."""
        if self._aside:
            self.sql(f"ALTER DATABASE {self._aside.pop()} RENAME TO {name}")
        else:
            self.sql(f"CREATE DATABASE {name}")

    def fill(self, name: str) -> None:
        """Give an empty database the whole schema: made once in this cluster, and copied from then on."""
        if self.sql("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1", name):
            return
        if not self._has_schema:
            self.sql(f"CREATE DATABASE {_SCHEMA}")
            engine = create_engine(self.url(_SCHEMA))
            tables.entries.metadata.create_all(engine)
            engine.dispose()
            self._has_schema = True
        aside = f"aside_{next(_numbers)}"
        self.sql(f"ALTER DATABASE {name} RENAME TO {aside}")  # a new one takes as long as ten of these
        self._aside.append(aside)
        self.sql(f"CREATE DATABASE {name} TEMPLATE {_SCHEMA}")

    def url(self, name: str) -> str:
        """The SQLAlchemy address of one database of this cluster."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"


def make_schema(url: str) -> None:
    """Give an empty database of a cluster of these tests the whole schema; one that has it already stays as it is."""
    address = make_url(url)
    _clusters[address.port or 0].fill(address.database or "")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A running server, one per session. Skips, by the package's name, where PostgreSQL is not installed."""
    _newest_programs()
    folder = Path(tempfile.mkdtemp(prefix="pra-postgres-"))  # not pytest's folder: that is closed to other people
    try:
        cluster = Cluster(folder)
        cluster.start(fsync=False)
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of a new, empty PostgreSQL database that is dropped after the test."""
    name = f"test_{next(_numbers)}"
    postgres_cluster.make_empty(name)
    yield postgres_cluster.url(name)
    postgres_cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'records.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    """A new, empty database of each kind the service runs on, one after the other."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url
