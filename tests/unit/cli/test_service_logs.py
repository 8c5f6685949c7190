from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from placet.cli.logs import configure_logs

SECRET = "correct-horse-battery"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


class Written:
    """What was logged so far; the capturing puts a stream of its own in place of stderr when a test begins."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text

    @property
    def entry(self) -> dict[str, object]:
        (line,) = self.text.splitlines()
        found: dict[str, object] = json.loads(line)
        return found


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Written:
    return Written(capsys)


def log_failure(message: str) -> None:
    """Log an exception, as the outer loops do."""
    log = structlog.get_logger()
    try:
        refuse(message)
    except ValueError:
        log.exception("failed")


def refuse(message: str) -> None:
    raise ValueError(message)


def test_away_from_a_terminal_each_entry_is_one_json_object(written: Written) -> None:
    configure_logs("auto", "info")
    structlog.get_logger("placet.work").info("swept", repositories=3)
    found = written.entry
    assert (found["message"], found["repositories"], found["level"], found["logger"]) == (
        "swept",
        3,
        "info",
        "placet.work",
    )
    assert str(found["timestamp"]).endswith("Z")


def test_less_than_the_level_is_not_written(written: Written) -> None:
    configure_logs("json", "warning")
    structlog.get_logger().info("swept")
    logging.getLogger("aiohttp").info("served")
    assert written.text == ""


def test_libraries_write_in_the_same_way(written: Written) -> None:
    configure_logs("json", "info")
    logging.getLogger("aiohttp.server").warning("too many %s", "requests")
    assert written.entry["message"] == "too many requests"


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_secret_is_never_written(written: Written, format_: str) -> None:
    configure_logs(format_, "info", [SECRET])
    log = structlog.get_logger()
    log.info("one", value=f"<{SECRET}>", token="ghs_16C7e42F292c6912E7710c838347Ae178B4a")
    logging.getLogger("library").warning("with %s", SECRET)
    log_failure(SECRET)
    assert "***" in written.text
    assert SECRET not in written.text
    assert "ghs_" not in written.text


def test_a_traceback_stands_in_the_entry(written: Written) -> None:
    configure_logs("json", "info")
    log_failure("no such thing")
    assert "ValueError: no such thing" in str(written.entry["exception"])


def test_values_cannot_do_anything_to_a_terminal(written: Written) -> None:
    configure_logs("text", "info")
    log = structlog.get_logger()
    log.info("read", title="\x1b[31mred\u009b2J")
    log_failure("\x1b[31mred")
    assert "ValueError" in written.text
    assert not set(written.text) & {"\x1b", "\u009b"}


def test_text_goes_where_it_is_asked_for(written: Written) -> None:
    configure_logs("text", "info")
    structlog.get_logger().info("swept", repositories=3)
    assert "swept" in written.text
    assert "repositories=3" in written.text
    assert not written.text.startswith("{")
