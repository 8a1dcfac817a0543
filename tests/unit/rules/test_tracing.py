"""What a typed number may mean, and what findings in a stray copy come to."""

from __future__ import annotations

from itertools import permutations

import pytest

from app.rules import tracewords
from app.rules.errors import Malformed
from app.rules.opening_numbers import NUMBER_LETTERS, readings
from app.rules.tracing import Confidence, Finding, Means, SameDocument, weigh

NUMBER = "K7F3-9QXM"


def found(means: Means, *where: str, opening: str = "a", document: str = "doc") -> Finding:
    return Finding(means, opening, document, f"{opening.upper() * 4}-2222", where)


def confidences(*findings: Finding) -> dict[str, str]:
    return {lead.opening_id: lead.confidence.value for lead in weigh(findings).leads}


@pytest.mark.parametrize("typed", [NUMBER, "k7f3-9qxm", "K7F39QXM", " k7f3 9qxm ", "K7F3–9QXM", "k7f3_9qxm"])
def test_number_typed_in_any_way_people_type_is_read_as_it_stands(typed: str) -> None:
    read = readings(typed)
    assert (read.typed, read.exact, read.look_alike) == (NUMBER, (NUMBER,), ())
    assert NUMBER not in read.near
    assert {"J7F3-9QXM", "K7F3-9QX2"} <= set(read.near)
    assert len(read.near) == 8 * (len(NUMBER_LETTERS) - 1)


def test_number_with_letters_that_no_number_has_is_read_as_each_that_looks_like_them() -> None:
    read = readings("K1F3-90XM")
    assert read.exact == ()
    assert read.look_alike == tuple(sorted(f"K{one}F3-9{nought}XM" for one in "7JT" for nought in "DQ8"))
    assert not set(read.near) & set(read.look_alike)


def test_number_with_letters_easily_confused_is_near_however_many_there_are() -> None:
    assert "8S2G-BZ56" in readings("B5Z6-825G").near
    assert "9S2G-BZ56" not in readings("B5Z6-825G").near


def test_number_with_an_unread_letter_is_each_that_it_can_be_and_nothing_near() -> None:
    read = readings("K7F3-9QX?")
    assert read.look_alike == tuple(sorted(f"K7F3-9QX{letter}" for letter in NUMBER_LETTERS))
    assert (read.exact, read.near) == ((), ())


@pytest.mark.parametrize("typed", ["", "K7F3", "K7F3-9QXMM", "K7F3-9QX!", "01L3-9QXM", "???3-9QXM", "ß7F3-9QXM"])
def test_number_that_cannot_be_one_is_refused(typed: str) -> None:
    with pytest.raises(Malformed):
        readings(typed)


@pytest.mark.parametrize(
    ("findings", "known", "confidence"),
    [
        ([found(Means.WHOLE_COPY)], False, "certain"),
        ([found(Means.MARK, "page 1", "page 2")], False, "very_likely"),
        ([found(Means.MARK, "page 1"), found(Means.FILE_NAME, "the file's name")], False, "very_likely"),
        ([found(Means.FILE_NAME, "the file's name"), found(Means.DOCUMENT)], True, "very_likely"),
        ([found(Means.TYPED)], False, "very_likely"),
        ([found(Means.MARK, "page 1")], False, "likely"),
        ([found(Means.LOOK_ALIKE)], False, "likely"),
        ([found(Means.FILE_NAME, "the file's name")], False, "possible"),
        ([found(Means.ONE_LETTER_OFF)], False, "possible"),
        ([found(Means.DOCUMENT)], True, "possible"),
    ],
)
def test_finding_counts_for_what_it_is_worth(findings: list[Finding], known: bool, confidence: str) -> None:
    same = [SameDocument("doc", "a.csv", carried_bare=True, opened=1)] if known else []
    for order in permutations(findings):
        weighed = weigh(order, same=same)
        (lead,) = weighed.leads
        assert (lead.confidence.value, weighed.disagree) == (confidence, False)
        assert set(lead.means) == {one.means for one in findings}


def test_findings_that_point_two_ways_disagree_and_only_a_whole_copy_stays_certain() -> None:
    two = (found(Means.MARK, "page 1", "page 2"), found(Means.MARK, "page 3", opening="b"))
    assert weigh(two).disagree
    assert confidences(*two) == {"a": "possible", "b": "possible"}
    assert confidences(found(Means.WHOLE_COPY), found(Means.FILE_NAME, "x", opening="b")) == {
        "a": "certain",
        "b": "possible",
    }
    elsewhere = weigh([found(Means.MARK, "page 1", "page 2")], same=[SameDocument("other", "b.csv", True, 0)])
    assert (elsewhere.disagree, elsewhere.leads[0].confidence) == (True, Confidence.POSSIBLE)


def test_number_of_no_opening_makes_a_mark_doubtful_but_not_when_it_only_stands_in_a_name() -> None:
    mark = found(Means.MARK, "page 1", "page 2")
    assert weigh([mark], nowhere=[("TEST-2345", False)]).disagree is False
    doubtful = weigh([mark], nowhere=[("2222-2222", True)])
    assert (doubtful.disagree, doubtful.leads[0].confidence) == (True, Confidence.POSSIBLE)
    assert doubtful.words == (
        tracewords.NO_OPENING.format(number="2222-2222"),
        tracewords.DISAGREE,
        tracewords.WHOSE_NOT_WHO,
    )


def test_candidates_by_the_document_and_near_misses_do_not_disagree_with_each_other() -> None:
    near = [found(Means.TYPED), found(Means.ONE_LETTER_OFF, opening="b")]
    assert (weigh(near).disagree, confidences(*near)) == (False, {"a": "very_likely", "b": "possible"})
    same = [SameDocument("doc", "a.csv", carried_bare=True, opened=2)]
    weighed = weigh([found(Means.DOCUMENT), found(Means.DOCUMENT, opening="b")], same=same)
    assert (weighed.disagree, [lead.opening_id for lead in weighed.leads]) == (False, ["a", "b"])


def test_weighing_nothing_says_what_to_try() -> None:
    assert (weigh([]).leads, weigh([]).words) == ((), (tracewords.NOTHING_FOUND,))
