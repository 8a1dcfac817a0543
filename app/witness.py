"""A witness on a regulator's machine, by itself: ``python -m app.witness``.

``pra witness`` does the same where the whole package is installed. This loads nothing of the service it watches: the
standard library and ``cryptography`` are all it needs.
"""

from __future__ import annotations

import sys

from app.audit.witness.commands import main
from app.outside.clock import machine_seconds

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], machine_seconds))
