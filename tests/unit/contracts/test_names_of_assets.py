"""What a person means by a name, where a model, its semantic model and its metrics are called alike."""

from __future__ import annotations

import pytest

from placet.contracts.model import Asset, ContractSet
from placet.vocabulary.files import Location
from placet.vocabulary.words import AssetKind

_PATH = "models/orders.yml"


def _asset(kind: AssetKind, name: str = "orders") -> Asset:
    unique_id = f"{kind.value}.shop.{name}"
    return Asset(f":{unique_id}", unique_id, name, kind, "shop", Location(_PATH, 1), (_PATH,), "")


_MODEL, _SEMANTIC, _METRIC = (_asset(AssetKind(kind)) for kind in ("model", "semantic_model", "metric"))


@pytest.mark.parametrize("text", ["orders", _PATH])
def test_a_name_or_a_path_means_what_promises_something_before_what_only_reads(text: str) -> None:
    assert ContractSet((_METRIC, _MODEL, _SEMANTIC)).named(text) == (_MODEL,)


def test_a_name_that_only_readers_have_means_all_of_them() -> None:
    assert ContractSet((_METRIC, _SEMANTIC)).named("orders") == (_METRIC, _SEMANTIC)


def test_an_id_means_its_asset_whatever_that_is() -> None:
    assert ContractSet((_METRIC, _MODEL)).named("metric.shop.orders") == (_METRIC,)


def test_a_title_says_the_sort_where_a_model_may_have_the_name() -> None:
    assert [asset.title for asset in (_MODEL, _SEMANTIC, _METRIC)] == [
        "orders",
        "semantic model orders",
        "metric orders",
    ]
