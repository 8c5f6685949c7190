"""The settings of the service, from the environment (``PLACET_…``), a ``.env`` file, or files that hold secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from placet.errors import Refused

PREFIX = "PLACET_"
_FILE = "_FILE"


class Settings(BaseSettings):
    """Everything that can be set; ``placet serve --help`` lists it from here."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    listen: str = Field("127.0.0.1:8080", description="address and port to listen on")
    public_url: str = Field("", description="how people reach it (default: derived from LISTEN)")
    data_dir: Path = Field(Path("data"), description="folder for the embedded database and the lock file")
    database_url: str = Field("", description="where the data lies (default: an SQLite file in DATA_DIR)")
    github_url: str = Field("https://github.com", description="the web host, for Enterprise Server")
    github_api_url: str = Field("https://api.github.com", description="the root of the REST API")
    github_app_id: int = Field(0, description="the app's id")
    github_private_key: SecretStr = Field(SecretStr(""), description="the app's private key, PEM")
    github_webhook_secret: SecretStr = Field(SecretStr(""), description="what GitHub signs deliveries with")
    github_write_seconds: float = Field(1.0, ge=0, description="seconds between two writes of one installation")
    sweep_seconds: float = Field(300, gt=0, description="seconds between two sweeps over all open pull requests")
    concurrency: int = Field(4, ge=1, description="pull requests evaluated at once")
    analysis_workers: int = Field(
        max(1, (os.cpu_count() or 2) - 1), ge=1, description="processes that read untrusted content"
    )
    analysis_seconds: float = Field(60, gt=0, description="seconds that reading one pull request may take")
    analysis_memory_mb: int = Field(1024, ge=128, description="memory that one such process may use, in MB")
    log_format: Literal["auto", "text", "json"] = Field("auto", description="auto: text on a terminal, else JSON")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much is logged")

    @field_validator("github_private_key")
    @classmethod
    def _with_real_line_ends(cls, value: SecretStr) -> SecretStr:
        """Environment files often hold a key on one line."""
        return SecretStr(value.get_secret_value().replace("\\n", "\n"))

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"{PREFIX}LISTEN must be address:port, such as 127.0.0.1:8080, not {self.listen!r}")
        for name, value in (
            ("GITHUB_APP_ID", self.github_app_id),
            ("GITHUB_PRIVATE_KEY", self.github_private_key.get_secret_value()),
            ("GITHUB_WEBHOOK_SECRET", self.github_webhook_secret.get_secret_value()),
        ):
            if not value:
                raise ValueError(f"{PREFIX}{name} is missing: take it from the settings page of your GitHub App")
        return self

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.listen.rpartition(":")[2])

    @property
    def database(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'placet.sqlite3').absolute()}"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings. Raises Refused, naming the setting and the fix, where one is wrong."""
    environment = os.environ if environment is None else environment
    try:
        return Settings(**_from_files(environment))  # type: ignore[arg-type]  # pydantic parses the texts
    except ValidationError as error:
        first = error.errors()[0]
        where = PREFIX + str(first["loc"][0]).upper() + ": " if first["loc"] else ""
        message = first["msg"].removeprefix("Value error, ")
        raise Refused(f"{where}{message}", code="settings", hint="see placet serve --help") from None


def _from_files(environment: Mapping[str, str]) -> dict[str, str]:
    """What ``PLACET_…_FILE`` names, read; so secrets need not stand in the environment."""
    found: dict[str, str] = {}
    for name, path in environment.items():
        field = name.removeprefix(PREFIX).removesuffix(_FILE).lower()
        if name.startswith(PREFIX) and name.endswith(_FILE) and field in Settings.model_fields:
            try:
                found[field] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise Refused(f"{name}: {path} cannot be read: {error.strerror}", code="settings") from None
    return found
