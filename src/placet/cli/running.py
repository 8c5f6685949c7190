"""Running a command: what it returns is the exit code, and what goes wrong is one line on stderr."""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from collections.abc import Sequence

import click

from placet.cli.catalogue import Commands, Invocation, debug_option
from placet.errors import Expected
from placet.version import __version__

# 1 is kept for "something is gated": nothing that goes wrong may look like it.
NO_ANSWER = 2
_INTERRUPTED = 128 + signal.SIGINT
_NOBODY_READS = 128 + 13  # as of a program that SIGPIPE ended


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="placet")
@click.pass_context
def placet(context: click.Context) -> None:
    """Placet gets breaking data changes agreed before they are merged."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


placet.params.append(debug_option())


def run(arguments: Sequence[str]) -> int:
    """Run the command line; its exit code: 0 nothing is gated, 1 something is, 2 no answer (stderr says why)."""
    _print_anything(sys.stdout, sys.stderr)
    invocation = Invocation()
    try:
        code = placet.main(list(arguments), prog_name="placet", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # click turns the one into the other, and nothing else exits in here
        _forget_output()
        return _NOBODY_READS
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        # Whoever names a group alone asks what it holds: that is an answer.
        click.echo(error.format_message())
        return 0
    except (Expected, click.ClickException) as error:
        if invocation.debug:
            traceback.print_exc()
        _tell(_sentence(error))
        return NO_ANSWER
    except Exception as error:  # noqa: BLE001 - the outermost loop: Python's own exit code would say "gated"
        traceback.print_exc()
        _tell(f"this is a bug in Placet {__version__}: {type(error).__name__}; please report it with the lines above")
        return NO_ANSWER
    return code if isinstance(code, int) else 0


def _sentence(error: Expected | click.ClickException) -> str:
    if not isinstance(error, click.ClickException):
        return str(error)
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message} (see {context.command_path} --help)" if context is not None else message


def _tell(message: str) -> None:
    from placet.render.markdown import visible  # noqa: PLC0415 - needed only where something went wrong

    click.echo(f"placet: {visible(message)}", err=True)


def _print_anything(*streams: object) -> None:
    """A terminal that cannot show a character shows a question mark, instead of ending the program."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _forget_output() -> None:
    """What Python still wants to flush at its end goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
