"""The story: a pull request that drops a column, from the first question to version 2.0.0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from placet.cli.demo.telling import Telling
from placet.cli.demo.world import ORGANISATION, REPOSITORY, Demo, shop_files
from placet.sandbox.model import Pull

DIM = "transform/models/marts/core/dim_customers.sql"
CORE = "transform/models/marts/core/core.yml"
STAGING = "transform/models/staging/stg_customers.sql"
CUSTOMERS = "model.shop.dim_customers"

_HOURS = timedelta(hours=3)

_LAST_COLUMN = b"    coalesce(orders.lifetime_value, 0) as lifetime_value\n"
_TIER = b"    iff(coalesce(orders.lifetime_value, 0) >= 2000, 'gold', 'silver') as loyalty_tier\n"
_DESCRIBED = b"""      - name: user_email
        description: Lower case, as given at sign-up.
        data_tests: [not_null]
"""


async def tell(demo: Demo, telling: Telling) -> None:
    """The whole story; what did not hold is remembered by the teller."""
    await _a_shop(demo, telling)
    pull = await _the_pull_request(demo, telling)
    await _growth_approves(demo, telling, pull)
    await _an_outsider(demo, telling, pull)
    await _marketing_blocks(demo, telling, pull)
    await _marketing_agrees(demo, telling, pull)
    await _a_rebase(demo, telling, pull)
    await _a_push(demo, telling, pull)
    await _green(demo, telling, pull)
    await _merged(demo, telling, pull)


async def _a_shop(demo: Demo, telling: Telling) -> None:
    files = shop_files()
    models = sum(path.endswith(".sql") and "/models/" in path for path in files)
    telling.begin(
        "A shop, its dbt repository, and who reads what",
        f"[bold]{REPOSITORY}[/bold] holds a dbt project with {models} models, in transform/.",
        "data-platform owns dim_customers. Three teams build on it:",
        "  crm        mart_customer_360 → Salesforce",
        "  growth     mart_churn, mart_retention → a dashboard",
        "  marketing  mart_email_campaigns, mart_segments → Braze",
        "Placet is installed as a GitHub App. It reads the repository, and nothing else: no warehouse, no dbt run.",
    )
    demo.world.install(ORGANISATION, announce=True)
    await demo.settled()
    versions = await demo.versions()
    telling.holds(
        f"every contract was published as 1.0.0 when Placet first saw it ({len(versions)} of them)",
        seen=versions.get(CUSTOMERS) == "1.0.0" and set(versions.values()) == {"1.0.0"},
    )


async def _the_pull_request(demo: Demo, telling: Telling) -> Pull:
    telling.begin(
        "Dana opens a pull request",
        "It drops [bold]dim_customers.user_email[/bold] and adds [bold]loyalty_tier[/bold].",
        "A staging column is renamed as well, together with everything that reads it.",
    )
    before = shop_files()
    pull = demo.world.open_pull(
        REPOSITORY,
        author="dana",
        branch="less-personal-data",
        files=first_change(before),
        title="Keep less personal data in dim_customers",
        body="Privacy asked us to.\n\n## Migration\nRead the address from `stg_customers`, with a reason on file.\n",
    )
    await demo.settled()
    run = demo.check(pull)
    telling.check(run, whole=True)
    sticky = demo.comments(pull)
    if sticky:
        telling.comment(sticky[0].body)
    telling.holds("the check waits", seen=run.conclusion == "action_required")
    telling.holds("it says for whom", seen=run.title == "Waiting for 3 of 3 teams: crm, growth, marketing")
    telling.holds(
        "exactly the three teams that read the column are asked for a review",
        seen=demo.asked(pull) == ["crm", "growth", "marketing"],
    )
    telling.holds("finance, which reads only orders, is left in peace", seen="finance" not in (run.summary or ""))
    asking = (await demo.ledger(pull)).publications[-1].everything
    telling.holds(
        "the staging rename asks nobody: everything that reads it gives what it gave before", seen=len(asking) == 1
    )
    return pull


async def _growth_approves(demo: Demo, telling: Telling, pull: Pull) -> None:
    telling.begin("Growth can live with it", "An approving review is an answer; no command is needed.")
    demo.clock.pass_by(_HOURS)
    telling.says("li-wei (growth)", "approves the pull request")
    demo.world.review(pull, user="li-wei", state="approve")
    await demo.settled()
    run = demo.check(pull)
    telling.check(run)
    telling.holds("two teams are left", seen=run.title == "Waiting for 2 of 3 teams: crm, marketing")


async def _an_outsider(demo: Demo, telling: Telling, pull: Pull) -> None:
    telling.begin("Somebody else tries", "Anybody may comment. Not everybody may agree on a team's behalf.")
    demo.clock.pass_by(_HOURS)
    title = demo.check(pull).title
    said = len(demo.comments(pull))
    for who, words in (("eve", "/placet approve"), ("dana", "/placet approve for crm")):
        telling.says(who, words)
        comment = demo.world.comment(pull, user=who, body=words)
        await demo.settled()
        reactions = {one.content for one in comment.reactions}
        telling.holds(f"{who} gets a 👎 and a reply that says why", seen=reactions == {"-1"})
    for reply in demo.comments(pull)[said:][:1]:
        telling.comment(reply.body)
    telling.holds("the check stays as it was", seen=demo.check(pull).title == title)


async def _marketing_blocks(demo: Demo, telling: Telling, pull: Pull) -> None:
    telling.begin("Marketing is not ready", "A block fails the check, with the team and its reason.")
    demo.clock.pass_by(_HOURS)
    words = "/placet block the Braze export matches people by that address until Friday"
    telling.says("priya-n (marketing)", words)
    demo.world.comment(pull, user="priya-n", body=words)
    await demo.settled()
    run = demo.check(pull)
    telling.check(run, whole=True)
    telling.holds("the check is red", seen=run.conclusion == "failure")
    telling.holds("it names the team", seen=(run.title or "").startswith("Blocked by marketing"))
    telling.holds("the reason stands in it", seen="Braze export" in (run.summary or ""))


async def _marketing_agrees(demo: Demo, telling: Telling, pull: Pull) -> None:
    telling.begin("They talk, and marketing agrees", "The team's latest word decides.")
    demo.clock.pass_by(timedelta(days=1))
    words = "/placet approve we match by customer_id from tonight on"
    telling.says("priya-n (marketing)", words)
    demo.world.comment(pull, user="priya-n", body=words)
    await demo.settled()
    run = demo.check(pull)
    telling.check(run)
    telling.holds("only crm is left", seen=run.title == "Waiting for 1 of 3 teams: crm")


async def _a_rebase(demo: Demo, telling: Telling, pull: Pull) -> None:
    telling.begin(
        "A rebase costs nobody anything",
        "main has moved on. Answers belong to what changes, not to a commit.",
    )
    demo.clock.pass_by(_HOURS)
    demo.world.push(REPOSITORY, "main", {"docs/oncall.md": b"# On call\n"}, author="carl")
    await demo.settled()
    asks, comments = len((await demo.ledger(pull)).asks), len(demo.comments(pull))
    head = pull.head_sha
    demo.world.rebase(pull)
    await demo.settled()
    run = demo.check(pull)
    telling.says("dana", f"rebases: {head[:7]} becomes {pull.head_sha[:7]}")
    telling.check(run)
    telling.holds("both approvals stand on the new commit", seen=run.title == "Waiting for 1 of 3 teams: crm")
    telling.holds(
        "nobody was asked again, nothing was written anew",
        seen=len((await demo.ledger(pull)).asks) == asks and len(demo.comments(pull)) == comments,
    )


async def _a_push(demo: Demo, telling: Telling, pull: Pull) -> None:
    telling.begin(
        "A push asks only whom it touches",
        "Dana drops [bold]dim_customers.phone[/bold] as well. Of the three, only marketing reads it.",
    )
    demo.clock.pass_by(_HOURS)
    demo.world.push(REPOSITORY, "less-personal-data", second_change(shop_files()), author="dana", message="Drop phone")
    await demo.settled()
    run = demo.check(pull)
    telling.check(run, whole=True)
    telling.holds("marketing is asked again", seen=run.title == "Waiting for 2 of 3 teams: crm, marketing")
    telling.holds("growth's approval stands", seen="approved" in (run.summary or ""))


async def _green(demo: Demo, telling: Telling, pull: Pull) -> None:
    telling.begin("Everybody agrees", "One by comment, one by review: either counts.")
    demo.clock.pass_by(_HOURS)
    telling.says("sam-o (crm)", "/placet approve")
    demo.world.comment(pull, user="sam-o", body="/placet approve")
    await demo.settled()
    telling.holds("marketing is left", seen=demo.check(pull).title == "Waiting for 1 of 3 teams: marketing")
    telling.says("priya-n (marketing)", "approves the pull request")
    demo.world.review(pull, user="priya-n", state="approve")
    await demo.settled()
    run = demo.check(pull)
    telling.check(run, whole=True)
    telling.holds("the check is green", seen=run.conclusion == "success")
    telling.holds("because all three agreed", seen=run.title == "All 3 teams agreed")


async def _merged(demo: Demo, telling: Telling, pull: Pull) -> None:
    telling.begin("Merged", "The branch rule lets it through: the check is required, and it is green.")
    demo.clock.pass_by(_HOURS)
    demo.world.merge(pull, user="dana")
    await demo.settled()
    versions = await demo.versions()
    sticky = demo.comments(pull)[0].body
    telling.comment(sticky)
    telling.holds("dim_customers is published as 2.0.0", seen=versions.get(CUSTOMERS) == "2.0.0")
    telling.holds("the comment says so", seen="2.0.0" in sticky)
    telling.holds("the proposal is closed as published", seen=(await demo.ledger(pull)).state == "published")
    check = await demo.service.store.verify_audit()
    telling.holds(
        f"every step stands in the audit trail, and its chain holds ({check.head.rows} rows)", seen=not check.problem
    )


def first_change(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The pull request as it is opened."""
    dim = files[DIM].replace(b"    customers.user_email,\n", b"").replace(b".signup_ts", b".signed_up_at")
    return {
        DIM: dim.replace(_LAST_COLUMN, _LAST_COLUMN.replace(b"\n", b",\n") + _TIER),
        CORE: files[CORE].replace(_DESCRIBED, b""),
        STAGING: files[STAGING].replace(b"created_at as signup_ts", b"created_at as signed_up_at"),
    }


def second_change(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is pushed later: the phone number goes as well."""
    changed = first_change(files)
    changed[DIM] = changed[DIM].replace(b"    customers.phone,\n", b"")
    changed[CORE] = changed[CORE].replace(b"      - name: phone\n", b"")
    return changed
