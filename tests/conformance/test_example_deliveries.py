"""GitHub's own example deliveries, read as the service reads them."""

import gzip
import json
from pathlib import Path

import pytest

from placet.github.events import route

EXAMPLES = Path(__file__).parents[3] / "shared" / "tools" / "ghval" / "ghval" / "data" / "hooks-examples.json.gz"
if not EXAMPLES.is_file():
    pytest.skip(f"GitHub's example deliveries are not at {EXAMPLES}", allow_module_level=True)


def test_every_example_delivery_of_githubs_is_understood() -> None:
    described = json.loads(gzip.decompress(EXAMPLES.read_bytes()))
    examples = [(event["name"], example) for event in described for example in event["examples"]]
    found = [route(event, example, app_id=4711) for event, example in examples]
    assert len(found) > 100
    assert sum(bool(one.keys) for one in found) > 30
    assert sum(bool(one.heard) for one in found) > 5
