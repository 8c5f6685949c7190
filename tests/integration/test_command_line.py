from __future__ import annotations

import errno
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fakes import manifests
from fakes.shop_artifacts import WITHOUT_EMAIL as WITHOUT_EMAIL_COMPILED
from fakes.shop_artifacts import shop_manifest, write_artifacts
from placet.cli.running import run
from shop_repository import SHOP, WITHOUT_EMAIL, ShopRepository

ESCAPE = "\x1b"
EVIL = "evil\x1b[31m\x07\u009b2J\u202ename"


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


Placet = Callable[..., Said]


@pytest.fixture
def placet(capsys: pytest.CaptureFixture[str]) -> Placet:
    def call(*arguments: str) -> Said:
        code = run(arguments)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call


@pytest.fixture
def shop(tmp_path: Path) -> ShopRepository:
    return ShopRepository(tmp_path / "shop")


@pytest.fixture
def dropping(shop: ShopRepository) -> ShopRepository:
    shop.branch("drop", {"models/dim_customers.sql": WITHOUT_EMAIL})
    return shop


def in_process(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "placet", *arguments)
    return subprocess.run(  # noqa: S603 - the command under test
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})}
    )


def in_terminal(*arguments: str, cwd: Path, columns: int, env: Mapping[str, str] | None = None) -> str:
    """What a terminal of that width is sent, on stdout and stderr together."""
    ours, theirs = pty.openpty()
    surroundings = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), **(env or {})}
    process = subprocess.Popen(  # noqa: S603 - the command under test
        (sys.executable, "-m", "placet", *arguments),
        cwd=cwd,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=surroundings,
    )
    os.close(theirs)
    received = b""
    while True:
        try:
            chunk = os.read(ours, 65_536)
        except OSError as error:
            if error.errno == errno.EIO:  # the other end is closed
                break
            raise
        if not chunk:
            break
        received += chunk
    process.wait()
    os.close(ours)
    return received.decode("utf-8", "replace")


# placet assets


def test_assets_lists_every_asset_with_its_owner_and_place(placet: Placet, shop: ShopRepository) -> None:
    said = placet("assets", "--repo", str(shop.folder))
    assert said.code == 0
    assert said.err == ""
    (line,) = [one for one in said.out.splitlines() if one.startswith("mart_churn ")]
    assert line.split() == ["mart_churn", "model", "2", "resolved", "growth", "models/mart_churn.sql:1"]
    assert "All 3 models resolved. Also 1 source and 1 exposure." in said.out


def test_assets_says_which_commit_was_read(placet: Placet, shop: ShopRepository) -> None:
    said = placet("assets", "--repo", str(shop.folder))
    assert said.out.splitlines()[0] == f"shop at HEAD ({shop.first[:7]}): 5 assets"


def test_assets_reads_a_folder_outside_git_as_it_is(placet: Placet, tmp_path: Path) -> None:
    for path, text in SHOP.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    said = placet("assets", "--repo", str(tmp_path))
    assert said.code == 0
    assert "a folder outside git: 5 assets" in said.out


def test_assets_says_what_is_not_committed_and_reads_it_on_request(placet: Placet, shop: ShopRepository) -> None:
    shop.write({"models/fresh.sql": "select 1 as one\n"})
    committed = placet("assets", "--repo", str(shop.folder))
    assert "fresh " not in committed.out
    assert "1 changed file is not committed, so not read: --worktree" in committed.out
    assert "\nfresh " in placet("assets", "--repo", str(shop.folder), "--worktree").out


def test_assets_reads_another_revision(placet: Placet, dropping: ShopRepository) -> None:
    said = placet("assets", "dim_customers", "--repo", str(dropping.folder), "--rev", "main", "--format", "json")
    (asset,) = said.json["assets"]
    assert [one["name"] for one in asset["columns"]] == ["user_id", "user_email"]


def test_assets_with_a_name_shows_what_each_column_is_made_from_and_who_reads_it(
    placet: Placet, shop: ShopRepository
) -> None:
    said = placet("assets", "dim_customers", "--repo", str(shop.folder))
    (line,) = [one for one in said.out.splitlines() if one.strip().startswith("user_email")]
    assert re.split(r"\s{2,}", line.strip()) == [
        "user_email",
        "varchar",
        "raw.users.email",
        "mart_churn.email_domain, mart_crm",
    ]


