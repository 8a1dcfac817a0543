"""How the files of tests are spread over the cores."""

from __future__ import annotations

import os

import pytest

# Begun first, the longest first: one that is begun when all the others are done keeps every core but its own waiting.
# Whoever finds that another file trails at the end of a run puts it in its place here.
LONGEST = (
    "tests/unit/api/test_schemathesis.py",
    "tests/unit/vault/test_store_contract.py",  # on a fresh clone it waits two minutes for Azurite
    "tests/unit/api/test_headers.py",
    "tests/unit/api/test_problems_shapes.py",
    "tests/properties/test_access.py",
    "tests/unit/api/test_malformed.py",
    "tests/faults/test_killed_while_opening.py",
    "tests/browser/test_incidents.py",
    "tests/browser/test_administering.py",
    "tests/browser/test_auditor.py",
    "tests/faults/test_half_past_nine_killed.py",
    "tests/scenarios/test_meetings.py",
    "tests/faults/test_letters_killed.py",
    "tests/faults/test_uploads_cut_short.py",
    "tests/faults/test_two_servers.py",
    "tests/unit/api/test_idempotency.py",
    "tests/unit/documents/test_names_are_kept.py",
    "tests/browser/test_recipient.py",
    "tests/browser/test_files.py",
    "tests/scenarios/test_manual.py",
    "tests/browser/test_producer.py",
    "tests/browser/test_texts.py",
    "tests/faults/test_second_server.py",
    "tests/faults/test_database_silent.py",
    "tests/browser/test_contingency.py",
    "tests/scenarios/test_pra_import.py",
    "tests/faults/test_witness_down.py",
    "tests/browser/test_webhooks.py",
    "tests/browser/test_letters.py",
    "tests/browser/test_readiness.py",
    "tests/browser/test_found_wrong.py",
    "tests/scenarios/test_sending_in_parts.py",
    "tests/scenarios/test_bucket_served.py",
    "tests/browser/test_recalls.py",
    "tests/unit/audit/test_kits.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; everything else stays where it was."""
    places = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run half as many processes again as there are cores: a good part of them always waits for somebody else's."""
    cores = len(os.sched_getaffinity(0))
    return cores + cores // 2
