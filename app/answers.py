"""Questions that are asked once where everything is read of one state: there, their answers do not change.

A page is put together by several actions, and each asks for the release, its producer and its list again. Outside of
``Database.one_state`` every question is asked each time it is put, and so is what is read apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

ANSWERS = "answers"  # under this name a connection carries those of its transaction
ASKED_ONCE: list[Callable[..., Any]] = []  # every question; a test looks at what each is said to give

Given = ParamSpec("Given")
Found = TypeVar("Found")


def asked_once(
    question: Callable[Concatenate[Connection, Given], Found],
) -> Callable[Concatenate[Connection, Given], Found]:
    """Have a question of the records asked once in a transaction that pages read in.

    Args:
        question: What it is given besides the connection can be told apart (text, days), and what it gives is of a kind
            that nobody changes. What it raises is not kept.
    """

    @wraps(question)
    def ask(connection: Connection, /, *args: Given.args, **named: Given.kwargs) -> Found:
        answers: dict[Hashable, Found] | None = connection.info.get(ANSWERS)
        if answers is None:
            return question(connection, *args, **named)
        key = (question, args, tuple(sorted(named.items())))
        if key not in answers:
            answers[key] = question(connection, *args, **named)
        return answers[key]

    ASKED_ONCE.append(question)
    return ask


def answer(connection: Connection, question: Callable[..., Found], by_id: Mapping[str, Found]) -> None:
    """Put answers that another question gave along, so that they are not asked for again.

    Args:
        connection: Any connection; one that keeps no answers keeps none of these.
        question: What would be asked, by id alone.
        by_id: The answer to it by id.
    """
    answers: dict[Hashable, Found] | None = connection.info.get(ANSWERS)
    if answers is not None:
        answers.update({(question.__wrapped__, (ident,), ()): one for ident, one in by_id.items()})  # type: ignore[attr-defined]  # untyped: by wraps


def answered(connection: Connection, question: Callable[..., Found], ids: Collection[str]) -> dict[str, Found]:
    """Give those answers by id that are there already.

    Args:
        connection: Any connection.
        question: What would be asked, by id alone.
        ids: Of which.
    """
    answers: dict[Hashable, Found] = connection.info.get(ANSWERS) or {}
    asked = question.__wrapped__  # type: ignore[attr-defined]  # untyped: as above
    return {ident: answers[key] for ident in ids if (key := (asked, (ident,), ())) in answers}