def test_assets_names_what_could_not_be_read_and_why(placet: Placet, shop: ShopRepository) -> None:
    shop.commit({"models/broken.sql": "select from where (((\n"})
    said = placet("assets", "--repo", str(shop.folder))
    assert said.code == 0
    assert "3 of 4 models resolved, 1 unreadable: broken." in said.out
    lines = said.out.splitlines()
    broken = next(index for index, line in enumerate(lines) if line.startswith("broken "))
    assert "unreadable" in lines[broken]
    assert lines[broken + 1].startswith("    ")


def test_assets_with_an_unknown_name_says_what_comes_nearest(placet: Placet, shop: ShopRepository) -> None:
    said = placet("assets", "dim_customer", "--repo", str(shop.folder))
    assert (said.code, said.out) == (2, "")
    assert said.err == 'placet: there is no asset "dim_customer" (did you mean "dim_customers"?)\n'


def test_the_json_of_assets_is_as_documented(placet: Placet, shop: ShopRepository) -> None:
    document = placet("assets", "--repo", str(shop.folder), "--format", "json").json
    assert set(document) == {"version", "assets", "coverage"}
    churn = next(one for one in document["assets"] if one["asset"] == "model.shop.mart_churn")
    assert churn == {
        "asset": "model.shop.mart_churn",
        "kind": "model",
        "path": "models/mart_churn.sql",
        "line": 1,
        "owner": "growth",
        "status": "resolved",
        "reason": None,
        "columns": churn["columns"],
        "row_reads": churn["row_reads"],
    }
    assert churn["columns"][1]["reads"] == ["model.shop.dim_customers.user_email"]


# placet impact


def test_impact_follows_a_column_to_the_dashboard(placet: Placet, shop: ShopRepository) -> None:
    said = placet("impact", "dim_customers.user_email", "--repo", str(shop.folder))
    assert said.code == 0
    assert "dim_customers.user_email is read by 3 assets. Behind them: growth." in said.out
    assert "├── mart_churn.email_domain  growth" in said.out
    assert "│   └── dash_churn  growth · declared" in said.out
    assert "└── mart_crm  no owner · filters or joins on it" in said.out


def test_the_json_of_impact_is_as_documented(placet: Placet, shop: ShopRepository) -> None:
    document = placet("impact", "mart_churn.email_domain", "--repo", str(shop.folder), "--format", "json").json
    assert document == {
        "version": 1,
        "asset": "model.shop.mart_churn",
        "column": "email_domain",
        "readers": [
            {
                "asset": "exposure.shop.dash_churn",
                "column": None,
                "team": "growth",
                "how": "declared",
                "via": ["model.shop.mart_churn.email_domain", "exposure.shop.dash_churn"],
            }
        ],
        "complete": True,
    }


def test_impact_of_what_nobody_reads_says_so(placet: Placet, shop: ShopRepository) -> None:
    said = placet("impact", "mart_crm.user_id", "--repo", str(shop.folder))
    assert said.code == 0
    assert "Nobody is known to read mart_crm.user_id." in said.out


def test_impact_of_an_unknown_column_is_refused_with_the_nearest(placet: Placet, shop: ShopRepository) -> None:
    said = placet("impact", "dim_customers.user_emial", "--repo", str(shop.folder))
    assert said.code == 2
    assert 'did you mean "user_email"?' in said.err


# placet check and placet diff


def test_check_tells_the_verdict_the_changes_the_impact_and_the_teams(placet: Placet, dropping: ShopRepository) -> None:
    said = placet("check", "--repo", str(dropping.folder))
    assert said.code == 1
    verdict, *_ = said.out.splitlines()[1:]
    assert verdict == "This drops dim_customers.user_email. 1 team would have to agree: growth."
    assert "  breaking  column user_email removed" in said.out
    assert "├── mart_churn.email_domain  growth · breaks" in said.out
    assert "  growth  reads user_email in mart_churn" in said.out
    assert "No owner is known for mart_crm." in said.out


