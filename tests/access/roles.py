"""The ten kinds of people of the access table: who they are, and how each asks for pages.

The second factor is required of staff (STAFF_NEEDS_SECOND_FACTOR). The subscriber has no account: somebody with the
secret links of a newsletter's mails.
"""

import time

from django.test import Client

VISITOR, SUBSCRIBER, PENDING = "visitor", "subscriber", "pending"
MEMBER, OTHER_MEMBER = "member", "other member"
AUTHOR, OTHER_AUTHOR = "author", "other author"
ORGANISER, BARE_ORGANISER, SUPERUSER = "organiser", "organiser without factor", "superuser"

ORGANISERS = frozenset({ORGANISER, SUPERUSER})
AUTHORS = frozenset({AUTHOR, OTHER_AUTHOR})
MEMBERS = frozenset({MEMBER, OTHER_MEMBER, BARE_ORGANISER}) | AUTHORS | ORGANISERS
SIGNED_IN = MEMBERS | {PENDING}
EVERYBODY = SIGNED_IN | {VISITOR, SUBSCRIBER}
NOBODY = frozenset()
ROLES = [
    VISITOR, SUBSCRIBER, PENDING, MEMBER, OTHER_MEMBER, AUTHOR, OTHER_AUTHOR, BARE_ORGANISER, ORGANISER, SUPERUSER,
]  # fmt: skip
HEADERS = {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}


def own_data(role):
    """Return the viewer of the file with all that is stored of a person, which has their words and their mail."""
    return f"{role}'s data"


def make_client(member, kept):
    """Return a browser on the site's own address; a `member` signed in a moment ago, with all that they have.

    `kept` is what their session holds besides.
    """
    client = Client(SERVER_NAME="localhost", SERVER_PORT="8000", raise_request_exception=False, headers=HEADERS)
    if member is not None:
        client.force_login(member)
        session = client.session
        methods = [{"method": "password", "at": time.time()}, {"method": "mfa", "at": time.time(), "type": "totp"}]
        has_factor = member.authenticator_set.filter(type="totp").exists()
        session.update(kept)
        session["account_authentication_methods"] = methods if has_factor else methods[:1]
        session.save()
    return client
