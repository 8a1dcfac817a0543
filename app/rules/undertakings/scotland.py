"""The words under the Pre-release Access to Official Statistics (Scotland) Order 2008 (SSI 2008/399).

The Order knows no signed declaration. It asks that the recipient be told the ground, and binds them by paragraph 5; a
producer that wants it in writing asks for it as its own rule, and the words say so.
"""

from __future__ import annotations

from app.rules.undertakings.basis import Basis, conditions_part, grounds_lines, one_line

VERSION = "scotland-2026-1"

GROUNDS = {
    "a": "so that the Scottish Ministers, and the office-holders or officials who advise them, can comment publicly on "
    "the statistics with a correct understanding of them",
    "b": "so that the Scottish Ministers, and those who advise them, can consider what the statistics mean for their "
    "policies and programmes, and their public comments on those reflect a proper understanding",
    "c": "so that office-holders or officials who advise the Scottish Ministers can assure the quality of a "
    "statistical public statement that they are to issue",
    "d": "so that other statistics on the same subject are not relied on, by the Scottish Ministers or those who "
    "advise them, without knowing of these, to the detriment of their functions or of a public comment",
    "e": "so that a publication which a public body or office-holder prepares for the same time or shortly after is "
    "correct, or properly informed by the statistics",
    "f": "so that a Minister of the Crown, the head of a government department, a member of the Welsh Assembly "
    "Government or a Northern Ireland Minister can comment publicly with a correct understanding of the statistics",
    "g": "so that a public body whose functions the statistics describe or are relevant to, or a public body that "
    "represents it, can comment publicly with a correct understanding of them",
    "h": "access of any other person, which the person responsible allows because it is not to the detriment of public "
    "trust in official statistics",
}
"""The grounds of paragraph 2(1), in our words."""

SUPPORT = (
    "to give administrative or technical support to a recipient, who shares their access for that "
    "(Schedule, paragraph 3(2))"
)

_BEFORE = """\
I understand that this access is given to me as an individual, and that it is governed by the Pre-release Access to
Official Statistics (Scotland) Order 2008 (SSI 2008/399). The Order asks for no signed declaration: this one is a
rule of the producer, {producer}. What the Order says binds me whether I sign or not.

The ground on which I am given access (Schedule, paragraph 2(1); I am told it under paragraph 2(2)(a)):
{grounds}"""
PARA_5 = """\
1. If they are not so marked already, I must mark the statistics “Confidential Statistics” where they are market
   sensitive, and “Restricted Statistics” where they are not. (Schedule, paragraph 5(2))

2. I must not disclose any of the statistics, or give any broad indication of what is in them or what they may show,
   to anybody who has not been given access in the same way. A hint, a tone or “no surprises” counts. This holds
   until they are actually published; if the time set passes and they are not out, it goes on. (Schedule, paragraph
   5(3))

3. I must use the statistics only for the purpose for which I am given access. (Schedule, paragraph 5(4))

4. I must not use the statistics for personal or political gain. (Schedule, paragraph 5(5))

5. If I disclose the statistics, or any broad indication of them, by accident or wrongly, or become aware that
   somebody to whom they were disclosed has, I must report it immediately to the person responsible: {contact}.
   (Schedule, paragraph 5(6))

6. I must not seek to change the format, the content or the timing of the publication. If I find an error, or wish
   to comment on any of these, I may tell the person responsible. (Schedule, paragraph 5(7) and (8))"""
_AFTER = """\
7. {sharing}
   The copy I am given is made for me: I do not forward it. Whoever may see the statistics besides gets access of their
   own. (The producer's rule)"""
_DUTIES = f"{_BEFORE}\n\n{PARA_5}\n\n{_AFTER}"
"""What a recipient signs; paragraph 5 stands apart, since it is told to those who sign nothing, too."""

_SHARING = (
    "I may share my access with somebody who gives me administrative or technical support (Schedule, paragraph 3(2)).\n"
    "   I may pass the statistics on to another minister, office-holder or official only where that is necessary for\n"
    "   the same purpose and the person responsible has agreed in writing beforehand (Schedule, paragraph 3(3))."
)
_NAMED = (
    "Access on ground (h) is restricted to named individuals: I must not share it or pass it on.\n"
    "   (Schedule, paragraph 3(4))"
)


def duties(basis: Basis) -> tuple[str, ...]:
    """Restate the ground, what the Order asks of a recipient, and the conditions set for this one.

    Args:
        basis: What the words are put together from.

    Source:
        SSI 2008/399 Sch. para 2(2)(a); SSI 2008/399 Sch. para 3; SSI 2008/399 Sch. para 5
    """
    text = _DUTIES.format(
        producer=one_line(basis.release.producer.name),
        grounds=grounds_lines(basis.grants, GROUNDS, SUPPORT),
        contact=basis.told,
        sharing=_NAMED if "h" in basis.letters else _SHARING,
    )
    return (text, *conditions_part(8, basis.grants, "by the producer"))