def test_check_compares_with_the_default_branch_and_says_so(placet: Placet, dropping: ShopRepository) -> None:
    title = placet("check", "--repo", str(dropping.folder)).out.splitlines()[0]
    head = dropping.git("rev-parse", "drop")[:7]
    assert title == f"shop: HEAD ({head}) into main ({dropping.first[:7]})"


def test_check_of_a_branch_that_changes_nothing_says_so(placet: Placet, shop: ShopRepository) -> None:
    said = placet("check", "--repo", str(shop.folder))
    assert said.code == 0
    assert "No contract changes." in said.out
    assert "HEAD and main are the same commit." in said.out


def test_check_judges_the_work_tree_on_request(placet: Placet, shop: ShopRepository) -> None:
    shop.write({"models/dim_customers.sql": WITHOUT_EMAIL})
    assert placet("check", "--repo", str(shop.folder)).code == 0
    said = placet("check", "--repo", str(shop.folder), "--worktree")
    assert said.code == 1
    assert "shop: the work tree into main" in said.out


def test_check_reads_a_bare_repository(placet: Placet, dropping: ShopRepository, tmp_path: Path) -> None:
    dropping.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    assert placet("check", "--repo", str(tmp_path / "bare.git"), "--base", "main", "--head", "drop").code == 1


def test_the_json_of_check_and_diff_is_the_same_and_as_documented(placet: Placet, dropping: ShopRepository) -> None:
    options = ("--repo", str(dropping.folder), "--base", "main", "--head", "drop", "--format", "json")
    checked, compared = placet("check", *options), placet("diff", *options)
    assert checked.json == compared.json
    assert (checked.code, compared.code) == (1, 1)
    assert list(checked.json) == [
        "version",
        "mode",
        "verdict",
        "gated",
        "summary",
        "changes",
        "impact",
        "required_teams",
        "coverage",
    ]
    assert checked.json["verdict"] == "breaking"


def test_a_mode_that_gates_nothing_leaves_the_exit_code_at_0(placet: Placet, dropping: ShopRepository) -> None:
    options = ("--repo", str(dropping.folder), "--base", "main", "--head", "drop")
    assert placet("diff", *options, "--mode", "none").code == 0
    assert placet("diff", *options, "--mode", "backward").code == 1


def test_diff_of_only_what_breaks_leaves_the_verdict_as_it_is(placet: Placet, shop: ShopRepository) -> None:
    renamed = "select id as user_id, email as mail from {{ source('raw', 'users') }}\n"
    shop.branch("rename", {"models/dim_customers.sql": renamed})
    options = ("diff", "--repo", str(shop.folder), "--base", "main", "--head", "rename")
    every, breaking = placet(*options, "--format", "json").json, placet(*options, "--breaking", "--format", "json").json
    assert {one["category"] for one in every["changes"]} == {"BREAKING", "NON_BREAKING"}
    assert {one["category"] for one in breaking["changes"]} == {"BREAKING"}
    assert breaking["summary"] == every["summary"]
    assert "mail looks like its new name" in placet(*options, "--breaking").out


def test_diff_of_two_folders_guesses_what_they_are_and_says_it(placet: Placet, tmp_path: Path) -> None:
    for name, more in (("old", {}), ("new", {"models/dim_customers.sql": WITHOUT_EMAIL})):
        for path, text in {**SHOP, **more}.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text, encoding="utf-8")
    said = placet("diff", str(tmp_path / "old"), str(tmp_path / "new"))
    assert said.code == 1
    assert "folders with dbt projects" in said.out.splitlines()[0]
    assert "column user_email removed" in said.out


