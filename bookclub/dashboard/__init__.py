"""The dashboard, the front page of the admin: what is wrong, what comes next, and what somebody has begun.

About twenty queries, for any number of rows. Organisers and authors see only what they have permission for.
"""

from bookclub.dashboard.first_steps import FirstSteps
from bookclub.dashboard.news import find_last_letter, find_new_members
from bookclub.dashboard.next_meetup import find_next_meetup
from bookclub.dashboard.tasks import list_loose_ends, list_problems, list_unfinished_work

__all__ = ["build_dashboard"]


def build_dashboard(user, club):
    """Return the context of admin/index.html."""
    return {
        "problems": list_problems(user),
        "first_steps": FirstSteps.for_user(user, club),
        "next_meetup": find_next_meetup(user),
        "work": list_unfinished_work(user),
        "last_letter": find_last_letter(user),
        "new_members": find_new_members(user),
        "loose_ends": list_loose_ends(user),
    }
