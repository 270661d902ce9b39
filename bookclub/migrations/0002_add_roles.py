from django.db import migrations

from bookclub.roles import ALL, AUTHOR, ORGANISER, grant_permissions

BOOK_PARTS = ["books.contribution", "books.note", "books.term", "books.question", "books.quote", "books.reading"]
WRITEUPS = ["meetups.writeup", "meetups.sessionnote", "meetups.photo"]
ORGANISERS_ALONE = [
    "bookclub.communitylink",
    "members.member",
    "members.author",
    "meetups.venue",
    "meetups.rsvp",
    "newsletter.subscriber",
]


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("bookclub", "0001_initial"),
        ("members", "0001_initial"),
        ("books", "0001_initial"),
        ("meetups", "0001_initial"),
        ("newsletter", "0001_initial"),
    ]

    operations = [
        grant_permissions(
            ORGANISER,
            {
                **dict.fromkeys([*ORGANISERS_ALONE, "books.book", "books.contributor", *BOOK_PARTS], ALL),
                **dict.fromkeys(["meetups.meetup", *WRITEUPS], ALL),
                "bookclub.club": (*ALL, "view_drafts", "publish"),
                "bookclub.outgoingmail": ("view", "change"),
                "bookclub.worker": ("view",),
                "bookclub.sendingpause": ("view", "delete"),
                "newsletter.issue": (*ALL, "send_issue"),
                "newsletter.delivery": ("view", "change"),
            },
        ),
        grant_permissions(
            AUTHOR,
            {
                **dict.fromkeys([*BOOK_PARTS, *WRITEUPS], ALL),
                "books.book": ("view", "add", "change"),
                "books.contributor": ("view", "add"),
                "meetups.meetup": ("view",),
            },
        ),
    ]