def test_diff_of_files_says_what_can_be_compared(placet: Placet, tmp_path: Path) -> None:
    for name in ("old.json", "new.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    said = placet("diff", str(tmp_path / "old.json"), str(tmp_path / "new.json"))
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert "folders with dbt projects" in said.err


def test_diff_of_two_manifests_says_what_they_are(placet: Placet, tmp_path: Path) -> None:
    old = write_artifacts(tmp_path / "old", shop_manifest())
    new = write_artifacts(tmp_path / "new", WITHOUT_EMAIL_COMPILED)
    for paths in ((old, new), (old.parent, new.parent)):
        said = placet("diff", *map(str, paths))
        assert said.code == 1
        assert said.out.splitlines()[0].endswith(", dbt manifests (version 12)")
        assert "column user_email removed" in said.out
        assert "models/dim_customers.sql (before)" in said.out
    assert placet("diff", str(old), str(new), "--format", "json").json["verdict"] == "breaking"


def test_diff_uses_the_catalogs_beside_the_manifests_or_those_that_are_named(placet: Placet, tmp_path: Path) -> None:
    catalog = manifests.catalog({"model.shop.dim_customers": {"user_id": "BIGINT", "user_email": "VARCHAR"}})
    old = write_artifacts(tmp_path / "old", shop_manifest(), catalog)
    new = write_artifacts(tmp_path / "new", shop_manifest())
    assert "Only the old side has a catalog.json" in placet("diff", str(old), str(new)).out
    named = placet("diff", str(old), str(new), "--new-catalog", str(tmp_path / "old" / "catalog.json"))
    assert named.code == 0
    assert named.out.splitlines()[0].endswith(", dbt manifests (version 12) with catalogs")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},\n"nodes": {',
            "2: not valid JSON",
        ),
        (
            '{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v2.json"}, "nodes": {}}',
            "version 2",
        ),
    ],
)
def test_diff_of_a_broken_manifest_says_what_and_where(placet: Placet, tmp_path: Path, text: str, said: str) -> None:
    old = write_artifacts(tmp_path / "old", shop_manifest())
    (tmp_path / "new.json").write_text(text, encoding="utf-8")
    found = placet("diff", str(old), str(tmp_path / "new.json"))
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
    assert str(tmp_path / "new.json") in found.err
    assert said in found.err


PIVOT = "select user_id {{ pivot_of_the_warehouse() }} from {{ ref('dim_customers') }}"


def pivot_artifacts(folder: Path, columns: str, raw: str = PIVOT) -> str:
    compiled = f'select user_id, {columns} from "db"."main"."dim_customers"'  # noqa: S608 - never run
    node = {"raw": raw, "compiled": compiled, "reads": ["model.shop.dim_customers"]}
    nodes = {"model.shop.pivot": node, "model.shop.dim_customers": {"compiled": "select 1 as user_id"}}
    write_artifacts(folder / "target", manifests.manifest({"adapter": "postgres", "nodes": nodes}))
    return str(folder)


def test_artifacts_beside_a_repository_fill_what_its_files_leave_open(placet: Placet, tmp_path: Path) -> None:
    shop = ShopRepository(tmp_path / "shop", {**SHOP, "models/pivot.sql": PIVOT})
    here = ("--repo", str(shop.folder))
    of_here = ("--artifacts", pivot_artifacts(tmp_path / "here", "user_email as mail"))
    of_elsewhere = ("--artifacts", pivot_artifacts(tmp_path / "elsewhere", "user_email as mail", "select 1"))
    assert "dbt's artifacts filled what the files leave open in 1 asset." in placet("assets", *here, *of_here).out
    assert "Those of 1 asset were made of other files and not used." in placet("assets", *here, *of_elsewhere).out
    documents = [
        placet("assets", "pivot", *here, *more, "--format", "json").json for more in ((), of_here, of_elsewhere)
    ]
    facts = [(one["assets"][0]["status"], one["coverage"]["filled"], one["coverage"]["stale"]) for one in documents]
    assert facts == [("partial", 0, 0), ("resolved", 1, 0), ("partial", 0, 1)]
    assert "dbt's artifacts filled" in placet("assets", *here, *of_here, "--format", "markdown").out
    impact = placet("impact", "dim_customers.user_email", *here, *of_here)
    assert "pivot.mail" in impact.out
    assert "dbt's artifacts filled" in impact.out


def test_artifacts_of_both_sides_show_what_the_files_alone_do_not(placet: Placet, tmp_path: Path) -> None:
    shop = ShopRepository(tmp_path / "shop", {**SHOP, "models/pivot.sql": PIVOT})
    shop.branch("edit", {"models/pivot.sql": f"{PIVOT} where true"})
    base = pivot_artifacts(tmp_path / "base", "user_email as mail, 1 as n")
    head = pivot_artifacts(tmp_path / "head", "user_email as mail", f"{PIVOT} where true")
    revisions = ("--repo", str(shop.folder), "--base", "main", "--head", "edit")
    both = ("--base-artifacts", base, "--head-artifacts", head)
    for command in ("check", "diff"):
        alone = {one["kind"] for one in placet(command, *revisions, "--format", "json").json["changes"]}
        filled = placet(command, *revisions, *both, "--format", "json").json
        assert "column_removed" not in alone
        [removed] = [one for one in filled["changes"] if one["kind"] == "column_removed"]
        assert (removed["asset"], removed["path"]) == ("model.shop.pivot", "columns.n")
        assert filled["coverage"]["filled"] == 1
        assert "dbt's artifacts filled what the files leave open in 1 asset." in placet(command, *revisions, *both).out


