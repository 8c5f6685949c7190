"""Where the database lies, for commands that need no other setting."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import ValidationError, model_validator

from placet.errors import Refused
from placet.settings import PREFIX, Settings

_FILE = f"{PREFIX}DATABASE_URL_FILE"


class _Whereabouts(Settings):
    """The service's settings, of which only the database's have to be there."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        return self


def database_address() -> str:
    """The database's address, from the same places as the service's settings. Raises Refused where one is wrong."""
    try:
        settings = _Whereabouts(**_from_file())  # type: ignore[arg-type]  # pydantic parses the texts
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "the settings"
        raise Refused(f"{name}: {first['msg']}", code="settings", hint="see placet serve --help") from None
    return settings.database


def _from_file() -> dict[str, str]:
    path = os.environ.get(_FILE)
    if not path:
        return {}
    try:
        return {"database_url": Path(path).read_text(encoding="utf-8").strip()}
    except OSError as error:
        raise Refused(f"{_FILE}: {path} cannot be read: {error.strerror}", code="settings") from None
