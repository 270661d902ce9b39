"""Scenes at the sample club before its pages are saved: users sign up, answer, join, write, and get mail.

Everything goes through pages: buttons by their words, fields by their labels or names, pages of the admin by the name
of the model. Each page that a form leads to is saved under "scenes", each mail under "mails".
"""

from pathlib import Path

from django.contrib.auth import get_user_model
from django.urls import reverse

from bench.page_crawl import Crawl, admin_pages, own_path, patterns_below
from bench.page_people import Person, Stage, admin_address, buttons_of, model_named, words_of

BASE_DIR = Path(__file__).resolve().parent.parent
ORGANISER = "michele@techtech.example"
WRITE_UP, LONG_WRITE_UP = "night-ferry.txt", "the-glass-orchard.txt"
SAMPLE_WRITE_UP = "05-a-week-with-walden.txt"
PASSWORD = "a pass phrase for one evening"  # noqa: S105 - of a club that lasts as long as the snapshot


def act_out(folder, clock):
    """Play all scenes, and save what each role can open before the last of them. Say which patterns led nowhere."""
    stage = Stage(folder, clock)
    people = before_the_crawl(stage)
    answered, codes = set(), {}
    for role, person, seeds, limit in roles(stage, people):
        if person.address:
            person.open("/accounts/email/")  # signed in a moment ago
        crawl = Crawl(person.client, person.saver(role), enters_admin=role in {"author", "organiser"})
        crawl.run([*seeds, "/nothing-here/", f"{reverse('admin:index')}nothing-here/"], limit)
        answered |= {route for route, found in crawl.answered.items() if found - {404}}
        codes = crawl.codes
    superuser = make_superuser(stage)
    for path in admin_pages():
        if codes.get(path) != 200:
            folder.save_response("superuser", path, superuser.client.get(path))
    after_the_crawl(stage, people)
    for route in patterns_below():
        if route not in answered:
            print(f"not reached: {route}")


def roles(stage, people):
    """(name, Person, where the crawl begins, most pages of a pattern)."""
    start = ["/", "/sitemap.xml", "/robots.txt", "/healthz"]
    yield "visitor", Person(stage, "visitor"), [*start, *stage.links, *stage.links_shown], 12
    yield "member", people["ada"], [*start, "/members/me/"], 12
    yield "author", people["hannah"], [*start, "/members/me/", *admin_pages()], 3
    yield "organiser", people["organiser"], [*start, "/members/me/", *admin_pages()], 8


def make_superuser(stage):
    get_user_model().objects.create_superuser("root@example.org", "", name="Root")
    return Person(stage, "superuser").come_in("root@example.org")


def before_the_crawl(stage):
    people = {"organiser": Person(stage, "organiser").come_in(ORGANISER)}
    save_seats(stage, people)
    people["hannah"] = make_author(stage, people["organiser"])
    keep_account(stage, people["ada"])
    subscribe(stage)
    write(people["organiser"])
    send_letters(stage, people["organiser"])
    make_meetups(stage, people)
    return people


def save_seats(stage, people):
    """Somebody is going, somebody waits for a seat, two for an organiser's yes, and one can't come."""
    organiser = people["organiser"]
    address = people["evening"] = organiser.open("/meetups/").soup.select_one("main a[href^='/meetups/20']")["href"]
    key = people["key"] = key_of_meetup(address)
    for name, button in [("ada", "Save me a seat"), ("ben", "Join the waiting list")]:
        person = people[name] = Person(stage, name).open(address)
        person.press(button, given_by(name)).type_code(f"{name}@example.org")
        organiser.open_admin("meetup", "change", key).press("Save", {"Seats": "8"})
    eve = people["eve"] = Person(stage, "eve").open("/accounts/signup/")
    eve.press("Send me a code", given_by("eve")).type_code("eve@example.org").open(address).press("I can’t come")
    organiser.open_admin("club", "change", 1).press("Save", {"Joining": "approval", "Guests that": "2"})
    for name in ["cleo", "dan"]:
        person = people[name] = Person(stage, name).open("/accounts/signup/")
        person.press("Send me a code", given_by(name)).type_code(f"{name}@example.org")
        person.open(address).press("Join the waiting list")
    Person(stage, "visitor").open(address).press("Join the waiting list", {"Your name": "", "Email address": "no"})
    stage.deliver()


