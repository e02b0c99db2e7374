"""Settings of plugins by environment.

| variable | meaning | default |
|---|---|---|
| MARSHRUT_MANDATORY_PLUGINS | names, by comma, of plugins without which nothing starts | none |
"""

from __future__ import annotations

import os
from collections.abc import Mapping


def mandatory_plugins(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Names of the plugins without which nothing may start, besides those of the program itself."""
    given = os.environ if environment is None else environment
    names = given.get("MARSHRUT_MANDATORY_PLUGINS", "").split(",")
    return tuple(name.strip() for name in names if name.strip())
