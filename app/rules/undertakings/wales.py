"""The words under the Pre-release Access to Official Statistics (Wales) Order 2009 (WSI 2009/2818).

The Order knows no signed declaration. It asks that the recipient be told the ground and the requirements of paragraph
5; a producer that wants them in writing asks for it as its own rule, and the words say so.
"""

from __future__ import annotations

from app.rules.undertakings.basis import Basis, conditions_part, grounds_lines, one_line

VERSION = "wales-2026-1"

GROUNDS = {
    "a": "so that a Welsh Minister, the First Minister, the Counsel General, a Deputy Welsh Minister, or somebody who "
    "advises one of them, can comment publicly on the statistics with a correct understanding of them",
    "b": "so that one of those can consider what the statistics mean for the policies and programmes of the Welsh "
    "Ministers, and public comments on those reflect a correct understanding",
    "c": "so that other statistics on the same subject are not relied on by one of those, without knowing of these, "
    "to the detriment of functions of the Welsh Ministers, the First Minister or the Counsel General, or of a public "
    "comment",
    "d": "so that a publication which a public body or office prepares for the same time or shortly after is correct, "
    "or properly informed by the statistics",
    "e": "so that a Minister of the Crown, the head of a United Kingdom government department, a Scottish or Northern "
    "Ireland Minister, or somebody who advises one of them, can comment publicly with a correct understanding",
    "f": "so that a public body or office to whose functions the statistics are relevant can comment publicly with a "
    "correct understanding of them",
    "g": "so that a body which represents such a public body or office can comment publicly with a correct "
    "understanding of the statistics",
    "h": "another purpose for which the person responsible considers that the public interest is significantly better "
    "served by granting access",
}
"""The grounds of paragraph 1(1), in our words."""

SUPPORT = (
    "to give administrative or technical support to a recipient, who discloses the statistics to me for that alone "
    "(Schedule, paragraph 6)"
)

_BEFORE = """\
Pre-release access to these statistics has been granted to me, as an identifiable individual, under the Pre-release
Access to Official Statistics (Wales) Order 2009 (WSI 2009/2818). They are “Confidential Statistics” where they are
market sensitive, and “Restricted Statistics” where they are not. Paragraph 5 of the Schedule contains certain
requirements, which are restated below (Schedule, paragraph 3). The Order asks for no signed declaration: this one
is a rule of the producer, {producer}. What the Order says binds me whether I sign or not.

The ground on which I am granted access (Schedule, paragraph 1(1); I am told it under paragraph 1(2)(a)):
{grounds}"""
PARA_5 = """\
1. I must not disclose the statistics, or any indication of what is in them or what they may show. A hint, a tone or
   “no surprises” counts. This holds until they are actually published; if the time set passes and they are not out,
   it goes on. (Schedule, paragraph 5(2))

2. I must use the statistics only for the purpose for which access was granted; if they were disclosed to me so that
   I can support somebody, only to give that support. (Schedule, paragraph 5(3) and (4))

3. I must take reasonable steps towards ensuring that the statistics, and any indication of them, are not disclosed.
   (Schedule, paragraph 5(5))

4. I must not use the statistics for personal gain. (Schedule, paragraph 5(6))

5. If I have reasonable grounds for believing that the statistics or an indication of them have been disclosed, or
   that there is a risk of it, I must take all reasonably practicable steps, as soon as is reasonably practicable,
   to inform the person responsible: {contact}. (Schedule, paragraph 5(7) and (8))

6. I must not seek to change the format, the content or the timing of the publication. If I find an error, or wish
   to comment on any of these, I may tell the person responsible. (Schedule, paragraph 5(9) and (10))"""
_AFTER = """\
7. {sharing}
   The copy I am given is made for me: I do not forward it. Whoever may see the statistics besides gets access of their
   own. (The producer's rule)"""
_DUTIES = f"{_BEFORE}\n\n{PARA_5}\n\n{_AFTER}"
"""What a recipient signs; paragraph 5 stands apart, since it is told to those who sign nothing, too."""

_SHARING = (
    "I may disclose the statistics to a particular identifiable individual only where that is necessary for, and\n"
    "   solely for the purpose of, their giving me administrative or technical support. (Schedule, paragraph 6)"
)
_NAMED = (
    "Access on ground (h) is for me alone: I must not disclose the statistics even to somebody who supports me.\n"
    "   (Schedule, paragraphs 5(2) and 6)"
)


def duties(basis: Basis) -> tuple[str, ...]:
    """Restate the ground, what the Order asks of a recipient, and the conditions set for this one.

    Args:
        basis: What the words are put together from.

    Source:
        WSI 2009/2818 Sch. para 1(2); WSI 2009/2818 Sch. para 3; WSI 2009/2818 Sch. para 5; WSI 2009/2818 Sch. para 6
    """
    text = _DUTIES.format(
        producer=one_line(basis.release.producer.name),
        grounds=grounds_lines(basis.grants, GROUNDS, SUPPORT),
        contact=basis.told,
        sharing=_NAMED if "h" in basis.letters else _SHARING,
    )
    return (text, *conditions_part(8, basis.grants, "by the producer"))
