"""The migrations make exactly the schema of app/records/tables.py, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, Table, inspect, text

from app.connections import ANSWER_SECONDS, patient
from app.database import Database
from app.records.tables import metadata
from tests.house.tree import ROOT


def _alembic(url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = url
    return config


def _differences(url: str) -> list[Any]:
    database = Database(url)
    try:
        # The service never asks for the whole catalogue, which takes the server seconds while others wait.
        with patient(), database.engine.connect() as connection:
            if not database.is_sqlite:
                connection.execute(text("SET statement_timeout = 0"))
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, metadata))
    finally:
        database.close()


def test_migrations_on_an_empty_database_make_the_schema_of_the_tables(any_database_url: str) -> None:
    command.upgrade(_alembic(any_database_url), "head")
    differences = _differences(any_database_url)
    assert differences == [], (
        "app/records/tables.py and migrations/versions differ. Write a migration (migrations/README.md says how):\n"
        + "\n".join(str(difference) for difference in differences)
    )


def test_comparison_with_a_table_the_migrations_lack_sees_it(any_database_url: str) -> None:
    command.upgrade(_alembic(any_database_url), "head")
    planted = Table("planted", metadata, Column("planted_id", Integer, primary_key=True))
    try:
        found = [(difference[0], difference[1].name) for difference in _differences(any_database_url)]
    finally:
        metadata.remove(planted)
    assert found == [("add_table", "planted")]


def test_migrations_applied_twice_change_nothing(any_database_url: str) -> None:
    command.upgrade(_alembic(any_database_url), "head")
    command.upgrade(_alembic(any_database_url), "head")
    assert _differences(any_database_url) == []


def test_migrations_never_go_back(sqlite_url: str) -> None:
    command.upgrade(_alembic(sqlite_url), "head")
    with pytest.raises(RuntimeError, match="only go forward"):
        command.downgrade(_alembic(sqlite_url), "base")
    assert _differences(sqlite_url) == []


def test_migrations_that_fail_half_way_leave_nothing(any_database_url: str, tmp_path: Path) -> None:
    planted = tmp_path / "versions"
    planted.mkdir()
    (planted / "9999_planted.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision = '9999'\ndown_revision = '0001'\n"
        "def upgrade():\n    op.create_table('planted', sa.Column('a', sa.Integer()))\n"
        "    raise ValueError('half way')\n",
        encoding="utf-8",
    )
    config = _alembic(any_database_url)
    head = ScriptDirectory.from_config(config).get_current_head()
    source = (planted / "9999_planted.py").read_text(encoding="utf-8").replace("'0001'", repr(head))
    (planted / "9999_planted.py").write_text(source, encoding="utf-8")
    config.set_main_option("version_locations", f"{ROOT / 'migrations' / 'versions'}:{planted}")
    command.upgrade(config, str(head))
    with pytest.raises(ValueError, match="half way"):
        command.upgrade(config, "head")
    assert _differences(any_database_url) == []


def test_migration_may_take_longer_than_any_answer_that_is_waited_for(postgres_url: str, tmp_path: Path) -> None:
    planted = tmp_path / "versions"
    planted.mkdir()
    config = _alembic(postgres_url)
    head = ScriptDirectory.from_config(config).get_current_head()
    (planted / "9999_planted.py").write_text(
        f"from alembic import op\nrevision = '9999'\ndown_revision = {head!r}\n"
        f"def upgrade():\n    op.execute('SELECT pg_sleep({ANSWER_SECONDS + 0.5})')\n",
        encoding="utf-8",
    )
    config.set_main_option("version_locations", f"{ROOT / 'migrations' / 'versions'}:{planted}")
    command.upgrade(config, "head")
    database = Database(postgres_url)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    database.close()


def test_migrations_without_a_named_database_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRA_DATABASE_URL", raising=False)
    with pytest.raises(SystemExit, match="Say which database"):
        command.upgrade(Config(str(ROOT / "alembic.ini")), "head")


def test_migrations_form_one_line() -> None:
    scripts = ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini")))
    assert len(scripts.get_heads()) == 1
    assert [script.revision for script in scripts.walk_revisions()][-1] == "0001"


def test_tables_on_sqlite_and_postgresql_have_the_same_names(sqlite_url: str, postgres_url: str) -> None:
    names = []
    for url in (sqlite_url, postgres_url):
        command.upgrade(_alembic(url), "head")
        database = Database(url)
        names.append(sorted(inspect(database.engine).get_table_names()))
        database.close()
    assert names[0] == names[1] == sorted([*metadata.tables, "alembic_version"])
