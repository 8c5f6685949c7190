"""When to try again what failed, by what it failed of."""

from __future__ import annotations

from datetime import datetime, timedelta

from placet.errors import Expected, Unavailable

# Something outside is away: soon again, and every five minutes as long as it lasts.
EXPECTED_FIRST = timedelta(seconds=5)
EXPECTED_MOST = timedelta(minutes=5)
# A bug does not go away by itself: seldom, but a new version of Placet or of the data may help.
BUG_FIRST = timedelta(seconds=15)
BUG_MOST = timedelta(hours=1)
# GitHub's limits are set anew each hour; whoever names a later time is not believed.
UNTIL_MOST = timedelta(minutes=65)
# Many keys that wait for the same moment should not all come in it.
UNTIL_SPREAD = timedelta(seconds=5)


def retry_at(error: BaseException, failures: int, now: datetime, chance: float) -> datetime:
    """When to try again after so many failures in a row, this one counted; ``chance`` in 0..1 spreads them."""
    if isinstance(error, Unavailable) and error.until is not None:
        named = min(max(error.until, now + timedelta(seconds=1)), now + UNTIL_MOST)
        return named + UNTIL_SPREAD * chance
    if isinstance(error, Expected | TimeoutError):
        return now + _delay(EXPECTED_FIRST, EXPECTED_MOST, failures, chance)
    return now + _delay(BUG_FIRST, BUG_MOST, failures, chance)


def _delay(first: timedelta, most: timedelta, failures: int, chance: float) -> timedelta:
    # 2**20 of the shortest is beyond every bound here; more would overflow a timedelta some day.
    doubled = min(first * (1 << min(max(failures - 1, 0), 20)), most)
    return doubled * (0.75 + 0.5 * chance)