def test_diff_of_two_sorts_of_things_says_so_unless_it_is_told_what_they_are(placet: Placet, tmp_path: Path) -> None:
    for path, text in SHOP.items():
        (tmp_path / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / path).write_text(text, encoding="utf-8")
    write_artifacts(tmp_path / "project" / "target", WITHOUT_EMAIL_COMPILED)
    old = write_artifacts(tmp_path / "old", shop_manifest())
    mixed = placet("diff", str(old), str(tmp_path / "project"))
    assert (mixed.code, "is a folder with a dbt project" in mixed.err, "--as" in mixed.err) == (2, True, True)
    told = placet("diff", str(old), str(tmp_path / "project"), "--as", "dbt_manifest")
    assert (told.code, "column user_email removed" in told.out) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff",),
        ("diff", "one"),
        ("diff", "one", "two", "--repo", "."),
        ("diff", "--repo", ".", "--base", "main"),
        ("diff", "one", "two", "--base", "main"),
        ("diff", "nowhere", "nowhere"),
        ("diff", "nowhere", "nowhere", "--as", "dbt_manifest"),
        ("diff", ".", ".", "--as", "dbt_manifest"),
        ("diff", ".", ".", "--as", "avro"),
        ("diff", ".", ".", "--old-catalog", "catalog.json"),
        ("diff", ".", ".", "--base-artifacts", "one", "--head-artifacts", "two"),
        ("diff", "--repo", ".", "--base", "main", "--head", "HEAD", "--base-artifacts", "one"),
        ("check", "--head-artifacts", "target"),
        ("check", "--base-artifacts", "nowhere", "--head-artifacts", "nowhere"),
        ("assets", "--artifacts", "nowhere"),
        ("impact", "dim_customers", "--artifacts", "."),
        ("diff", "--repo", ".", "--base", "main", "--head", "HEAD", "--as", "dbt_manifest"),
        ("assets", "--rev", "HEAD", "--worktree"),
        ("assets", "--repo", "nowhere"),
        ("assets", "--rev", "nosuch"),
        ("assets", "--format", "xml"),
        ("check", "--head", "HEAD", "--worktree"),
        ("check", "--base", "nosuch"),
        ("impact",),
        ("nonsense",),
        ("assets", "--nonsense"),
        ("policy", "validate", "nowhere"),
    ],
)
def test_wrong_use_is_one_line_that_says_what_to_do(
    placet: Placet, shop: ShopRepository, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(shop.folder)
    said = placet(*arguments)
    assert (said.code, said.out) == (2, "")
    assert re.fullmatch(r"placet: .+\n", said.err)


def test_debug_shows_the_traceback_of_what_went_wrong(placet: Placet, shop: ShopRepository) -> None:
    said = placet("assets", "--repo", str(shop.folder), "--rev", "nosuch", "--debug")
    assert "Traceback" in said.err
    assert said.err.splitlines()[-1].startswith("placet: ")


# placet policy


def test_a_valid_policy_is_summed_up(placet: Placet, tmp_path: Path) -> None:
    file = tmp_path / "placet.yml"
    file.write_text("version: 1\nrollout: ask\nteams: {crm: '@acme/crm'}\n", encoding="utf-8")
    said = placet("policy", "validate", str(file))
    assert said.code == 0
    assert said.out == f"{file} is valid: rollout ask, backward compatibility and 1 team.\n"


def test_every_problem_of_a_policy_is_told_with_its_line(placet: Placet, tmp_path: Path) -> None:
    file = tmp_path / "placet.yml"
    file.write_text("version: 1\nrolout: ask\ncompatibility: sideways\n", encoding="utf-8")
    said = placet("policy", "validate", str(file))
    assert said.code == 2
    first, second = said.out.splitlines()
    assert first.startswith(f"{file}:2: ")
    assert 'did you mean "rollout"?' in first
    assert second.startswith(f"{file}:3: ")
    assert said.err == f"placet: {file}: 2 problems, so it would not count (mend it at these lines)\n"


def test_an_organisations_policy_may_say_more(placet: Placet, tmp_path: Path) -> None:
    file = tmp_path / "placet.yml"
    file.write_text("version: 1\nlocked: [rollout]\n", encoding="utf-8")
    assert placet("policy", "validate", str(file)).code == 2
    assert placet("policy", "validate", "--organisation", str(file)).code == 0


# Names that are not to be trusted


@pytest.fixture
def evil(tmp_path: Path) -> ShopRepository:
    files = {
        "dbt_project.yml": f"name: shop\nprofile: {json.dumps(EVIL)}\nmodel-paths: [models]\n",
        f"models/{EVIL}.sql": "select 1 as one\n",
        "models/reader.sql": "select one from {{ ref(NAME) }}\n".replace("NAME", json.dumps(EVIL)),
        "models/more.yml": json.dumps(
            {
                "models": [
                    {
                        "name": "reader",
                        "meta": {"placet": {"owner": EVIL, "consumers": [{"team": EVIL, "purpose": EVIL}]}},
                        "columns": [{"name": EVIL, "data_type": EVIL}],
                    }
                ]
            }
        ),
    }
    repository = ShopRepository(tmp_path / "evil", files)
    repository.branch("drop", {"models/reader.sql": None, f"models/{EVIL}.sql": "select 2 as two\n"})
    return repository


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("assets", "--rev", "main"),
        ("assets", "reader", EVIL, "--rev", "main"),
        ("impact", "reader", "--rev", "main"),
        ("check", "--base", "main", "--head", "drop"),
        ("diff", "--base", "main", "--head", "drop"),
    ],
)
def test_names_cannot_do_anything_to_a_terminal(
    placet: Placet, evil: ShopRepository, arguments: tuple[str, ...], format_: str
) -> None:
    said = placet(*arguments, "--repo", str(evil.folder), "--format", format_)
    assert said.code in (0, 1), said.err
    assert "name" in said.out
    assert not set(said.out) & {ESCAPE, "\x07", "\u009b", "\u202e"}


