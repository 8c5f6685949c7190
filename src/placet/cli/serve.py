"""``placet serve``: the service, until somebody stops it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from placet.cli.catalogue import Command

if TYPE_CHECKING:
    from placet.settings import Settings


class ServeCommand(Command):
    """A command whose help lists every setting, from the class that reads them."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from placet.cli.settings_help import settings_help  # noqa: PLC0415 - only the help needs them described

        with formatter.section("Settings, from the environment or a .env file"):
            formatter.write_dl(settings_help())
        formatter.write_paragraph()
        formatter.write_text(
            "What is secret can also stand in a file: PLACET_GITHUB_PRIVATE_KEY_FILE names one. The same goes for all."
        )
        super().format_epilog(ctx, formatter)


@click.command("serve", cls=ServeCommand)
def command() -> int:
    """Run the service: take webhooks in, and work on what they mean.

    SIGTERM or Ctrl-C stops it in good order: what runs is finished, nothing more is begun.
    """
    from placet.cli.logs import configure_logs  # noqa: PLC0415 - see above
    from placet.settings import load_settings, unknown_variables  # noqa: PLC0415 - see above

    settings = load_settings()
    configure_logs(settings.log_format, settings.log_level, _secrets(settings))
    asyncio.run(_serve(settings, unknown_variables()))
    return 0


async def _serve(settings: Settings, doubts: Sequence[str]) -> None:
    import structlog  # noqa: PLC0415 - the whole service is imported only to be run

    from placet import wiring  # noqa: PLC0415 - see above

    log = structlog.get_logger(__name__)
    for sentence in doubts:
        log.warning("unknown_setting", problem=sentence)
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    try:
        async with (
            wiring.service(settings) as service,
            wiring.serving(service, settings.host, settings.port) as address,
        ):
            log.info("serving", address=address, process=os.getpid())
            await stopping.wait()
            log.info("stopping", grace_seconds=wiring.GRACE_SECONDS)
    except OSError as error:
        raise _refusal(error, settings) from None
    log.info("stopped")


def _stop_on_signals(stopping: asyncio.Event) -> None:
    """The first signal asks for a good end; a second one finds Python's own handlers, which end at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def stop() -> None:
        stopping.set()
        for one in signals:
            loop.remove_signal_handler(one)

    for one in signals:
        loop.add_signal_handler(one, stop)


def _refusal(error: OSError, settings: Settings) -> Exception:
    from placet.errors import Refused  # noqa: PLC0415 - see above

    if error.filename is not None:
        hint = "set PLACET_DATA_DIR to a folder that can be written to"
        return Refused(f"{error.filename} cannot be used: {error.strerror}", code="settings", hint=hint)
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)
    hint = "set PLACET_LISTEN to another address"
    return Refused(f"cannot listen on {settings.listen}: {why}", code="settings", hint=hint)


def _secrets(settings: Settings) -> tuple[str, ...]:
    from pydantic import SecretStr  # noqa: PLC0415 - see above

    values = (getattr(settings, name) for name in type(settings).model_fields)
    return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))