def given_by(name):
    return {"Your name": f"{name.title()} Reader", "Email address": f"{name}@example.org"}


def key_of_meetup(address):
    model = model_named("meetup")
    return model.objects.get(slug=address.strip("/").rpartition("/")[2]).pk


def make_author(stage, organiser):
    """Hannah gets an account that may write."""
    form = organiser.open_admin("member", "add").soup
    group = next(each for each in form.select("label[for]") if words_of(each) == "Author")
    given = {"Name": "Hannah Okafor", "E-mail address": "hannah@example.org", "is_staff": "on"}
    organiser.press("Save", given | {"groups": form.find(id=group["for"])["value"]})
    member = get_user_model().objects.get(email="hannah@example.org")
    author = model_named("author").objects.get(name="Hannah Okafor")
    organiser.open_admin("author", "change", author.pk).press("Save", {"Member": str(member.pk)})
    return Person(stage, "hannah").come_in("hannah@example.org")


def keep_account(stage, member):
    """The mails of an account: password set, address changed, password forgotten."""
    password = {"password1": PASSWORD, "password2": PASSWORD}
    member.open("/members/me/").press("Save", {"Name": "Ada Lovelace Reader"})
    member.open("/accounts/password/set/").press("Keep this password", password)
    member.open("/accounts/email/").press("Change it to this", {"email": "ada.new@example.org"})
    stage.deliver()
    member.press("Change my address", {"Code": stage.code_for("ada.new@example.org")})
    member.address = "ada.new@example.org"
    member.open("/members/me/").press("Make my calendar’s address")
    stage.links_shown += [own_path(each["value"]) for each in member.soup.select("input[value*='/meetups/calendar/']")]
    for address in ["ada.new@example.org", "ben@example.org", "nobody@example.org"]:
        Person(stage, "visitor").open("/accounts/password/reset/").press("Send me the link", {"Email": address})
        Person(stage, "visitor").open("/accounts/login/").press("Send me a code", {"Email": address})
    stage.deliver()


def subscribe(stage):
    """One waits to be confirmed, one is on the list, one has left; one asks again."""
    for name in ["nina", "noel", "nora"]:
        reader = Person(stage, name).open("/newsletter/")
        reader.press("Sign me up", {"Email address": f"{name}@example.org"})
        stage.deliver()
        if name != "nora":
            reader.open(stage.link_for(f"{name}@example.org", "/newsletter/confirm/"))
            reader.press("Yes, send me the letter")
    stage.clock.shift(2 * 60 * 60)
    Person(stage, "nina").open("/newsletter/").press("Sign me up", {"Email address": "nina@example.org"})
    Person(stage, "visitor").open("/newsletter/").press("Sign me up", {"Email address": "somebody@gmial.com"})
    Person(stage, "visitor").open("/newsletter/").press("Sign me up", {"Email address": "somebody"})
    stage.deliver()


def write(organiser):
    """A draft from a paste, with a preview link; another paste that is only looked over."""
    writeup = model_named("write-up")
    published = writeup.objects.order_by("pk").first().pk
    look_over(organiser.open(reverse("admin:index")).follow("Paste a write-up"), SAMPLE_WRITE_UP)
    look_over(organiser.open_admin("write-up", "change", published).follow("Paste more"), SAMPLE_WRITE_UP)
    look_over(organiser.open(reverse("admin:index")).follow("Paste a write-up"), LONG_WRITE_UP)
    look_over(organiser.open(reverse("admin:index")).follow("Paste a write-up"), WRITE_UP)
    organiser.press("Show it again")
    organiser.press("Save as a draft")
    organiser.follow("Preview link").press("Make a link")
    organiser.stage.links_shown += [own_path(each["value"]) for each in organiser.soup.select("#id_link")]
    draft = writeup.objects.order_by("-pk").first().pk
    organiser.open_admin("write-up", "change", draft).press("Publish")
    organiser.open_admin("write-up", "change", draft).press("Schedule")
    organiser.open_admin("write-up", "change", published).press("Take back")
    organiser.open_admin("write-up", "change", published).press("Save and stay", {"Title": ""})
    organiser.open_admin("write-up", "change", published).press("Save", {"Standfirst": "Changed for once."})
    organiser.open_admin("write-up", "changelist")
    organiser.press("Go", {"action": "publish", "_selected_action": str(published)})
    organiser.open_admin("book", "changelist").press("Go", {"action": "delete_selected", "_selected_action": "1"})


