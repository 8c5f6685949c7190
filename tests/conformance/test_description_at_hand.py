"""The one place that says whether what is exchanged with GitHub is held against GitHub's own description."""

from pathlib import Path

import pytest

CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "ghval"


def test_githubs_own_description_is_at_hand() -> None:
    if not CHECKER.is_dir():
        pytest.skip("without GitHub's own description nothing is held against it: tests/conformance is left out")
    assert (CHECKER / "ghval" / "__init__.py").is_file()
