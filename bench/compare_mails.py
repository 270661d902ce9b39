"""Compare the words of every mail, rendered with sample data, between two states of the code.

    python -m bench.compare_mails dump FILE         write subject and text of each mail to FILE, as JSON
    python -m bench.compare_mails compare OLD NEW   print a unified diff of two such files

Every template in templates/*/email/ is rendered, with much in its context and with little; newsletter letters come from
an issue with everything in it. SQLite.
"""

import argparse
import dataclasses
import datetime as dt
import difflib
import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from bench.databases import IN_HERE, empty_database
from tests.serving import environment_in


def render_all_mails():
    """Return {"mail, variant": {"subject": …, "text": …}}."""
    from django.conf import settings  # noqa: PLC0415 - Django is set up by now

    from bookclub.mail.rendering import render_mail  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415

    factories.make_club(name="The Night  Readers", contact_email="hello@club.example", newsletter_promise="Six a year.")
    found = {}
    contexts = sample_contexts()
    for path in sorted(Path(settings.BASE_DIR, "templates").glob("*/email/*.html")):
        name = str(path.relative_to(settings.BASE_DIR / "templates")).removesuffix(".html")
        if path.stem.startswith("_") or path.stem in {"base", "issue"}:
            continue
        for variant, context in contexts.items():
            mail = render_mail(name, context)
            found[f"{name}, {variant}"] = {"subject": mail["subject"], "text": mail["text"]}
    letter = render_letter()
    found["newsletter/email/issue"] = {"subject": letter.subject, "text": letter.text}
    factories.make_club(contact_email="")
    for name in ("account/email/account_inactive", "members/email/account-deleted"):
        mail = render_mail(name, contexts["little"])
        found[f"{name}, no contact"] = {"subject": mail["subject"], "text": mail["text"]}
    # The port is another in each run.
    return json.loads(json.dumps(found).replace(settings.SITE_URL, "http://site.example"))


def sample_contexts():
    from tests import factories  # noqa: PLC0415 - Django is set up by now

    member = factories.make_member("nora@example.org", name="Nora & Co")
    book = factories.make_book(title="“Smart  Urbanism” – a reader")
    venue = factories.make_venue(name="The Boot", address="10 Redcross Way", area="Southwark")
    later = {"date": dt.date(2027, 3, 4), "start_time": dt.time(19), "end_time": dt.time(21, 30)}
    meetup = factories.make_meetup(slug="lamp", venue=venue, room="upstairs", book=book, **later)
    undated = factories.make_meetup(slug="undated", date=None)
    subscriber = factories.make_subscriber("nora@example.org", token="t" * 43)
    link = "http://localhost:8000/meetups/lamp/"
    everywhere = {
        "to": "nora@example.org",
        "user": member,
        "member": member,
        "code": "BCDF-GHJK",
        "minutes": 15,
        "from_email": "old@example.org",
        "to_email": "new@example.org",
        "password_reset_url": "http://localhost:8000/accounts/password/reset/key/1-abc/",
        "provider": SimpleNamespace(name="Google"),
        "page": "http://localhost:8000/admin/members/member/3/change/?state=held&more=1",
        "subscriber": subscriber,
        "link": link,
        "next_link": link,
        "title": "What we said  about “The Lamp” & light",
    }
    much = everywhere | {
        "is_known": True,
        "number": 3,
        "meetup": meetup,
        "place": meetup.place_for(member),
        "book": book.full_title,
        "rsvp": SimpleNamespace(answer="going", guests=1, party_size=2),
        "queue_place": "second",
        "calendar": "BEGIN:VCALENDAR",
        "reason": "The café closes  early <today> & tomorrow",
        "changed": ["date", "place"],
        "before": undated,
        "place_before": None,
        "standfirst": "Eight of us, upstairs.",
        "next_meetup": meetup,
    }
    little = everywhere | {
        "is_known": False,
        "number": 1,
        "meetup": undated,
        "place": dataclasses.replace(meetup.place_for(member), room="", is_address_hidden=True),
        "book": "",
        "rsvp": SimpleNamespace(answer="waiting", guests=0, party_size=1),
        "queue_place": "first",
        "calendar": "",
        "reason": "",
        "changed": ["date"],
        "before": meetup,
        "place_before": meetup.place_for(member),
        "standfirst": "",
        "next_meetup": None,
    }
    return {"much": much, "little": little, "no place": much | {"place": None}}


def render_letter():
    from newsletter.rendering import render_issue  # noqa: PLC0415 - Django is set up by now
    from tests import factories  # noqa: PLC0415

    book = factories.make_book(title="The Lamp")
    words = "Dear *readers*,\n\nwe met  upstairs – [the notes](/write-ups/lamp/).\n\n- one\n- two\n\n> said…\n\nhttps://x.example/a_b"
    issue = factories.make_issue(
        number=None,
        subject="“The Lamp”, and what comes next",
        introduction=words,
        closing="Yours\n\nThe club",
        writeup=factories.make_writeup(title="Of light", slug="of-light"),
        quote=factories.make_quote(book=book, text="One [and]\n\ntwo …"),
        meetup=factories.make_meetup(slug="next", date=dt.date(2027, 3, 4), start_time=dt.time(19), book=book),
    )
    issue.questions.add(factories.make_question(book=book, text="Why *light*?", lead_word="Discuss"))
    return render_issue(issue)


def compare_texts(old, new):
    """Print the differences; return whether there are none."""
    is_same = True
    for name in sorted(old.keys() | new.keys()):
        texts = [list_lines(found[name]) if name in found else [] for found in (old, new)]
        lines = list(difflib.unified_diff(*texts, f"old {name}", f"new {name}", lineterm="", n=1))
        is_same = is_same and not lines
        print(*lines, sep="\n", end="\n" if lines else "")
    return is_same


def list_lines(mail):
    return [f"Subject: {mail['subject']}", "", *mail["text"].split("\n")]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["dump", "compare"])
    parser.add_argument("files", nargs="+", type=Path)
    given = parser.parse_args()
    if given.action == "compare":
        sys.exit(not compare_texts(*(json.loads(file.read_text()) for file in given.files)))
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= environment_in(folder, **{IN_HERE: folder})
        with empty_database():
            given.files[0].write_text(json.dumps(render_all_mails(), ensure_ascii=False, indent=1))
