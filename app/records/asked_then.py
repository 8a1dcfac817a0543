"""What a producer asked of its recipients, as it changed: its own words, and training by what the log says of it."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from app.records.tables import entries, producer_words, producers
from app.rules.askedthen import AskedThen, TrainingAsked, WordsGiven
from app.rules.facts import Order

_CHANGED = "training_policy_changed"


def asked_then(connection: Connection, producer_id: str, order: Order) -> AskedThen:
    """Give what a producer has asked for releases of one Order since it is here.

    Args:
        connection: Any connection.
        producer_id: Which producer.
        order: The Order whose words its own are added to.
    """
    of = producer_words.c
    given = (
        select(of.from_at, of.version, of.words)
        .where(of.producer_id == producer_id, of.governing_order == order.value)
        .order_by(of.version)
    )
    words = tuple(WordsGiven(row.from_at, row.version, row.words) for row in connection.execute(given))
    now = connection.execute(
        select(producers.c.training_days, producers.c.warning).where(producers.c.producer_id == producer_id)
    ).one()
    changes = [
        (row.at, json.loads(bytes(row.leaf))["said"])
        for row in connection.execute(
            select(entries.c.at, entries.c.leaf)
            .where(entries.c.producer_id == producer_id, entries.c.kind == _CHANGED)
            .order_by(entries.c.arrival)
        )
    ]
    before = changes[0][1]["from_days"] if changes else now.training_days
    asked = tuple(TrainingAsked(at, said["to_days"]) for at, said in changes)
    return AskedThen(words, now.warning, asked, before)
