"""${message[:1].upper() + message[1:]}.

Expand or contract: say which, and what must be true of the running code before this one is applied.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | None = ${repr(branch_labels)}
depends_on: str | None = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Refuse: there is no way back but a new migration (migrations/README.md)."""
    raise RuntimeError("migrations only go forward")
