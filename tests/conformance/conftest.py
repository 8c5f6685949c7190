"""Without GitHub's own description at hand these tests are left out together, which is said once."""

from pathlib import Path

CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "ghval"
ALWAYS = "test_description_at_hand.py"
collect_ignore = (
    [] if CHECKER.is_dir() else [one.name for one in Path(__file__).parent.glob("test_*.py") if one.name != ALWAYS]
)
