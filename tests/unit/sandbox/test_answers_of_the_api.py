"""What the simulated forge's API answers: pages, ETags, trees, files, comparisons, checks and their limits."""

import base64
import io
import tarfile

import pytest

from placet.sandbox import File, Mode, Sandbox
from sandbox_caller import Caller
from sandbox_world import HeldClock

R = "/repos/acme/shop"


def link(header: str) -> dict[str, str]:
    """Relation to address."""
    parts = (part.partition(">; rel=") for part in header.split(", "))
    return {relation.strip('"'): address.lstrip("<") for address, _, relation in parts}


async def test_a_list_comes_in_pages_that_name_their_neighbours(caller: Caller, gh: Sandbox) -> None:
    pull = gh.world.repo("acme/shop").pulls[1]
    for number in range(7):
        gh.world.comment(pull, user="dana", body=f"comment {number}")
    first = await caller.get(f"{R}/issues/1/comments?per_page=3")
    assert [one["body"] for one in first.data] == ["comment 0", "comment 1", "comment 2"]
    pages = link(first.headers["Link"])
    assert set(pages) == {"next", "last"}
    assert pages["next"].startswith(f"{gh.api_url}/repositories/")
    second = await caller.get(pages["next"])
    assert [one["body"] for one in second.data] == ["comment 3", "comment 4", "comment 5"]
    assert set(link(second.headers["Link"])) == {"prev", "next", "last", "first"}
    last = await caller.get(pages["last"])
    assert [one["body"] for one in last.data] == ["comment 6"]
    assert set(link(last.headers["Link"])) == {"prev", "first"}


async def test_a_page_beyond_the_end_is_empty(caller: Caller) -> None:
    assert (await caller.get(f"{R}/pulls?page=9")).data == []


async def test_no_page_holds_more_than_a_hundred(caller: Caller, gh: Sandbox) -> None:
    pull = gh.world.repo("acme/shop").pulls[1]
    for _ in range(101):
        gh.world.comment(pull, user="dana", body="x")
    assert len((await caller.get(f"{R}/issues/1/comments?per_page=500")).data) == 100
    assert len((await caller.get(f"{R}/issues/1/comments?per_page=none")).data) == 30


