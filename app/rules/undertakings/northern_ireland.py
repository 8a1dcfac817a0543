"""The words under the Pre-release Access to Official Statistics Order (Northern Ireland) 2009 (SR 2009/71)."""

from __future__ import annotations

from app.rules.undertakings.basis import Basis, conditions_part, power_to_set

VERSION = "northern-ireland-2026-1"

_DUTIES = """\
I understand that this access is given to me by name, because of the post I hold, and that it is governed by the
Pre-release Access to Official Statistics Order (Northern Ireland) 2009 (SR 2009/71). Where the statistics are
market sensitive, the Order itself asks for this declaration before I am given access (Schedule, paragraph 8);
elsewhere it is the producer's own rule.

1. Until the statistics have been published, I must not disclose: (a) the statistics; (b) any part of the
   publication that contains them; or (c) anything that suggests how large a trend is, or which way it goes. A hint,
   a tone or “no surprises” counts. The embargo ends when the statistics are actually published. If the time set
   passes and they are not out, it goes on. (Schedule, paragraph 6(1))

2. I must not use this access for personal gain, mine or anybody else's. I must not act on it for political
   advantage. Preparing a response or a statement, to be used after publication, is allowed. (Schedule, paragraph
   6(2))

3. I must not use this access to change or compromise what is published, how it is presented, or when. If I notice a
   wrong figure or a misprint, I may tell the producer. (Schedule, paragraph 7)

4. The copy I am given is mine alone. I must not forward it, or leave it where others can read it. (The producer's
   rule)

5. If I disclose any of this by accident, if I think somebody else has, or if I receive something that I should not
   have, I will tell the producer at once: {contact}. (The producer's rule)"""


def duties(basis: Basis) -> tuple[str, ...]:
    """Restate what the Order asks of a recipient, and the conditions set for this one.

    Args:
        basis: What the words are put together from.

    Source:
        SR 2009/71 Sch. para 6; SR 2009/71 Sch. para 7; SR 2009/71 Sch. para 8
    """
    return (_DUTIES.format(contact=basis.told), *conditions_part(6, basis.grants, power_to_set(basis.grants, {})))
