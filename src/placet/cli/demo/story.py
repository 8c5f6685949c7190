"""The story: a pull request that drops a column, from the first question to version 2.0.0."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from placet.cli.demo.telling import Telling
from placet.cli.demo.world import ORGANISATION, REPOSITORY, Demo, shop_files
from placet.sandbox.model import CheckRun, Comment

DIM = "transform/models/marts/core/dim_customers.sql"
CORE = "transform/models/marts/core/core.yml"
STAGING = "transform/models/staging/stg_customers.sql"
MARTS = "transform/models/marts"
CUSTOMERS = "model.shop.dim_customers"

_HOURS = timedelta(hours=3)

_LAST_COLUMN = b"    coalesce(orders.lifetime_value, 0) as lifetime_value\n"
_TIER = b"    iff(coalesce(orders.lifetime_value, 0) >= 2000, 'gold', 'silver') as loyalty_tier\n"
_DESCRIBED = b"""      - name: user_email
        description: Lower case, as given at sign-up.
        data_tests: [not_null]
"""


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


async def _the_pull_request(demo: Demo, telling: Telling) -> None:
    telling.begin(
        "Dana opens a pull request",
        "It drops [bold]dim_customers.user_email[/bold] and adds [bold]loyalty_tier[/bold].",
        "A staging column is renamed as well, together with everything that reads it.",
    )
    before = shop_files()
    after = first_change(before)
    telling.diff(DIM, before[DIM], after[DIM])
    pull = demo.open_pull(
        author="dana",
        branch="less-personal-data",
        files=after,
        title="Keep less personal data in dim_customers",
        body="Privacy asked us to.\n\n## Migration\nRead the address from `stg_customers`, with a reason on file.\n",
    )
    telling.says("dana", f"opens pull request #{pull.number}, “{pull.title}”")
    await demo.settled()
    run = demo.check(pull)
    telling.whole_check(run)
    sticky = demo.sticky(pull)
    telling.comment(sticky, opened=("Where", "A safe way"))
    telling.holds("the check waits", seen=run.conclusion == "action_required")
    telling.holds("it says for whom", seen=run.title == "Waiting for 3 of 3 teams: crm, growth, marketing")
    telling.holds(
        "exactly the three teams that read the column are asked for a review",
        seen=demo.asked(pull) == ["crm", "growth", "marketing"],
    )
    telling.holds("the comment shows each reader, down to the dashboards", seen=_names_readers(sticky))
    telling.holds("finance, which reads only orders, is left in peace", seen="finance" not in f"{run.summary}{sticky}")
    asking = (await demo.publication(pull)).everything
    telling.holds(
        "the staging rename asks nobody: everything that reads it gives what it gave before", seen=len(asking) == 1
    )


async def _growth_approves(demo: Demo, telling: Telling) -> None:
    pull = demo.pull
    telling.begin("Growth can live with it", "An approving review is an answer; no command is needed.")
    demo.clock.pass_by(_HOURS)
    telling.says("li-wei (growth)", "approves the pull request")
    demo.world.review(pull, user="li-wei", state="approve")
    await demo.settled()
    run = demo.check(pull)
    telling.check(run)
    telling.holds("two teams are left", seen=run.title == "Waiting for 2 of 3 teams: crm, marketing")
    telling.holds(
        "the bot says so in its one comment, which it edits in silence",
        seen=len(demo.comments(pull)) == 1 and "Waiting for 2 of 3 teams" in demo.sticky(pull),
    )


async def _an_outsider(demo: Demo, telling: Telling) -> None:
    pull = demo.pull
    telling.begin("Somebody else tries", "Anybody may comment. Not everybody may agree on a team's behalf.")
    demo.clock.pass_by(_HOURS)
    title = demo.check(pull).title
    for who, words in (("eve", "/placet approve"), ("dana", "/placet approve for crm")):
        telling.says(who, words)
        said = len(demo.comments(pull))
        comment = demo.world.comment(pull, user=who, body=words)
        await demo.settled()
        replies = demo.comments(pull)[said:]
        for reply in replies:
            telling.comment(reply.body)
        reactions = {one.content for one in comment.reactions}
        telling.holds(f"{who} gets a 👎 and a reply that says why", seen=reactions == {"-1"} and _refuses(replies, who))
    telling.holds("the check stays as it was", seen=demo.check(pull).title == title)


async def _marketing_blocks(demo: Demo, telling: Telling) -> None:
    pull = demo.pull
    telling.begin("Marketing is not ready", "A block fails the check, with the team and its reason.")
    demo.clock.pass_by(_HOURS)
    words = "/placet block the Braze export matches people by that address until Friday"
    telling.says("priya-n (marketing)", words)
    demo.world.comment(pull, user="priya-n", body=words)
    await demo.settled()
    run = demo.check(pull)
    telling.whole_check(run)
    telling.holds("the check is red", seen=run.conclusion == "failure")
    telling.holds("it names the team", seen=(run.title or "").startswith("Blocked by marketing"))
    telling.holds("the reason stands in it", seen="Braze export" in (run.summary or ""))


async def _marketing_agrees(demo: Demo, telling: Telling) -> None:
    pull = demo.pull
    telling.begin("They talk, and marketing agrees", "The team's latest word decides.")
    demo.clock.pass_by(timedelta(days=1))
    words = "/placet approve we match by customer_id from tonight on"
    telling.says("priya-n (marketing)", words)
    demo.world.comment(pull, user="priya-n", body=words)
    await demo.settled()
    run = demo.check(pull)
    telling.check(run)
    telling.holds("only crm is left", seen=run.title == "Waiting for 1 of 3 teams: crm")


async def _a_rebase(demo: Demo, telling: Telling) -> None:
    pull = demo.pull
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


async def _a_push(demo: Demo, telling: Telling) -> None:
    pull = demo.pull
    telling.begin(
        "A push asks only whom it touches",
        "Dana drops [bold]dim_customers.phone[/bold] as well. Of the three, only marketing reads it. And she mends the",
        "three marts that the check named: they take the address from stg_customers now, so the build goes through.",
    )
    demo.clock.pass_by(_HOURS)
    demo.world.push(
        REPOSITORY,
        "less-personal-data",
        second_change(shop_files()),
        author="dana",
        message="Drop phone, mend the marts",
    )
    telling.diff(DIM, first_change(shop_files())[DIM], second_change(shop_files())[DIM])
    await demo.settled()
    run = demo.check(pull)
    telling.whole_check(run)
    telling.holds("marketing is asked again", seen=run.title == "Waiting for 2 of 3 teams: crm, marketing")
    telling.holds("growth's approval stands", seen=_answered(run, "growth", "approved"))
    telling.holds("marketing is told to look at the fix", seen="look at the fix" in (run.summary or ""))
    telling.holds("nothing would fail to build any more", seen="build fails" not in (run.summary or ""))


async def _green(demo: Demo, telling: Telling) -> None:
    pull = demo.pull
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
    telling.whole_check(run)
    telling.holds("the check is green", seen=run.conclusion == "success")
    telling.holds("because all three agreed", seen=run.title == "All 3 teams agreed")


async def _merged(demo: Demo, telling: Telling) -> None:
    pull = demo.pull
    telling.begin("Merged", "The branch rule lets it through: the check is required, and it is green.")
    demo.clock.pass_by(_HOURS)
    demo.world.merge(pull, user="dana")
    await demo.settled()
    versions = await demo.versions()
    sticky = demo.sticky(pull)
    telling.comment(sticky)
    telling.holds("dim_customers is published as 2.0.0", seen=versions.get(CUSTOMERS) == "2.0.0")
    telling.holds("the comment says so", seen="2.0.0" in sticky)
    telling.holds("the proposal is closed as published", seen=(await demo.ledger(pull)).state == "published")
    check = await demo.service.store.verify_audit()
    telling.holds(
        f"every step stands in the audit trail, and its chain holds ({check.head.rows} rows)", seen=not check.problem
    )


def _names_readers(sticky: str) -> bool:
    return all(name in sticky for name in ("mart_churn.email_domain", "dash_churn", "reverse_etl_braze"))


def _refuses(replies: Sequence[Comment], who: str) -> bool:
    return [f"Not recorded for {who}" in one.body for one in replies] == [True]


def _answered(run: CheckRun, team: str, answer: str) -> bool:
    """Whether the team's row in the check's table says so."""
    rows = [line for line in (run.summary or "").splitlines() if line.startswith(f"| {team} |")]
    return len(rows) == 1 and answer in rows[0]


Step = Callable[[Demo, Telling], Awaitable[None]]

STEPS: tuple[Step, ...] = (
    _a_shop,
    _the_pull_request,
    _growth_approves,
    _an_outsider,
    _marketing_blocks,
    _marketing_agrees,
    _a_rebase,
    _a_push,
    _green,
    _merged,
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
    """What is pushed later: the phone number goes as well, and the marts take both from where they are kept."""
    changed = {**first_change(files), **_mended(files)}
    changed[DIM] = changed[DIM].replace(b"    customers.phone,\n", b"")
    changed[CORE] = changed[CORE].replace(b"      - name: phone\n", b"")
    return changed


def _mended(files: Mapping[str, bytes]) -> dict[str, bytes]:
    people = b"inner join {{ ref('stg_customers') }} as people on people.customer_id = customers.customer_id\n"
    dim = b"from {{ ref('dim_customers') }}\n"
    crm, growth = f"{MARTS}/crm/mart_customer_360.sql", f"{MARTS}/growth/mart_churn.sql"
    marketing = f"{MARTS}/marketing/mart_email_campaigns.sql"
    joined = dim.replace(b"}}\n", b"}} as customers\n") + people
    return {
        crm: files[crm]
        .replace(b"    customer_id,", b"    customers.customer_id,")
        .replace(b"user_email", b"people.user_email")
        .replace(b"    country,", b"    customers.country,")
        .replace(dim, joined),
        growth: files[growth]
        .replace(b"    customer_id,", b"    customers.customer_id,")
        .replace(b"user_email", b"people.user_email")
        .replace(dim, joined),
        marketing: files[marketing]
        .replace(b"customers.user_email", b"people.user_email")
        .replace(b"customers.phone", b"people.phone")
        .replace(
            b"inner join {{ ref('dim_customers') }} as customers on people.user_email = events.recipient\n",
            b"inner join {{ ref('stg_customers') }} as people on people.user_email = events.recipient\n"
            b"inner join {{ ref('dim_customers') }} as customers on customers.customer_id = people.customer_id\n",
        ),
    }
