"""Reviews, comments and reactions."""

from collections.abc import Iterable

from placet.sandbox import rights
from placet.sandbox.model import App, Comment, Json, Pull, Reaction, Rejected, Review, ReviewComment
from placet.sandbox.shapes import conversation, pulls
from placet.sandbox.world.core import Who
from placet.sandbox.world.merging import Merging

MOST_BODY = 65_536  # characters
_STATES = {"approve": "APPROVED", "request_changes": "CHANGES_REQUESTED", "comment": "COMMENTED"}


class Talking(Merging):
    """What people say on a pull request."""

    def review(
        self,
        pull: Pull,
        *,
        user: Who,
        state: str = "comment",
        body: str = "",
        comments: Iterable[tuple[str, int, str]] = (),
    ) -> Review:
        """Submit a review: `approve`, `request_changes` or `comment`, with comments as (path, line, text).

        The reviewer, and every team they are in, is asked no more. Raises Rejected 422 for one's own pull request.
        """
        reviewer, remarks = self.account(user), list(comments)
        if state not in _STATES:
            raise Rejected(422, "Validation Failed", (f"{state} is none of {', '.join(_STATES)}",))
        if reviewer is pull.author and state != "comment":
            word = "approve" if state == "approve" else "request changes on"
            raise Rejected(422, f"Can not {word} your own pull request")
        if state != "approve" and not body and not remarks:
            raise Rejected(422, "Validation Failed", ("body can't be blank",))
        now = self.now()
        review = Review(self.new_id("review"), pull, reviewer, body, _STATES[state], pull.head_sha, now)
        self.reviews[review.id] = review
        pull.reviews.append(review)
        pull.requested_users.pop(reviewer.id, None)
        for team in list(pull.requested_teams.values()):
            if rights.membership_in(team, reviewer) is not None:
                del pull.requested_teams[team.id]
        self._tell_review("submitted", review, reviewer)
        for path, line, text in remarks:
            self._remark(review, path, line, text)
        return review

    def edit_review(self, review: Review, body: str, *, user: Who | None = None) -> None:
        """Another text; the state stays."""
        old, review.body = review.body, body
        self._tell_review("edited", review, user or review.user, changes={"body": {"from": old}})

    def dismiss_review(self, review: Review, *, user: Who | None = None, message: str = "Out of date") -> None:
        """Take an approval or a request for changes out of force."""
        if review.state not in {"APPROVED", "CHANGES_REQUESTED"}:
            raise Rejected(422, "Can not dismiss a commented pull request review")
        dismissed: Json = {"state": review.state.lower(), "review_id": review.id, "dismissal_message": message}
        sender = self.account(user or self.keeper_of(review.pull.repo))
        self.note(review.pull, "review_dismissed", sender, dismissed_review=dismissed)
        review.state, review.dismissed_message = "DISMISSED", message
        self._tell_review("dismissed", review, sender)

    def comment(self, pull: Pull, *, user: Who, body: str, via_app: App | None = None) -> Comment:
        """Write below the pull request. Raises Rejected 422 for an empty text or one that is too long."""
        _check_body(body)
        now = self.now()
        comment = Comment(self.new_id("comment"), pull, self.account(user), body, now, now, via_app)
        self.comments[comment.id] = comment
        pull.comments.append(comment)
        pull.repo.comments.append(comment)
        self._tell_comment("created", comment, user)
        return comment

    def edit_comment(self, comment: Comment, body: str, *, user: Who | None = None) -> None:
        """Another text, by its writer or by whoever else may write there."""
        _check_body(body)
        old, comment.body, comment.updated_at = comment.body, body, self.now()
        self._tell_comment("edited", comment, user or comment.user, changes={"body": {"from": old}})

    def delete_comment(self, comment: Comment, *, user: Who | None = None) -> None:
        """The comment goes."""
        if self.comments.pop(comment.id, None) is None:
            raise Rejected(404, "Not Found")
        comment.pull.comments.remove(comment)
        comment.pull.repo.comments.remove(comment)
        self._tell_comment("deleted", comment, user or comment.user)

    def review_comment(
        self, pull: Pull, *, user: Who, body: str, path: str, line: int = 1, reply_to: ReviewComment | None = None
    ) -> ReviewComment:
        """Write beside a line: a review of one comment, as GitHub makes of it."""
        _check_body(body)
        author, now = self.account(user), self.now()
        review = Review(self.new_id("review"), pull, author, "", "COMMENTED", pull.head_sha, now)
        self.reviews[review.id] = review
        pull.reviews.append(review)
        self._tell_review("submitted", review, author)
        return self._remark(review, path, line, body, reply_to)

    def edit_review_comment(self, comment: ReviewComment, body: str, *, user: Who | None = None) -> None:
        """Another text."""
        _check_body(body)
        old, comment.body, comment.updated_at = comment.body, body, self.now()
        self._tell_remark("edited", comment, user or comment.user, changes={"body": {"from": old}})

    def delete_review_comment(self, comment: ReviewComment, *, user: Who | None = None) -> None:
        """The comment goes."""
        if self.review_comments.pop(comment.id, None) is None:
            raise Rejected(404, "Not Found")
        comment.pull.review_comments.remove(comment)
        self._tell_remark("deleted", comment, user or comment.user)

    def react(self, comment: Comment | ReviewComment, *, user: Who, content: str) -> tuple[Reaction, bool]:
        """A reaction, and whether it is new: the same of one person stands once. GitHub tells no app of them."""
        if content not in pulls.CONTENTS:
            raise Rejected(422, "Validation Failed", (f"{content} is none of {', '.join(pulls.CONTENTS)}",))
        giver = self.account(user)
        for known in comment.reactions:
            if known.user is giver and known.content == content:
                return known, False
        reaction = Reaction(self.new_id("reaction"), giver, content, self.now())
        comment.reactions.append(reaction)
        return reaction, True

    def _remark(
        self, review: Review, path: str, line: int, body: str, reply_to: ReviewComment | None = None
    ) -> ReviewComment:
        now, pull = self.now(), review.pull
        number = self.new_id("review_comment")
        remark = ReviewComment(number, pull, review, review.user, body, path, line, review.commit_id, now, now)
        remark.in_reply_to = None if reply_to is None else reply_to.id
        self.review_comments[remark.id] = remark
        pull.review_comments.append(remark)
        self._tell_remark("created", remark, review.user)
        return remark

    def _tell_review(self, action: str, review: Review, sender: Who, **extra: Json) -> None:
        review.pull.updated_at = self.now()

        def fields() -> Json:
            return {
                "action": action,
                "review": conversation.hook_review(self.links, review),
                "pull_request": pulls.simple_hook_pull(self.links, review.pull),
                **extra,
            }

        self.tell("pull_request_review", review.pull.repo, self.account(sender), fields)

    def _tell_comment(self, action: str, comment: Comment, sender: Who, **extra: Json) -> None:
        comment.pull.updated_at = self.now()

        def fields() -> Json:
            return {
                "action": action,
                "issue": pulls.issue(self.links, comment.pull),
                "comment": conversation.comment(self.links, comment),
                **extra,
            }

        self.tell("issue_comment", comment.pull.repo, self.account(sender), fields)

    def _tell_remark(self, action: str, remark: ReviewComment, sender: Who, **extra: Json) -> None:
        remark.pull.updated_at = self.now()

        def fields() -> Json:
            return {
                "action": action,
                "comment": conversation.review_comment(self.links, remark),
                "pull_request": pulls.simple_hook_pull(self.links, remark.pull),
                **extra,
            }

        self.tell("pull_request_review_comment", remark.pull.repo, self.account(sender), fields)


def _check_body(body: str) -> None:
    if not body.strip():
        error = {"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": "Body can't be blank"}
        raise Rejected(422, "Validation Failed", (error,))
    if len(body) > MOST_BODY:
        text = f"Body is too long (maximum is {MOST_BODY} characters)"
        error = {"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": text}
        raise Rejected(422, "Validation Failed", (error,))