async def test_an_answer_somebody_has_already_is_not_sent_again_and_costs_nothing(caller: Caller, gh: Sandbox) -> None:
    first = await caller.get(f"{R}/pulls/1")
    tag = first.headers["ETag"]
    again = await caller.get(f"{R}/pulls/1", **{"If-None-Match": tag})
    assert (again.status, again.raw, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"]
    gh.world.edit_pull(gh.world.repo("acme/shop").pulls[1], title="Another")
    assert (await caller.get(f"{R}/pulls/1", **{"If-None-Match": tag})).status == 200


async def test_the_limit_counts_down_and_starts_again_with_the_hour(caller: Caller, clock: HeldClock) -> None:
    first, second = await caller.get(R), await caller.get(R)
    assert int(first.headers["x-ratelimit-remaining"]) - int(second.headers["x-ratelimit-remaining"]) == 1
    assert int(second.headers["x-ratelimit-reset"]) == int(clock.at.replace(hour=10, minute=0, second=0).timestamp())
    clock.pass_by(minutes=59)
    used = int((await caller.get(R)).headers["x-ratelimit-used"])
    clock.pass_by(seconds=59)
    assert used > int((await caller.get(R)).headers["x-ratelimit-used"]) - 2


async def test_a_large_tree_is_cut_off_and_says_so(caller: Caller, gh: Sandbox) -> None:
    gh.world.push("acme/shop", "wide", {f"models/{number}.sql": "1\n" for number in range(8)})
    whole = await caller.get(f"{R}/git/trees/main?recursive=1")
    assert (whole.data["truncated"], [one["path"] for one in whole.data["tree"]]) == (
        False,
        ["README.md", "models", "models/a.sql"],
    )
    cut = await caller.get(f"{R}/git/trees/wide?recursive=1")
    assert (cut.data["truncated"], len(cut.data["tree"])) == (True, 5)


async def test_every_mode_is_listed(caller: Caller, gh: Sandbox) -> None:
    files = {
        "run": File(b"echo", Mode.EXECUTABLE),
        "link": File(b"run", Mode.SYMLINK),
        "sub": File(b"2" * 40, Mode.SUBMODULE),
    }
    sha = gh.world.push("acme/shop", "modes", files)
    tree = (await caller.get(f"{R}/git/trees/{sha}")).data["tree"]
    listed = {one["path"]: (one["mode"], one["type"]) for one in tree}
    assert listed["run"] == ("100755", "blob")
    assert listed["link"] == ("120000", "blob")
    assert listed["sub"] == ("160000", "commit")
    assert listed["models"] == ("040000", "tree")


async def test_a_blob_comes_as_base64_or_raw(caller: Caller, gh: Sandbox) -> None:
    sha = gh.world.repo("acme/shop").store.add("blob", b"\x00\xff\n")
    assert base64.b64decode((await caller.get(f"{R}/git/blobs/{sha}")).data["content"]) == b"\x00\xff\n"
    raw = await caller.get(f"{R}/git/blobs/{sha}", Accept="application/vnd.github.raw+json")
    assert raw.raw == b"\x00\xff\n"


async def test_a_file_is_read_from_the_default_branch_unless_another_is_named(caller: Caller) -> None:
    path = f"{R}/contents/models/a.sql"
    for address, content in ((path, b"select 1\n"), (f"{path}?ref=feat", b"select 2\n")):
        file = (await caller.get(address)).data
        assert (file["type"], file["encoding"], base64.b64decode(file["content"])) == ("file", "base64", content)


async def test_a_file_is_read_as_it_was_at_a_commit_or_tag(caller: Caller, gh: Sandbox) -> None:
    repo = gh.world.repo("acme/shop")
    old = repo.tags["v1"] = repo.refs["main"]
    gh.world.push(repo, "main", {"models/a.sql": "select 9\n"})
    for ref in (old, old[:10], "v1", "refs/tags/v1"):
        file = await caller.get(f"{R}/contents/models/a.sql?ref={ref}")
        assert base64.b64decode(file.data["content"]) == b"select 1\n"


async def test_what_stands_beside_a_files_content_leads_to_it(caller: Caller) -> None:
    file = (await caller.get(f"{R}/contents/models/a.sql?ref=feat")).data
    assert (file["name"], file["path"], file["size"]) == ("a.sql", "models/a.sql", 9)
    assert (await caller.get(file["url"])).data == file
    assert (await caller.get(file["git_url"])).data["sha"] == file["sha"]
    assert file["html_url"].endswith("/acme/shop/blob/feat/models/a.sql")


async def test_a_folder_is_the_list_of_what_it_holds(caller: Caller) -> None:
    folder = (await caller.get(f"{R}/contents")).data
    assert [(one["name"], one["type"]) for one in folder] == [("README.md", "file"), ("models", "dir")]
    assert not any("content" in one for one in folder)
    assert (await caller.get(f"{R}/contents/models/")).data[0]["path"] == "models/a.sql"


async def test_a_folder_lists_no_more_than_a_thousand_files(caller: Caller, gh: Sandbox) -> None:
    gh.world.push("acme/shop", "main", {f"m/{number}.sql": "1\n" for number in range(1_001)})
    assert len((await caller.get(f"{R}/contents/m")).data) == 1_000


@pytest.mark.parametrize(
    "address", ["models/b.sql", "models/a.sql/x", "models/a.sql?ref=none", "../a.sql", "%00", "models/a.sql?ref=%00"]
)
async def test_a_file_that_is_not_there_is_not_found(caller: Caller, address: str) -> None:
    answer = await caller.get(f"{R}/contents/{address}")
    assert (answer.status, answer.data["message"]) == (404, "Not Found")


@pytest.mark.parametrize("link", ["link", "deep/er/link"])
async def test_a_link_to_a_file_reads_as_the_file(caller: Caller, gh: Sandbox, link: str) -> None:
    """As it was recorded from GitHub: the link's name with the file's type, size, SHA and content."""
    to = "../" * link.count("/") + "models/a.sql"
    gh.world.push("acme/shop", "main", {link: File(to.encode(), Mode.SYMLINK)})
    shown, file = [(await caller.get(f"{R}/contents/{path}")).data for path in (link, "models/a.sql")]
    assert (shown["type"], shown["path"]) == ("file", link)
    assert [shown[key] for key in ("sha", "size", "content")] == [file[key] for key in ("sha", "size", "content")]


@pytest.mark.parametrize("target", ["models", "none", "../README.md", "/README.md", "", "self"])
async def test_a_link_to_anything_else_says_where_it_leads(caller: Caller, gh: Sandbox, target: str) -> None:
    gh.world.push("acme/shop", "main", {"self": File(target.encode(), Mode.SYMLINK)})
    shown = (await caller.get(f"{R}/contents/self")).data
    assert (shown["type"], shown["target"], "content" in shown) == ("symlink", target, False)


async def test_a_large_file_comes_without_its_content_unless_raw(caller: Caller, gh: Sandbox) -> None:
    most = 1024 * 1024
    gh.world.push("acme/shop", "main", {"largest": "x" * most, "larger": "x" * (most + 1)})
    assert (await caller.get(f"{R}/contents/largest")).data["encoding"] == "base64"
    larger = (await caller.get(f"{R}/contents/larger")).data
    assert (larger["encoding"], larger["content"], larger["size"]) == ("none", "", most + 1)
    raw = await caller.get(f"{R}/contents/larger", Accept="application/vnd.github.raw+json")
    assert len(raw.raw) == most + 1


async def test_a_branch_with_a_slash_is_found_quoted(caller: Caller, gh: Sandbox) -> None:
    gh.world.push("acme/shop", "a/b", {"x": "1"})
    assert (await caller.get(f"{R}/branches/a%2Fb")).data["name"] == "a/b"
    assert (await caller.get(f"{R}/git/ref/heads/a/b")).status == 200
    assert (await caller.get(f"{R}/compare/main...a%2Fb")).data["ahead_by"] == 1


async def test_a_comparison_starts_where_the_branches_parted(caller: Caller, gh: Sandbox) -> None:
    repo = gh.world.repo("acme/shop")
    parted = repo.refs["main"]
    gh.world.push(repo, "main", {"other": "1\n"})
    data = (await caller.get(f"{R}/compare/main...feat")).data
    assert (data["merge_base_commit"]["sha"], data["status"]) == (parted, "diverged")
    assert [one["filename"] for one in data["files"]] == ["models/a.sql"]
    assert (data["ahead_by"], data["behind_by"]) == (1, 1)


async def test_a_comparison_with_a_fork(caller: Caller, gh: Sandbox) -> None:
    gh.world.fork("acme/shop", "fay")
    gh.world.push("fay/shop", "p", {"b.sql": "1\n"})
    assert (await caller.get(f"{R}/compare/main...fay:p")).data["total_commits"] == 1


async def test_a_comparison_lists_no_more_than_300_files(caller: Caller, gh: Sandbox) -> None:
    gh.world.push("acme/shop", "many", {f"m/{number}.sql": "1\n" for number in range(310)})
    assert len((await caller.get(f"{R}/compare/main...many")).data["files"]) == 300


async def test_changed_files_count_their_lines(caller: Caller) -> None:
    file = (await caller.get(f"{R}/pulls/1/files")).data[0]
    assert (file["status"], file["additions"], file["deletions"]) == ("modified", 1, 1)
    assert file["patch"] == "@@ -1 +1 @@\n-select 1\n+select 2"


async def test_pull_requests_are_filtered_and_sorted(caller: Caller, gh: Sandbox, clock: HeldClock) -> None:
    clock.pass_by(minutes=1)
    second = gh.world.open_pull("acme/shop", author="dana", branch="two", files={"b": "1\n"})
    gh.world.close(gh.world.open_pull("acme/shop", author="dana", branch="three", files={"c": "1\n"}))
    numbers = [one["number"] for one in (await caller.get(f"{R}/pulls")).data]
    assert numbers == [second.number, 1]
    assert [one["number"] for one in (await caller.get(f"{R}/pulls?state=closed")).data] == [3]
    assert [one["number"] for one in (await caller.get(f"{R}/pulls?head=acme:feat")).data] == [1]
    assert (await caller.get(f"{R}/pulls?base=release")).data == []
    by_update = await caller.get(f"{R}/pulls?state=all&sort=updated&direction=asc")
    assert by_update.data[0]["number"] == 1


async def test_mergeability_is_told(caller: Caller, gh: Sandbox) -> None:
    gh.world.protect("acme/shop", "main", ["placet"])
    blocked = (await caller.get(f"{R}/pulls/1")).data
    assert (blocked["mergeable"], blocked["mergeable_state"]) == (True, "blocked")
    gh.world.push("acme/shop", "main", {"models/a.sql": "select 9\n"})
    dirty = (await caller.get(f"{R}/pulls/1")).data
    assert (dirty["mergeable"], dirty["mergeable_state"]) == (False, "dirty")


async def test_rules_name_the_required_checks(caller: Caller, gh: Sandbox) -> None:
    gh.world.protect("acme/shop", "main", ["placet"])
    rule = (await caller.get(f"{R}/rules/branches/main")).data[0]
    assert rule["parameters"]["required_status_checks"] == [{"context": "placet"}]
    assert (await caller.get(f"{R}/rules/branches/other")).data == []


async def test_membership_tells_pending_from_active_and_counts_nested_teams(caller: Caller, gh: Sandbox) -> None:
    gh.world.team("acme/crm-eu", parent="acme/crm", members=["eve"], pending=["pia"])
    path = "/orgs/acme/teams/{}/memberships/{}"
    assert (await caller.get(path.format("crm", "eve"))).data["state"] == "active"
    assert (await caller.get(path.format("crm-eu", "pia"))).data["state"] == "pending"
    assert (await caller.get(path.format("crm", "pia"))).status == 404
    assert (await caller.get(path.format("crm-eu", "sam-o"))).status == 404
    members = (await caller.get("/orgs/acme/teams/crm/members")).data
    assert sorted(one["login"] for one in members) == ["eve", "sam-o"]


async def test_a_teams_access_is_a_status_or_a_body(caller: Caller, gh: Sandbox) -> None:
    path = "/orgs/acme/teams/crm/repos/acme/shop"
    assert (await caller.get(path)).status == 204
    body = await caller.get(path, Accept="application/vnd.github.v3.repository+json")
    assert (body.status, body.data["permissions"]["pull"], body.data["permissions"]["push"]) == (200, True, False)
    gh.world.take_access("acme/crm", "acme/shop")
    assert (await caller.get(path)).status == 404


async def test_a_team_is_found_by_its_id_after_it_was_renamed(caller: Caller, gh: Sandbox) -> None:
    team = gh.world.rename_team("acme/crm", "Care")
    assert (await caller.get(f"/organizations/{team.org.id}/team/{team.id}")).data["slug"] == "care"
    assert (await caller.get("/orgs/acme/teams/crm")).status == 404


async def test_the_archive_is_on_another_host_that_wants_no_token(caller: Caller, gh: Sandbox) -> None:
    answer = await caller.get(f"{R}/tarball/feat")
    where = answer.headers["Location"]
    assert (answer.status, where.startswith(gh.web_url), gh.web_url != gh.api_url) == (302, True, True)
    assert (await caller.get(where)).status == 400  # it brought its token along
    caller.secret = ""
    archive = await caller.get(where)
    with tarfile.open(fileobj=io.BytesIO(archive.raw)) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
        top = tar.getnames()[0]
        file = tar.extractfile(f"{top}/models/a.sql")
        assert file is not None
        assert file.read() == b"select 2\n"
    assert names == {"", "README.md", "models", "models/a.sql"}


async def test_people_can_look_at_a_pull_request(caller: Caller, gh: Sandbox) -> None:
    pull = gh.world.repo("acme/shop").pulls[1]
    gh.world.comment(pull, user="dana", body="<b>hi</b>")
    caller.secret = ""
    page = await caller.get(f"{gh.web_url}/acme/shop/pull/1")
    assert b"&lt;b&gt;hi" in page.raw
    assert (await caller.get(f"{gh.web_url}/acme/shop/pull/9")).status == 404


@pytest.mark.parametrize("name", ["acme/none", "acme/shop/pull"])
async def test_what_is_not_there_is_not_found(caller: Caller, name: str) -> None:
    answer = await caller.get(f"/repos/{name}")
    assert (answer.status, answer.data["message"]) == (404, "Not Found")
