"""On what footing a row of a sheet gives access: a class of pre-release access, or something that is none.

Early access for production, quality assurance or management information has its own registers (SI 2008/2998 Sch. para
10; Code 2018 T3.3) and never stands on this list.
"""

from __future__ import annotations

from app.rules.facts import GrantClass
from app.rules.wording import tidy

CLASSES: dict[str, GrantClass] = {
    "pre-release access": GrantClass.ELIGIBLE_PERSON,
    "pre release access": GrantClass.ELIGIBLE_PERSON,
    "pra": GrantClass.ELIGIBLE_PERSON,
    "eligible person": GrantClass.ELIGIBLE_PERSON,
    "eligible": GrantClass.ELIGIBLE_PERSON,
    "adviser": GrantClass.ADVISER,
    "advisor": GrantClass.ADVISER,
    "exceptional": GrantClass.EXCEPTIONAL_PERSON,
    "exceptional person": GrantClass.EXCEPTIONAL_PERSON,
    "bank of england": GrantClass.BANK_OR_TREASURY,
    "bank or treasury": GrantClass.BANK_OR_TREASURY,
    "treasury": GrantClass.BANK_OR_TREASURY,
    "journalist": GrantClass.JOURNALIST,
    "third party": GrantClass.THIRD_PARTY,
    "international": GrantClass.INTERNATIONAL,
    "administrative support": GrantClass.ADMINISTRATIVE_SUPPORT,
    "admin support": GrantClass.ADMINISTRATIVE_SUPPORT,
    "administrative or technical support": GrantClass.ADMINISTRATIVE_SUPPORT,
    "technical support": GrantClass.ADMINISTRATIVE_SUPPORT,
}
_LETTERS = (*"abcdefgh", "i", "ii", "1", "5a", "5b")
# Whose class says by which sub-paragraph it is granted.
_LETTER_OF_CLASS = {"bank of england": "1"}


# Early access on another footing is not pre-release access and never stands on this list.
_OTHER_FOOTINGS = ("management information", "quality assurance", "production", "publishing")


def grant_class(text: str) -> GrantClass | None:
    """Read a class of access; None when it is not one of ours."""
    low = tidy(text).lower().replace("_", " ")
    return CLASSES.get(low) or next((one for one in GrantClass if one.value.replace("_", " ") == low), None)


def ground_letter(text: str, class_text: str) -> str | None:
    """Read the letter of a ground: ``e``, ``(e)``, ``2(1)(e)``, ``1(1)(d)``, ``3(1)(a)(ii)``, ``12(5)(a)``.

    Args:
        text: What the sheet says; empty gives the letter that the class itself implies, if any.
        class_text: The class as the sheet says it.

    Returns:
        The letter, empty where there is none; None when it cannot be read.

    Source:
        SI 2008/2998 Sch. para 12(5); SSI 2008/399 Sch. para 2(1); WSI 2009/2818 Sch. para 1(1)
    """
    low = tidy(text).lower()
    for word in ("paragraph", "para", "ground", "."):
        low = low.replace(word, "")
    low = low.replace(" ", "")
    if not low:
        return _LETTER_OF_CLASS.get(tidy(class_text).lower(), "")
    for paragraph in ("2(1)", "1(1)", "3(1)(a)", "12"):
        low = low.removeprefix(paragraph)
    plain = low.replace("(", "").replace(")", "")
    return plain if plain in _LETTERS else None


def is_other_footing(text: str) -> bool:
    """Say whether a class of access is early access on another footing than pre-release access.

    Source:
        SI 2008/2998 Sch. para 10; Code 2018 T3.3
    """
    return any(footing in text.lower() for footing in _OTHER_FOOTINGS)
