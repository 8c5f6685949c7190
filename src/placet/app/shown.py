"""What a pull request was last said to change: the analysis behind what stands on the forge."""

from __future__ import annotations

from placet.app.reading import Reader
from placet.impact.analysis import Analysis
from placet.proposals.model import Ledger

# Under what the ledger keeps the key of the analysis that was shown last.
ANALYSIS = "analysis"


async def last_analysis(reader: Reader, number: int, ledger: Ledger) -> Analysis:
    """The analysis that was shown last; nothing, where that was never kept or is gone."""
    known = ledger.standing_at(ANALYSIS, str(number))
    kept = None if known is None else await reader.remembered(known.digest)
    return kept or Analysis()