def look_over(organiser, name):
    """Paste the write-up in the file of this name, wherever it is."""
    folders = [path for path in BASE_DIR.iterdir() if path.is_dir() and not path.name.startswith(".")]
    file = next(path for folder in sorted(folders) if folder.name != "bench" for path in folder.rglob(name))
    organiser.press("Look it over", {"text": file.read_text("utf-8")})


def send_letters(stage, organiser):
    """One is sent, one is for later, one is a draft; then a reader leaves."""
    writeup = model_named("write-up").objects.order_by("pk").first().pk
    organiser.open_admin("write-up", "change", writeup).press("Draft a letter")
    organiser.follow("Look and send").press("Send a test")
    organiser.press("Send …").press("Send it now")
    stage.deliver()
    organiser.open_admin("write-up", "change", writeup + 1).press("Draft a letter")
    organiser.follow("Look and send").press("Send …", {"at_0": "01/05/2026", "at_1": "19:00"}).press("Send it then")
    organiser.open_admin("write-up", "change", writeup + 2).press("Draft a letter")
    noel = Person(stage, "noel").open(stage.link_for("noel@example.org", "/newsletter/leave/"))
    noel.press(buttons_of(noel.soup)[0]).press("That was a mistake").press("Leave")


def make_meetups(stage, people):
    """One that opens later, one that is closed, one that is cancelled; the next one is at another time."""
    organiser = people["organiser"]
    for day, given in [
        ("08/04/2026", {"rsvps_open_at_0": "01/04/2026", "rsvps_open_at_1": "10:00"}),
        ("09/04/2026", {"rsvps_close_at_0": "02/03/2026", "rsvps_close_at_1": "10:00"}),
        ("10/04/2026", {}),
    ]:
        organiser.open_admin("meetup", "add")
        organiser.press(
            "Save", given | {"Date": day, "From": "19:00", "published_at_0": "01/03/2026", "published_at_1": "10:00"}
        )
    people["ada"].open("/meetups/2026-04-10/").press("Save me a seat")
    stage.deliver()
    cancelled = key_of_meetup("/meetups/2026-04-10/")
    organiser.open_admin("meetup", "change", cancelled).follow("Cancel …")
    organiser.press("Cancel the meetup", {"Why": "The room is flooded."})
    stage.deliver()
    organiser.follow("Take the cancelling back").press("It takes place after all")
    stage.deliver()
    organiser.follow("Cancel the meetup …").press("Cancel the meetup")
    organiser.open_admin("meetup", "change", people["key"]).press("Save", {"From": "18:30"})
    stage.clock.shift(10 * 60)
    stage.deliver()
    organiser.open_admin("meetup", "change", people["key"]).press("Draft a note")


def after_the_crawl(stage, people):
    """Answers to who waits, a seat that is passed on, reminders, a write-up, a goodbye: mostly mails."""
    organiser, key = people["organiser"], people["key"]
    organiser.open(admin_address("member", "changelist") + "?standing=waiting")
    for name, words in [("cleo", "yes"), ("dan", "no")]:
        member = get_user_model().objects.get(email=f"{name}@example.org").pk
        organiser.open_admin("member", "change", member).follow(f"Say {words}").press(f"Say {words}")
        stage.deliver()
    people["ada"].open(people["evening"]).press("I can’t come")
    stage.deliver()
    organiser.open_admin("meetup", "change", key).follow("Guest list").press("Give a seat")
    organiser.open_admin("meetup", "change", key).follow("Guest list").follow("Take off the list").press(
        "Take them off the list"
    )
    stage.deliver()
    organiser.open_admin("outgoing mail", "changelist").press("Stop all mail").press("Let mail leave again")
    people["ben"].open("/members/me/deletion/").press("Delete my account", {"address": "ben@example.org"})
    for _ in range(24):
        stage.clock.shift(24 * 60 * 60)
        stage.deliver()
    for name in ["ada", "cleo", "eve", "organiser"]:
        person = people[name]
        stage.folder.save_response("after", f"{name}{people['evening']}", person.client.get(people["evening"]))
