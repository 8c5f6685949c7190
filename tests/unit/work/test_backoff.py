from __future__ import annotations

from datetime import timedelta

import pytest

from fakes.clock import START
from placet.errors import BadFile, Unavailable
from placet.work.backoff import retry_at

MIDDLE = 0.5


@pytest.mark.parametrize(
    ("error", "failures", "seconds"),
    [
        (Unavailable("away"), 1, 5),
        (Unavailable("away"), 2, 10),
        (Unavailable("away"), 5, 80),
        (Unavailable("away"), 7, 300),
        (Unavailable("away"), 10_000, 300),
        (BadFile("odd", path="a.yml"), 1, 5),
        (TimeoutError(), 1, 5),
        (KeyError("head"), 1, 15),
        (KeyError("head"), 3, 60),
        (KeyError("head"), 10_000, 3600),
        (Unavailable("limit", until=START + timedelta(minutes=10)), 9, 602.5),
        (Unavailable("limit", until=START - timedelta(minutes=10)), 9, 3.5),
        (Unavailable("limit", until=START + timedelta(days=900)), 1, 3902.5),
    ],
)
def test_what_failed_comes_again_by_what_it_failed_of(error: Exception, failures: int, seconds: float) -> None:
    assert retry_at(error, failures, START, MIDDLE) == START + timedelta(seconds=seconds)


def test_those_that_failed_together_do_not_all_come_again_together() -> None:
    assert retry_at(Unavailable("away"), 3, START, 0) == START + timedelta(seconds=15)
    assert retry_at(Unavailable("away"), 3, START, 1) == START + timedelta(seconds=25)
