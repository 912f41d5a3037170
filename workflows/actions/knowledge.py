"""What follows when somebody has looked at a knowledge page."""

from datetime import date

from programs.models import KnowledgePage
from programs.services import pages
from workflows.about.pages import is_reviewed
from workflows.actions.decided import answer
from workflows.actions.registry import Result, Work, action


@action("set_review_date", on="programs.knowledgepage", title="Set the next date")
def set_review_date(work: Work, *, form: str) -> Result:
    """The day that was put into `review_on` of that form step; nothing when the date was moved on the page itself."""
    page: KnowledgePage = work.subject
    said = answer(work, form, "review_on")
    if said is None or is_reviewed(page):
        return {"review_on": page.review_on.isoformat() if page.review_on else None}
    pages.confirm_page(page=page, review_on=date.fromisoformat(said), actor=work.actor)
    return {"review_on": said}
