"""DOOR: clock. Does what is due: checkpoints, notices, clock and log checks. One failure never stops the rest."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from app.actions import (
    action_letters,
    auditing,
    breaches,
    chasing,
    closed_days,
    custody,
    deliveries,
    erasing,
    incident_clock,
    listed_mailboxes,
    notices,
    openings,
    owed,
    page_confirmations,
    public_documents,
    readiness,
    ready_letters,
    receipts,
    record_requests,
    refusals,
    reminding,
    retention,
    reviewing,
    rewrapping,
    sealing,
    searching,
    signatures,
    text_releasing,
    training,
    uploads,
    witnessing,
)
from app.actions.tools import Tools
from app.rules.errors import PraError
from app.worker.jobs import Punctual
from app.worker.posting import Posting
from app.worker.sequencing import Sequencing
from app.worker.witnesses import Witnessing

logger = logging.getLogger("pra.worker")
Due = TypeVar("Due")


@dataclass(frozen=True, slots=True)
class Duty:
    """Something done again and again.

    Attributes:
        every_ticks: Done at each tick whose number this divides.
        at_stop: Done once more when the service stops, as what is done at each tick is: what it knows would be lost.
    """

    name: str
    act: Callable[[Tools], object]
    every_ticks: int = 1
    at_stop: bool = False


def each(due: Callable[[Tools], Iterable[Due]], act: Callable[[Tools, Due], object]) -> Callable[[Tools], object]:
    """Make a duty of many parts: what is due is found first, then done one by one; one failure never stops the rest."""

    def act_on_all(tools: Tools) -> None:
        for one in due(tools):
            try:
                act(tools, one)
            except PraError as error:
                logger.error("%s %s: %s: %s", act.__name__, one, error.code.value, error.detail)
            except Exception:
                logger.exception("%s %s failed", act.__name__, one)

    return act_on_all


DUTIES = (
    Duty("write what was counted of refusals", refusals.fold_refusals),
    Duty("write how often public documents were read", public_documents.count_readings, every_ticks=60, at_stop=True),
    Duty("let older entries be searched", searching.label_entries),
    Duty("send notices", notices.send_due),
    Duty("ask what became of letters", receipts.ask_what_became, every_ticks=15),
    Duty(
        "tell of letters that did not arrive",
        each(deliveries.releases_to_raise, deliveries.raise_undelivered),
        every_ticks=60,
    ),
    Duty("seal releases whose window closed", each(sealing.seals_due, sealing.seal_release), every_ticks=15),
    Duty("take up a changed key ring", rewrapping.refresh_ring, every_ticks=5),
    Duty("wrap again what an old key wrapped", rewrapping.rewrap, every_ticks=30),
    Duty("let prepared texts go, or hold them", each(text_releasing.texts_due, text_releasing.settle_text)),
    Duty("send letters that are due", each(ready_letters.letters_due, ready_letters.send_due_letter)),
    Duty("settle copies that nobody holds", openings.settle_lost, every_ticks=5),
    Duty("stand as alive", openings.keep_presence, every_ticks=1),
    Duty("settle copies of a process that ended", openings.settle_gone, every_ticks=5),
    Duty("load bank holidays", closed_days.load_bank_holidays, every_ticks=3600),
    Duty("remind of lapses", each(signatures.lapses_due, signatures.remind_of_lapse), every_ticks=60),
    Duty("remind of annual lists", owed.remind_of_annual_lists, every_ticks=300),
    Duty("remind of requests for records", record_requests.remind_of_requests, every_ticks=300),
    Duty("remove uploads that nobody went on with", each(uploads.uploads_due, uploads.sweep_upload), every_ticks=30),
    Duty("tell what may be destroyed", retention.tell_of_due, every_ticks=600),
    Duty("remove what was destroyed", erasing.remove_erased, every_ticks=600),
    Duty("check the clock", auditing.check_clock, every_ticks=60),
    Duty("check the published log", auditing.check_published, every_ticks=60),
    Duty("look for openings that do not stand", breaches.review_recent, every_ticks=60),
    Duty("ask the rule again about openings", reviewing.review_marks),
    Duty(
        "look for shared mailboxes on lists",
        each(listed_mailboxes.mailboxes_listed, listed_mailboxes.put_on_record),
        every_ticks=300,
    ),
    Duty("remind of training that runs out", training.remind_of_training, every_ticks=60),
    Duty("ask coordinators", each(reminding.questions_due, reminding.tend_question), every_ticks=60),
    Duty("tell of silent witnesses", witnessing.tell_of_silence, every_ticks=15),
    Duty("chase statements", each(chasing.recalls_to_chase, chasing.chase_statements), every_ticks=60),
    Duty(
        "ask about incidents that wait",
        each(incident_clock.incidents_to_chase, incident_clock.chase_incident),
        every_ticks=60,
    ),
    Duty(
        "write about corrective actions",
        each(action_letters.actions_to_write_of, action_letters.write_of_action),
        every_ticks=60,
    ),
    Duty(
        "ask anew whether a page is scheduled",
        each(page_confirmations.confirmations_fallen, page_confirmations.end_fallen),
        every_ticks=60,
    ),
    Duty("tell what is missing", each(readiness.releases_unready, readiness.tell_unready), every_ticks=60),
    Duty("call those who have not signed", each(reminding.releases_unsigned, reminding.call_unsigned), every_ticks=60),
)


LOOK_AGAIN_TICKS = 5
"""How often, at most, everything is done while a check fails: what is put right shall soon be trusted again."""


class Worker:
    """A thread that ticks beside the application."""

    def __init__(self, tools: Tools, *, every_seconds: float = 1.0) -> None:
        self._tools = tools
        self._every_seconds = every_seconds
        self._settled = False
        self._stop = threading.Event()

    @property
    def tools(self) -> Tools:
        """Those of the service beside which it works."""
        return self._tools

    def settle(self) -> None:
        """Check everything that must hold before serving, and settle what a crash left; once.

        Raises:
            Broken: The clock, the log or the keys cannot be trusted.
        """
        if self._settled:
            return
        auditing.check_before_serving(self._tools)
        openings.settle_unknown(self._tools)
        uploads.settle_turns(self._tools)
        custody.sweep_orphans(self._tools)
        self._settled = True

    @contextmanager
    def running(self) -> Iterator[None]:
        """Settle what is not settled yet, then tick until the end.

        Raises:
            Broken: The clock, the log or the keys cannot be trusted.
        """
        self.settle()
        self._do(Duty("load bank holidays", closed_days.load_bank_holidays))  # what is on record is enough to begin
        self._tools.workshop.start()
        thread = threading.Thread(target=self._run, name="pra-worker", daemon=True)
        thread.start()
        tools = self._tools
        try:
            with (
                Sequencing(tools).running(),
                Punctual(tools).running(),
                Witnessing(tools).running(),
                Posting(tools).running(),
            ):
                yield
        finally:
            self._stop.set()
            thread.join(timeout=10)
            self._tools.workshop.close()
            self._do(Duty("write the last counts of refusals", partial(refusals.fold_refusals, unfinished=True)))
            self._last_tick()
            self._do(Duty("sequence the log", auditing.sequence))  # what was acknowledged a moment ago too
            self._tools.presence.close()

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(self._every_seconds):
            number += 1
            self._tick(number)

    def _tick(self, number: int) -> None:
        every = 60 if self._tools.trust.holds() else LOOK_AGAIN_TICKS
        for duty in DUTIES:
            if number % min(duty.every_ticks, every):
                continue
            self._do(duty)

    def _last_tick(self) -> None:
        """Do what would be lost or late. Nothing is checked that the next start checks: whoever stops us waits."""
        for duty in DUTIES:
            if duty.every_ticks == 1 or duty.at_stop:
                self._do(duty)

    def _do(self, duty: Duty) -> None:
        try:
            duty.act(self._tools)
        except PraError as error:
            logger.error("%s: %s: %s", duty.name, error.code.value, error.detail)
        except Exception:
            logger.exception("%s failed", duty.name)
