"""The settings, from the environment (``PLACET_…``), a ``.env`` file, or files that hold secrets."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource

from placet.errors import Refused

PREFIX = "PLACET_"
_FILE = "_FILE"
_ENV_FILE = Path(".env")
_HELP = "see placet serve --help"
_HIGHEST_PORT = 65_535


class DatabaseSettings(BaseModel):
    """Where the data lies: all that a command which only reads the database has to know."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    data_dir: Path = Field(Path("data"), description="folder for the embedded database and the lock file")
    database_url: str = Field("", description="where the data lies (default: an SQLite file in DATA_DIR)")

    @property
    def database(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'placet.sqlite3').absolute()}"


class Settings(DatabaseSettings):
    """Everything that can be set; ``placet serve --help`` lists it from here."""

    github_app_id: int = Field(gt=0, description="the app's id")
    github_private_key: SecretStr = Field(description="the app's private key, PEM")
    github_webhook_secret: SecretStr = Field(description="what GitHub signs deliveries with")
    github_url: str = Field("https://github.com", description="the web host, for Enterprise Server")
    github_api_url: str = Field("https://api.github.com", description="the root of the REST API")
    github_write_seconds: float = Field(
        1.0, ge=0, allow_inf_nan=False, description="seconds between two writes of one installation"
    )
    listen: str = Field("127.0.0.1:8080", description="address and port to listen on")
    sweep_seconds: float = Field(
        300, gt=0, allow_inf_nan=False, description="seconds between two sweeps over all open pull requests"
    )
    concurrency: int = Field(4, ge=1, description="pull requests evaluated at once")
    analysis_workers: int = Field(
        max(1, (os.cpu_count() or 2) - 1), ge=1, description="processes that read untrusted content"
    )
    analysis_seconds: float = Field(
        60, gt=0, allow_inf_nan=False, description="seconds that reading one pull request may take"
    )
    analysis_memory_mb: int = Field(1024, ge=128, description="memory that one such process may use, in MB")
    log_format: Literal["auto", "text", "json"] = Field("auto", description="auto: text on a terminal, else JSON")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much is logged")

    @field_validator("github_private_key")
    @classmethod
    def _with_real_line_ends(cls, value: SecretStr) -> SecretStr:
        """Environment files often hold a key on one line."""
        return SecretStr(value.get_secret_value().replace("\\n", "\n"))

    @field_validator("github_url", "github_api_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        scheme, _, rest = value.partition("://")
        if scheme not in {"http", "https"} or not rest.strip("/"):
            raise ValueError(f"must be an address such as https://github.example.com, not {value!r}")
        return value

    @field_validator("listen")
    @classmethod
    def _is_address_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not (port.isascii() and port.isdigit()) or int(port) > _HIGHEST_PORT:
            raise ValueError(f"must be address:port, such as 127.0.0.1:8080, not {value!r}")
        return value

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.listen.rpartition(":")[2])


_Kind = TypeVar("_Kind", bound=DatabaseSettings)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The service's settings. Raises Refused, naming the variable, the problem and the fix, where one is wrong."""
    return _loaded(Settings, environment)


def load_database_settings(environment: Mapping[str, str] | None = None) -> DatabaseSettings:
    """Where the data lies, for commands that need nothing from GitHub. Raises Refused as ``load_settings`` does."""
    return _loaded(DatabaseSettings, environment)


def unknown_variables(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """A sentence for each ``PLACET_…`` variable that is none of the settings, with the one that comes nearest."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    known += [f"{name}{_FILE}" for name in known]
    return tuple(
        f"{name} is no setting{_nearest(name, known)}, so it is not heeded"
        for name in sorted(_variables(environment))
        if name not in known
    )


def _loaded(kind: type[_Kind], environment: Mapping[str, str] | None) -> _Kind:
    variables = _variables(environment)
    given = {name: text for name in kind.model_fields if (text := _given(name, variables)) is not None}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise Refused(_sentence(error.errors()[0]), code="settings", hint=_HELP) from None


def _variables(environment: Mapping[str, str] | None) -> Mapping[str, str]:
    """Every variable of ours that is set and not empty; the environment goes before the file."""
    if environment is None:
        environment = {**_env_file(), **os.environ}
    return {name: text for name, text in environment.items() if name.upper().startswith(PREFIX) and text}


def _env_file() -> dict[str, str]:
    if not _ENV_FILE.is_file():
        return {}
    try:
        source = DotEnvSettingsSource(BaseSettings, _ENV_FILE, env_file_encoding="utf-8", case_sensitive=True)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            f"the file {_ENV_FILE.absolute()} cannot be read: {_reason(error)}",
            code="settings",
            hint="make it readable for this user, or take it away",
        ) from None
    return {name: text for name, text in source.env_vars.items() if text is not None}


def _given(name: str, variables: Mapping[str, str]) -> str | None:
    """A setting's text: the variable's own, or what stands in the file that ``…_FILE`` names."""
    variable = f"{PREFIX}{name.upper()}"
    text, path = variables.get(variable), variables.get(f"{variable}{_FILE}")
    if path is None:
        return text
    if text is not None:
        raise Refused(f"{variable} and {variable}{_FILE} are both set", code="settings", hint="take one of them away")
    return _content(f"{variable}{_FILE}", path)


def _content(variable: str, path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Refused(
            f"{variable} names {path}, which cannot be read: {_reason(error)}",
            code="settings",
            hint="name a text file that this user may read",
        ) from None
    if not text:
        hint = f"write the value of {variable.removesuffix(_FILE)} into it"
        raise Refused(f"{variable} names {path}, which is empty", code="settings", hint=hint)
    return text


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8 text"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


_ORIGINS: Mapping[str, str] = {
    "github_app_id": "it is the App ID on the app's settings page",
    "github_private_key": "make one on the app's page, and name its PEM file in PLACET_GITHUB_PRIVATE_KEY_FILE",
    "github_webhook_secret": "choose one, and enter the same on the app's settings page",
}


def _sentence(error: ErrorDetails) -> str:
    """What is wrong with a setting, in words of ours; a secret is never repeated."""
    name = str(error["loc"][0])
    variable = f"{PREFIX}{name.upper()}"
    if error["type"] == "missing":
        return f"{variable} is missing: {_ORIGINS[name]}"
    origin = f": {_ORIGINS[name]}" if name in _ORIGINS else ""
    return f"{variable} {_problem(error, name)}{origin}"


def _problem(error: ErrorDetails, name: str) -> str:
    context: dict[str, Any] = error.get("ctx", {})
    found = f", not {error['input']!r}"
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "greater_than":
            return f"must be more than {context['gt']:g}{found}"
        case "greater_than_equal":
            return f"must be at least {context['ge']:g}{found}"
        case "literal_error":
            choices = get_args(Settings.model_fields[name].annotation)
            return f"must be one of {', '.join(choices)}{found}"
        case "finite_number" | "float_parsing":
            return f"must be a number{found}"
        case kind if kind.startswith("int"):
            return f"must be a whole number{found}"
        case _:
            return f"is wrong: {error['msg']}"


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
