"""What paragraph 5 of the Scottish and of the Welsh Order asks of a recipient, told to them whether they sign or not.

The same words as in the undertaking, where the recipient says them; here they are said to the recipient.
"""

from __future__ import annotations

import re

from app.rules.facts import Order
from app.rules.undertakings import scotland, wales
from app.rules.undertakings.basis import one_line

PARA_5 = {Order.SCOTLAND: scotland.PARA_5, Order.WALES: wales.PARA_5}

_TO_YOU = (
    (re.compile(r"(^|\. )I am\b"), r"\1You are"),
    (re.compile(r"\bI am\b"), "you are"),
    (re.compile(r"(^|\. )I\b"), r"\1You"),
    (re.compile(r"\bI\b"), "you"),
    (re.compile(r"\bme\b"), "you"),
)


def requirements(order: Order, contact: str = "") -> tuple[str, ...]:
    """Restate what binds a recipient, sentence by sentence; nothing under an Order that does not ask for it.

    Args:
        order: The governing Order.
        contact: Where the producer is told of an accident; left out where empty.

    Source:
        WSI 2009/2818 Sch. para 1(2); WSI 2009/2818 Sch. para 5; SSI 2008/399 Sch. para 5
    """
    told = f": {one_line(contact)}" if contact.strip() else ""
    text = PARA_5.get(order, "").replace(": {contact}", told)
    return tuple(_said_to_you(one_line(part)) for part in text.split("\n\n") if part)


def numbered(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Put a number before each, from 1."""
    return tuple(f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1))


def _said_to_you(sentence: str) -> str:
    said = re.sub(r"^\d+\. ", "", sentence)
    for pattern, instead in _TO_YOU:
        said = pattern.sub(instead, said)
    return said
