"""Components of forms that are kept say what the library would say anew, and nothing about anybody is kept."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

from app.web.templating import new_environment

TYPED = "somebody@examples.gov.example"
LABEL = {"ours": True, "label": {"text": "Who it is <about>"}, "id": "who", "name": "who"}
KINDS = [{"value": f"kind_{number}", "text": f"Kind {number}"} for number in range(60)]
INPUT, SELECT = "input", "select"


def written(environment: Environment, component: str, params: dict[str, Any]) -> str:
    name = f"govuk{component.title()}"
    path = f"govuk_frontend_jinja/components/{component}/macro.html"
    source = f'{{% from "{path}" import {name} %}}{{{{ {name}(params) }}}}'
    return environment.from_string(source).render(params=params)


def kept_of(environment: Environment, component: str) -> str:
    template: Any = environment.get_template(f"govuk_frontend_jinja/components/{component}/macro.html")
    module = template._get_default_module()
    return str(vars(getattr(module, f"govuk{component.title()}"))["_written"])


@pytest.fixture(scope="module")
def plain() -> Environment:
    loader = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    return Environment(
        loader=loader, autoescape=True, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True
    )


@pytest.mark.parametrize(
    ("component", "params", "kept"),
    [
        (INPUT, LABEL, True),
        (INPUT, {**LABEL, "hint": {"text": "<b>plain</b>"}}, True),
        (INPUT, {**LABEL, "hint": {"text": Markup("<b>plain</b>")}}, True),
        (INPUT, {**LABEL, "items": None}, True),
        (INPUT, {**LABEL, "value": TYPED}, False),
        (INPUT, {**LABEL, "errorMessage": {"text": f"{TYPED} is nobody"}}, False),
        (INPUT, {"id": "typed", "name": "typed", "hint": {"text": f"As it stands here: {TYPED}"}}, False),
        (SELECT, {**LABEL, "items": KINDS}, True),
        (SELECT, {**LABEL, "items": KINDS, "value": "kind_7"}, True),
        (SELECT, {**LABEL, "items": [*KINDS, None], "value": TYPED}, False),
        (SELECT, {"id": "who", "name": "who", "items": [{"value": "per_1", "text": TYPED}]}, False),
    ],
)
def test_component_that_is_kept_is_what_the_library_writes(
    plain: Environment, component: str, params: dict[str, Any], kept: bool
) -> None:
    environment = new_environment()
    expected = written(plain, component, params)
    for _ in range(2):
        assert written(
            environment, component, {"ours": True, "label": {"text": "Another"}, "id": "o", "name": "o", "items": []}
        )
        assert written(environment, component, params) == expected
    assert (repr(params)[:-1] in kept_of(environment, component)) is kept
    assert TYPED not in kept_of(environment, component)


def test_form_with_many_fields_keeps_a_bounded_number() -> None:
    environment = new_environment()
    for number in range(300):
        written(environment, INPUT, {**LABEL, "id": f"field-{number}"})
    kept = kept_of(environment, INPUT)
    assert ("'field-99'" in kept, "'field-100'" in kept, "'field-299'" in kept) == (False, True, True)
