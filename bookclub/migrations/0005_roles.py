from django.db import migrations

from bookclub.roles import ALL, AUTHOR, ORGANISER, permit

ITEMS = ["books.note", "books.term", "books.question", "books.quote", "books.reading"]
BOOKS = ["books.book", "books.contributor", "books.contribution", *ITEMS]
MEETUPS = ["meetups.venue", "meetups.meetup", "meetups.writeup", "meetups.sessionnote", "meetups.photo"]
PEOPLE = ["members.member", "members.author"]


class Migration(migrations.Migration):
    dependencies = [
        ("bookclub", "0004_publishing_is_a_permission"),
        ("books", "0003_first_versions"),
        ("meetups", "0003_first_versions"),
        ("members", "0002_versions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        permit(
            ORGANISER,
            {
                "bookclub.club": (*ALL, "view_drafts", "publish"),
                **dict.fromkeys(["bookclub.communitylink", *BOOKS, *MEETUPS, *PEOPLE], ALL),
            },
        ),
        permit(
            AUTHOR,
            {
                "meetups.meetup": ("view",),
                **dict.fromkeys(["meetups.writeup", "meetups.sessionnote", "meetups.photo"], ALL),
                "books.book": ("view", "add", "change"),
                "books.contributor": ("view", "add"),
                **dict.fromkeys(["books.contribution", *ITEMS], ALL),
            },
        ),
    ]
