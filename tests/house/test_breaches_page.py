"""``docs/breaches.md`` has all twenty-two further reports, says what is done about each, and names tests that exist."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, report

PAGE = ROOT / "docs" / "breaches.md"
VERDICTS = ("**Prevented", "**Found", "**Neither")
# What each is known by, in the order of the page.
FURTHER = (
    "UK Emissions of Air Pollutants, 2007",
    "Insolvency Statistics, Q4 2008",
    "UK Statistics on Waste, July 2021",
    "Engagement in culture, arts and sport by adults in Northern Ireland 2020/21",
    "Cost to Business and Burden to Households of Surveys, Northern Ireland 2019-20",
    "Women's Smoking Status at Time of Delivery, England, Q4 2020-21",
    "Cancer Staging, Impact of COVID-19",
    "Pharmacies press release",
    "NHS activity and performance summary, June and July 2021",
    "Transition to Net Zero, the Low Emissions Vehicles Sector",
    "Poultry and poultry meat statistics notices, 2020",
    "Labour market time series, April 2021",
    "Excess mortality in English regions",
    "Armed Forces Continuous Attitude Survey",
    "Laboratory reports of norovirus in Scotland, week ending 19 September 2021",
    "HMRC tax and NIC receipts for the UK",
    "Awareness and Customer Satisfaction Survey 2020",
    "Monthly Statistical Release. Planning Inspectorate",
    "Mental Health of Children and Young People in England 2020",
    "Deaths involving coronavirus, week 40",
    "COVID cases in schools",
    "Phonics, further education and key stage 2 statistics",
)


def sections(text: str) -> dict[int, tuple[str, str]]:
    """Heading and words of each further report, by its number."""
    part = text.partition("\n## Twenty-two further reports\n")[2]
    found = re.findall(r"^### (\d+)\. (.+)\n((?:(?!^### ).*\n?)*)", part, flags=re.MULTILINE)
    return {int(number): (heading, words) for number, heading, words in found}


def named_tests(words: str) -> list[tuple[str, str]]:
    """File and name of each test that an entry names."""
    return re.findall(r"`(tests/[\w/]+\.py)`\s+`(test_\w+)`", words)


def faults_of(number: int, heading: str, words: str) -> list[str]:
    """What is wrong with one entry."""
    verdict = next((one for one in VERDICTS if one in words), None)
    named = named_tests(words)
    faults = [] if verdict else [f"{number} says neither that it is prevented, nor found, nor neither"]
    if verdict == "**Neither" and "because" not in words and not named:
        faults.append(f"{number} gives no reason why neither")
    if verdict in VERDICTS[:2] and not named:
        faults.append(f"{number} claims something that no test holds")
    if words.count("`test_") != len(named):
        faults.append(f"{number} names a test without its file")
    for path, name in named:
        file = ROOT / path
        if not file.exists() or f"def {name}(" not in file.read_text(encoding="utf-8"):
            faults.append(f"{number} names {path} {name}, which is not there")
    return faults


def test_page_has_every_further_report_in_its_place() -> None:
    found = sections(PAGE.read_text(encoding="utf-8"))
    assert list(found) == list(range(1, len(FURTHER) + 1))
    astray = [known for number, known in enumerate(FURTHER, 1) if not found[number][0].startswith(known)]
    assert not astray, report("docs/breaches.md lacks these", astray)


def test_page_says_what_is_done_about_each_and_names_tests_that_exist() -> None:
    found = sections(PAGE.read_text(encoding="utf-8"))
    faults = [fault for number, (heading, words) in found.items() for fault in faults_of(number, heading, words)]
    assert not faults, report("Put docs/breaches.md right", faults)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("It went wrong.", "1 says neither that it is prevented, nor found, nor neither"),
        ("**Neither.** It is so.", "1 gives no reason why neither"),
        ("**Prevented.** Of course.", "1 claims something that no test holds"),
        ("**Found.** `test_x`", "1 names a test without its file"),
        (
            "**Found.** `tests/house/test_breaches_page.py` `test_nothing`",
            "1 names tests/house/test_breaches_page.py test_nothing, which is not there",
        ),
    ],
)
def test_page_with_a_fault_is_found(words: str, fault: str) -> None:
    assert fault in faults_of(1, "A report", words)