def test_names_in_an_error_cannot_do_anything_to_a_terminal(placet: Placet, evil: ShopRepository) -> None:
    for arguments in (("impact", EVIL), ("assets", "--rev", EVIL), ("impact", f"reader.{EVIL}x"), (f"{EVIL}",)):
        said = placet(*arguments, *(("--repo", str(evil.folder)) if len(arguments) > 1 else ()))
        assert not set(said.err + said.out) & {ESCAPE, "\x07", "\u009b", "\u202e"}


# Terminals, pipes and start-up


def test_on_a_terminal_there_are_colours_and_no_line_is_wider(shop: ShopRepository) -> None:
    for columns in (70, 100):
        seen = in_terminal("assets", "--repo", ".", cwd=shop.folder, columns=columns)
        assert f"{ESCAPE}[" in seen
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)
        assert max(len(line.rsplit("\r", 1)[-1]) for line in plain.replace("\r\n", "\n").splitlines()) <= columns
        assert "models/mart_churn.sql:1" in plain


def test_no_color_is_respected(shop: ShopRepository) -> None:
    seen = in_terminal("check", "--repo", ".", cwd=shop.folder, columns=100, env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", seen)


def test_a_pipe_gets_neither_colours_nor_progress_and_whole_lines(dropping: ShopRepository) -> None:
    done = in_process("check", "--repo", ".", cwd=dropping.folder, env={"COLUMNS": "40"})
    assert done.returncode == 1
    assert done.stderr == ""
    assert ESCAPE not in done.stdout
    assert "This drops dim_customers.user_email. 1 team would have to agree: growth." in done.stdout
    assert not any(line != line.rstrip() for line in done.stdout.splitlines())


def test_a_reader_that_goes_away_is_no_error(shop: ShopRepository) -> None:
    shop.commit({f"models/model_{number}.sql": "select 1 as one\n" for number in range(300)})
    ours, theirs = os.pipe()
    process = subprocess.Popen(
        (sys.executable, "-m", "placet", "assets", "--format", "json"),
        cwd=shop.folder,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    os.close(ours)
    _, err = process.communicate()
    assert err == b""
    assert process.returncode == 141


def test_the_same_command_says_the_same_twice(placet: Placet, dropping: ShopRepository) -> None:
    for format_ in ("text", "json", "markdown"):
        arguments = ("check", "--repo", str(dropping.folder), "--format", format_)
        assert placet(*arguments) == placet(*arguments)


def test_a_terminal_that_knows_only_ascii_still_gets_an_answer(shop: ShopRepository) -> None:
    done = in_process(
        "impact", "dim_customers", "--repo", ".", cwd=shop.folder, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert done.returncode == 0, done.stderr
    assert "mart_churn" in done.stdout


def test_the_help_is_there_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['placet', '--help']\n"
        "from placet.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'rich', 'sqlglot', 'yaml', 'pydantic', 'aiohttp', 'sqlalchemy', 'jinja2', 'structlog', 'asyncio'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(  # noqa: S603 - the command under test
        (sys.executable, "-c", code), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_the_help_is_there_at_once(tmp_path: Path) -> None:
    times = []
    for _ in range(3):
        began = os.times().children_user + os.times().children_system
        in_process("--help", cwd=tmp_path)
        times.append(os.times().children_user + os.times().children_system - began)
    assert min(times) < 0.3


def test_placet_alone_explains_itself(placet: Placet) -> None:
    said = placet()
    assert said.code == 0
    assert said.out.startswith("Placet gets breaking data changes agreed before they are merged.\n")
    assert "placet assets --repo ." in said.out
    assert placet("--help").out == said.out


# What a newcomer met


def test_a_change_of_tooling_is_shown_like_any_other(placet: Placet, shop: ShopRepository) -> None:
    more = "          - {name: email, data_type: varchar}\n          - {name: phone}\n"
    sources = SHOP["models/sources.yml"].replace("          - {name: email, data_type: varchar}\n", more)
    shop.branch("listed", {"models/sources.yml": sources})
    for command in (("check",), ("diff", "--base", "main", "--head", "listed")):
        said = placet(*command, "--repo", str(shop.folder))
        assert (said.code, said.err) == (0, "")
        assert "  tooling  " in said.out


def test_check_says_who_still_reads_what_is_removed(placet: Placet, dropping: ShopRepository) -> None:
    told = "mart_churn and mart_crm of this project still read it: change them here, or the build fails."
    assert placet("check", "--repo", str(dropping.folder)).out.splitlines()[2] == told
    markdown = placet("check", "--repo", str(dropping.folder), "--format", "markdown").out
    assert told.replace("mart_churn and mart_crm", "`mart_churn` and `mart_crm`") in markdown


@pytest.fixture
def owned(shop: ShopRepository) -> ShopRepository:
    shop.commit({".github/CODEOWNERS": "models/ @acme/dx\n", "models/sources.yml": NO_EXPOSURE})
    shop.branch("drop", {"models/dim_customers.sql": WITHOUT_EMAIL})
    return shop


NO_EXPOSURE = SHOP["models/sources.yml"].partition("exposures:")[0]


def test_the_verdict_says_that_it_takes_the_owner_for_the_author(placet: Placet, owned: ShopRepository) -> None:
    said = placet("check", "--repo", str(owned.folder))
    assert said.code == 0
    assert said.out.splitlines()[1] == (
        "This drops dim_customers.user_email. Nobody has to agree if the author is in dx: "
        "only the author's own team (dx) reads it."
    )
    assert "--author" in said.out
    stranger = placet("check", "--repo", str(owned.folder), "--author", "none")
    assert stranger.code == 1
    assert stranger.out.splitlines()[1].endswith("1 team would have to agree: dx.")
    assert placet("diff", "--repo", str(owned.folder), "--base", "main", "--head", "drop", "--author", "dx").code == 0


def test_nobody_is_both_nobody_and_somebody(placet: Placet, owned: ShopRepository) -> None:
    said = placet("check", "--repo", str(owned.folder), "--author", "none", "--author", "dx")
    assert said.code == 2
    assert "goes alone" in said.err


def test_readers_that_all_have_an_owner_are_not_said_to_have_none(placet: Placet, shop: ShopRepository) -> None:
    odd = {"models/odd.sql": "{{ macro_of_nobody() }}\n"}
    shop.commit({".github/CODEOWNERS": "models/ @acme/dx\n", "models/sources.yml": NO_EXPOSURE, **odd})
    shop.branch("drop", {"models/dim_customers.sql": WITHOUT_EMAIL})
    said = placet("check", "--repo", str(shop.folder), "--author", "dx")
    assert said.code == 1
    assert said.out.splitlines()[1] == (
        "This drops dim_customers.user_email, and only the author's own team (dx) reads it: "
        "it needs a person's judgement."
    )


def test_a_mode_that_gates_nothing_says_that_it_is_why(placet: Placet, dropping: ShopRepository) -> None:
    said = placet("check", "--repo", str(dropping.folder), "--mode", "none")
    assert said.out.splitlines()[1] == "Nobody has to agree, since the mode is none: 1 breaking."


def test_a_broken_policy_of_the_branch_is_an_error(placet: Placet, dropping: ShopRepository) -> None:
    dropping.commit({".github/placet.yml": "rollout: gte\n"})
    for arguments in (("check",), ("diff", "--base", "main", "--head", "drop")):
        said = placet(*arguments, "--repo", str(dropping.folder))
        assert (said.code, said.out) == (2, "")
        assert ".github/placet.yml:1: rollout must be" in said.err


def test_diff_of_two_words_that_are_commits_says_how_they_are_compared(
    placet: Placet, dropping: ShopRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(dropping.folder)
    said = placet("diff", "main", "drop")
    assert said.code == 2
    assert "placet diff --repo . --base main --head drop" in said.err


@pytest.mark.parametrize(
    "arguments", [("assets",), ("check",), ("impact", "a"), ("diff", ".", "."), ("assets", "--rev", "x")]
)
def test_an_error_names_the_real_folder(
    placet: Placet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = placet(*arguments)
    assert said.code == 2
    assert str(tmp_path) in said.err


def test_a_project_of_which_nothing_could_be_read_says_so(placet: Placet, shop: ShopRepository) -> None:
    shop.commit({path: None for path in SHOP if path.startswith("models/")})
    shop.branch("broken", {"models/a.yml": "models: [\n"})
    said = placet("check", "--repo", str(shop.folder))
    assert "0 of 0" not in said.out
    assert "Nothing could be read." in said.out


def test_the_reason_why_sql_is_not_read_names_nothing_of_the_parser(placet: Placet, shop: ShopRepository) -> None:
    shop.commit({"models/broken.sql": "select id as a from {{ source('raw', 'users') }} where\n"})
    for format_ in ("text", "json", "markdown"):
        said = placet("assets", "--repo", str(shop.folder), "--format", format_)
        assert "sqlglot" not in said.out
        assert "the where is incomplete" in said.out


def test_what_of_a_policy_has_no_effect_yet_is_named(placet: Placet, tmp_path: Path) -> None:
    file = tmp_path / "placet.yml"
    file.write_text("rollout: ask\nschemas: []\n", encoding="utf-8")
    said = placet("policy", "validate", str(file))
    assert said.code == 0
    assert said.out.splitlines()[1] == "no effect in this version yet: schemas (line 2)"


def test_assets_shows_every_kind_of_reader(placet: Placet, shop: ShopRepository) -> None:
    semantic = """\
semantic_models:
  - name: people
    model: ref('dim_customers')
    entities: [{name: person, type: primary, expr: user_id}]
    measures: [{name: heads, agg: count_distinct, expr: user_id}]
metrics:
  - name: head_count
    label: Heads
    type: simple
    type_params: {measure: heads}
saved_queries:
  - name: all_heads
    query_params: {metrics: [head_count]}
"""
    shop.commit({"models/semantic.yml": semantic})
    for arguments in (("assets",), ("assets", "head_count"), ("impact", "dim_customers.user_id"), ("check",)):
        said = placet(*arguments, "--repo", str(shop.folder))
        assert (said.code, said.err) == (0, "")
    listed = placet("assets", "--repo", str(shop.folder)).out
    assert "1 semantic model, 1 metric and 1 saved query." in listed
