from __future__ import annotations

from dataclasses import replace

from fakes.contracts import contracts, exposure, key, model, source
from placet.contracts.model import ContractSet, PlacetMeta
from placet.lineage.graph import Graph, Read
from placet.vocabulary.words import How, ReadStatus


def shop(email: str = "user_email") -> ContractSet:
    return contracts(
        source("raw.users", "id", "user_email"),
        model("stg", {"id": "raw.users.id", email: "raw.users.user_email"}),
        model("dim", {"email": f"upper(stg.{email})"}, rows=["stg.id"]),
        exposure("dash", "dim"),
    )


def test_a_column_is_read_for_a_value_and_for_rows() -> None:
    graph = Graph(shop())
    assert graph.readers_of(key("stg"), "user_email") == (Read(key("dim"), "email", How.VALUE),)
    assert graph.readers_of(key("stg"), "id") == (Read(key("dim"), "", How.ROWS),)


def test_an_exposure_reads_every_column_of_what_it_depends_on() -> None:
    assert Graph(shop()).readers_of(key("dim"), "email") == (Read(key("!dash"), "", How.DECLARED),)


def test_an_exposure_that_names_its_columns_reads_only_these() -> None:
    narrowed = exposure("dash", "dim", meta=PlacetMeta(columns=("email",)))
    graph = Graph(contracts(model("dim", {"email": None, "name": None}), narrowed))
    assert graph.readers_of(key("dim"), "email")
    assert not graph.readers_of(key("dim"), "name")


def test_a_renamed_staging_column_leaves_its_readers_digest_as_it_was() -> None:
    before, after = Graph(shop("user_email")), Graph(shop("email_address"))
    assert before.asset_digests(key("dim")) == after.asset_digests(key("dim"))
    assert before.column_digest(key("stg"), "user_email") == after.column_digest(key("stg"), "email_address")


def test_another_expression_gives_another_digest() -> None:
    one = Graph(contracts(model("dim", {"email": "upper(raw.users.user_email)"})))
    other = Graph(contracts(model("dim", {"email": "lower(raw.users.user_email)"})))
    assert one.column_digest(key("dim"), "email") != other.column_digest(key("dim"), "email")


def test_another_filter_changes_the_rows_of_everything_below() -> None:
    def graph(rows: list[str]) -> Graph:
        return Graph(contracts(model("stg", {"id": "raw.u.id"}, rows=rows), model("dim", {"id": "stg.id"})))

    assert graph([]).asset_digests(key("dim"))[""] != graph(["raw.u.deleted"]).asset_digests(key("dim"))[""]


def test_what_nobody_can_see_into_is_the_same_only_while_nobody_touches_it() -> None:
    def graph(own: str) -> Graph:
        blind = replace(model("dim", {}, own=own), status=ReadStatus.UNREADABLE, reads_all=(key("stg"),))
        return Graph(contracts(model("stg", {"id": None}), blind))

    assert graph("a").asset_digests(key("dim")) == graph("a").asset_digests(key("dim"))
    assert graph("a").asset_digests(key("dim")) != graph("b").asset_digests(key("dim"))


def test_assets_in_a_cycle_have_digests_too() -> None:
    graph = Graph(contracts(model("a", {"x": "b.x"}), model("b", {"x": "a.x"})))
    assert graph.column_digest(key("a"), "x")
    assert graph.asset_digests(key("a")) == Graph(graph.contracts).asset_digests(key("a"))


def test_listing_a_sources_columns_changes_no_digest() -> None:
    reader = model("stg", {"id": "raw.users.id"})
    listed, unlisted = contracts(source("raw.users", "id"), reader), contracts(source("raw.users"), reader)
    assert Graph(listed).asset_digests(key("stg")) == Graph(unlisted).asset_digests(key("stg"))


def test_everything_below_an_asset_is_found_once() -> None:
    assert Graph(shop()).below(key("stg")) == (key("!dash"), key("dim"))
