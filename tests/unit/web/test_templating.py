"""Components are kept without a word of what is said in them, and say what the library would say anew."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup, escape

from app.web import skeletons
from app.web.skeletons import Kept
from app.web.templating import KEPT, new_environment

TYPED = "somebody@examples.gov.example"
MARK = "\ue000<Mk0>\ue001"

ours = new_environment()
plain = Environment(
    loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    autoescape=True,
    undefined=ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def written(environment: Environment, component: str, params: dict[str, Any]) -> str:
    name = f"govuk{component.title().replace('-', '')}"
    path = f"govuk_frontend_jinja/components/{component}/macro.html"
    source = f'{{% from "{path}" import {name} %}}{{{{ {name}(params) }}}}'
    return environment.from_string(source).render(params=params)


def kept_of(environment: Environment, component: str) -> Kept:
    template: Any = environment.get_template(f"govuk_frontend_jinja/components/{component}/macro.html")
    kept = getattr(template._get_default_module(), f"govuk{component.title().replace('-', '')}")
    assert isinstance(kept, Kept)
    return kept


def said_in(kept: Kept) -> str:
    """Everything that is kept of a component, as text."""
    held: Any = vars(kept)["_skeletons"]
    return repr([(shape, one and [*vars(one).values()]) for shape, one in held.items()])


texts = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="ab <>&\"'\n\u2028\t{}%0", max_size=8),
    st.sampled_from(["", "a", "b", "a&b", MARK, "&amp;", "<b>bold</b>", "Day", "divider", "a", "Menu", "true"]),
)
marked_up = texts.map(lambda text: Markup(f"<i>{escape(text)}</i>"))
either = st.one_of(texts, marked_up, st.none())
words = st.one_of(
    st.fixed_dictionaries({"text": either}, optional={"classes": st.sampled_from(["", "govuk-body", "app-a app-b"])}),
    st.fixed_dictionaries({"html": either}),
)
maybe = st.one_of(st.none(), words)
attributes = st.dictionaries(st.sampled_from(["data-a", "aria-label", "dir"]), texts, max_size=2)
choice = st.fixed_dictionaries(
    {"value": texts, "text": texts}, optional={"hint": words, "checked": st.booleans(), "selected": st.booleans()}
)
choices = st.lists(st.one_of(choice, choice, st.none()), min_size=1, max_size=4)
action = st.fixed_dictionaries({"href": texts, "text": texts}, optional={"visuallyHiddenText": texts})
line = st.fixed_dictionaries(
    {"key": words, "value": words}, optional={"actions": st.fixed_dictionaries({"items": st.lists(action, max_size=2)})}
)
field = {"id": texts, "name": texts, "label": words}
field_besides = {"hint": words, "errorMessage": maybe, "value": texts, "attributes": attributes}
group = {"idPrefix": texts, "name": texts, "items": choices}
group_besides = {"fieldset": st.fixed_dictionaries({"legend": words}), "hint": words, "errorMessage": maybe}
day = st.sampled_from([{"name": "day", "value": "7"}, {"name": "month", "label": "Month"}, {"name": "year"}])
COMPONENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "input": st.fixed_dictionaries(
        field, optional={**field_besides, "spellcheck": st.booleans(), "type": st.just("email")}
    ),
    "textarea": st.fixed_dictionaries(field, optional={**field_besides, "rows": st.integers(0, 3)}),
    "select": st.fixed_dictionaries({**field, "items": choices}, optional=field_besides),
    "radios": st.fixed_dictionaries(group, optional={**group_besides, "value": texts}),
    "checkboxes": st.fixed_dictionaries(group, optional={**group_besides, "values": st.lists(texts, max_size=3)}),
    "date-input": st.fixed_dictionaries(
        {"id": texts, "items": st.lists(day, max_size=3)}, optional={**group_besides, "namePrefix": texts}
    ),
    "file-upload": st.fixed_dictionaries(field, optional=field_besides),
    "button": st.fixed_dictionaries(
        {"text": either},
        optional={
            "href": texts,
            "element": st.sampled_from(["a", "input", "button"]),
            "name": texts,
            "value": texts,
            "preventDoubleClick": st.booleans(),
            "attributes": attributes,
        },
    ),
    "tag": words,
    "back-link": st.fixed_dictionaries({"text": texts, "href": texts}),
    "inset-text": words,
    "warning-text": st.fixed_dictionaries({"text": either, "iconFallbackText": texts}),
    "panel": st.fixed_dictionaries({"titleText": texts}, optional={"html": either}),
    "details": st.fixed_dictionaries({"summaryText": texts}, optional={"html": either, "text": either}),
    "summary-list": st.fixed_dictionaries({"rows": st.lists(line, max_size=3)}),
    "error-summary": st.fixed_dictionaries(
        {"titleText": texts, "errorList": st.lists(st.fixed_dictionaries({"text": texts, "href": texts}), max_size=3)}
    ),
    "pagination": st.fixed_dictionaries({}, optional={"next": action, "previous": action}),
    "label": st.fixed_dictionaries({"text": either, "for": texts}, optional={"isPageHeading": st.booleans()}),
    "hint": st.fixed_dictionaries({"id": texts}, optional={"text": either, "html": either, "attributes": attributes}),
    "error-message": st.fixed_dictionaries({"text": either}, optional={"id": texts, "visuallyHiddenText": texts}),
    "fieldset": st.fixed_dictionaries({"legend": words}, optional={"describedBy": texts, "html": either}),
    "skip-link": st.fixed_dictionaries({"text": texts, "href": texts}),
    "service-navigation": st.fixed_dictionaries(
        {"serviceName": texts, "navigation": st.lists(action, max_size=3)}, optional={"serviceUrl": texts}
    ),
}


@pytest.mark.parametrize("component", COMPONENTS)
def test_component_of_any_parameters_is_what_the_library_writes(component: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(params=COMPONENTS[component])
    def same(params: dict[str, Any]) -> None:
        assert written(ours, component, params) == written(plain, component, params)

    same()


@example(first="a", second="b", chosen="b")
@example(first="a&b", second="a&b", chosen="a&b")
@settings(max_examples=50, deadline=None)
@given(first=texts, second=texts, chosen=texts)
def test_choice_of_the_same_shape_marks_what_was_chosen_in_it(first: str, second: str, chosen: str) -> None:
    for values in ((first, second), (second, first)):
        items = [{"value": one, "text": one.upper()} for one in values]
        params = {"id": "c", "name": "c", "label": {"text": first}, "items": items, "value": chosen}
        assert written(ours, "select", params) == written(plain, "select", params)


@pytest.mark.parametrize("component", ["input", "textarea", "select", "button", "summary-list"])
def test_nothing_that_was_said_in_a_component_is_kept(component: str) -> None:
    environment = new_environment()
    items = [{"value": "per_1", "text": TYPED}, {"value": TYPED, "text": "x", "attributes": {"data-who": TYPED}}]
    params = {
        "id": TYPED,
        "name": TYPED,
        "text": TYPED,
        "value": TYPED,
        "label": {"text": f"Who is {TYPED}?"},
        "hint": {"html": Markup(f"As it stands here: <b>{TYPED}</b>")},
        "errorMessage": {"text": f"{TYPED} is nobody"},
        "attributes": {"aria-label": TYPED},
        "items": items,
        "rows": [{"key": {"text": TYPED}, "value": {"html": Markup(TYPED)}}] if component == "summary-list" else 2,
    }
    for _ in range(2):
        assert TYPED in written(environment, component, params)
    kept = said_in(kept_of(environment, component))
    assert ("govuk-" in kept, TYPED in kept) == (True, False)


def test_components_that_differ_in_their_words_alone_are_of_one_shape() -> None:
    button = kept_of(new_environment(), "button")
    assert "One" in button({"text": "One"})
    assert button({"text": "Two & more"}).count("Two &amp; more") == 1
    assert "<b>Three</b>" in button({"html": Markup("<b>Three</b>")})
    assert len(vars(button)["_skeletons"]) == 2


def test_every_component_that_is_kept_is_held_against_the_library() -> None:
    assert sorted(COMPONENTS) == sorted(KEPT)


@pytest.mark.parametrize(
    ("component", "params"),
    [
        ("tag", {"text": ["<b>one</b>"]}),  # is written as a list is told by Python
        ("tag", {"text": {"a": "b"}}),
        ("button", {"text": "One", "attributes": {"data-a": ["one", "two"]}}),
        ("button", {"text": "One", "attributes": {Markup("data-<b>"): "x"}}),
        ("button", {"text": "One", "attributes": {"data-<b>": "x"}}),
        ("textarea", {"id": "t", "name": "t", "label": {"text": "T"}, "rows": ["1"]}),
        ("textarea", {"id": "t", "name": "t", "label": {"text": "T"}, "classes": Markup("a")}),
        ("input", {"id": "t", "name": "t", "label": {"text": "T"}, "value": 1.5}),
        ("button", {"text": "One", "attributes": {"tabindex": 19_870_412}}),
        ("button", {"text": "One", "classes": "somebody@examples.gov.example"}),
    ],
)
def test_component_of_no_shape_that_others_may_have_is_written_by_the_library_and_not_kept(
    component: str, params: dict[str, Any]
) -> None:
    environment = new_environment()
    for _ in range(2):
        assert written(environment, component, params) == written(plain, component, params)
    held: Any = vars(kept_of(environment, component))["_skeletons"]
    assert [one for one in held.values() if one] == []


def test_component_may_be_given_nothing_as_the_library_has_it() -> None:
    for environment in (ours, plain):
        path = "govuk_frontend_jinja/components/back-link/macro.html"
        source = f'{{% from "{path}" import govukBackLink %}}{{{{ govukBackLink() }}}}'
        assert "Back" in environment.from_string(source).render()


def test_so_many_letters_are_kept_of_a_component_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skeletons, "MOST_LETTERS", 20_000)
    environment = new_environment()
    button = kept_of(environment, "button")
    for number in range(500):
        button({"text": "One", "tabindex": number})
    held: Any = vars(button)["_skeletons"]
    assert 10 < len(held) < 100
    assert vars(button)["_letters"] == sum(100 + one.letters for one in held.values()) <= 20_000
