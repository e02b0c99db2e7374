"""How often somebody may try: counted in the memory of each process."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LOGIN_LIMIT = "10 per minute; 60 per hour"
"""Tries to log in from one address: a class behind one address must still get in, a guesser must not."""

limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=False)
