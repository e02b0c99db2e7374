"""Settings by environment, with defaults that suit one school on one computer.

| variable | meaning | default |
|---|---|---|
| MARSHRUT_DATA | folder of the database and the secret | the user's own data folder |
| MARSHRUT_DATABASE_URL | address of a database | SQLite in the data folder |
| MARSHRUT_HOST, MARSHRUT_PORT | where the admin listens | 127.0.0.1, 8000 |
| MARSHRUT_SECRET | key that signs cookies | made at the first start, kept in the data folder |
| MARSHRUT_PUBLIC_URL | address under which phones reach the admin | none: no links for phones |
| MARSHRUT_HTTPS | 1: cookies only over https | 0 |
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from web.whole_file import kept_once
from workflow_core.exceptions import InvalidInput


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is told from outside."""

    data: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    secret: str = ""
    public_url: str = ""
    https: bool = False

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the embedded one: then one process serves and works off jobs."""
        return self.database_url.startswith("sqlite")


def default_data_folder(environment: Mapping[str, str]) -> Path:
    """Where a program of this user keeps its data on this system."""
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA", str(Path.home()))) / "Marshrut"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Marshrut"
    return Path(environment.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share"))) / "marshrut"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises InvalidInput naming the variable that is wrong."""
    given = os.environ if environment is None else environment
    data = Path(given.get("MARSHRUT_DATA") or default_data_folder(given)).expanduser().absolute()
    port = given.get("MARSHRUT_PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise InvalidInput({"MARSHRUT_PORT": f"MARSHRUT_PORT: «{port}» — не номер порта. Укажите число от 1 до 65535."})
    url = given.get("MARSHRUT_DATABASE_URL") or f"sqlite:///{data / 'marshrut.db'}"
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise InvalidInput(
            {"MARSHRUT_DATABASE_URL": "MARSHRUT_DATABASE_URL: поддерживаются адреса sqlite:///… и postgresql://…"}
        )
    return Settings(
        data=data,
        database_url=url,
        host=given.get("MARSHRUT_HOST", "127.0.0.1"),
        port=int(port),
        secret=given.get("MARSHRUT_SECRET") or _kept_secret(data),
        public_url=given.get("MARSHRUT_PUBLIC_URL", "").rstrip("/"),
        https=given.get("MARSHRUT_HTTPS", "0") == "1",
    )


def _kept_secret(data: Path) -> str:
    """The secret of this installation: made once, readable by its owner only."""
    try:
        return kept_once(data / "secret", partial(secrets.token_hex, 32))
    except OSError as exc:
        raise InvalidInput(
            {"MARSHRUT_DATA": f"Папка данных «{data}» недоступна: {exc.strerror}. Укажите другую в MARSHRUT_DATA."}
        ) from exc
