"""Nothing in the admin scrolls sideways, is cut or overlaps, on a desk and on a phone.

`make test` opens a sample, `make test-all` and `python -m bench.admin_widths` every page that the URL patterns have.
"""

import json
import re
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalChanges

from tests.access.addresses import addresses_of
from tests.access.making import make_world
from tests.access.roles import SUPERUSER, make_client
from tests.access.url_patterns import all_patterns
from tests.browser.layout import find_layout_faults
from tests.factories import make_book, make_club, make_meetup, make_member, make_question, make_rsvp, make_writeup

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WITH_LONG_TEXTS = {"books", "meetups", "members", "newsletter", "bookclub", "account"}
WIDTHS = [1440, 1024, 390, 360]
# Longer than most, with a word that no line of a phone holds.
LONG_TEXT = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft, and what the readers said of it "
    "over a long evening with tea, a second helping of everything and no end in sight"
)
LONG_ADDRESS = "somebody-with-a-name-that-fills-the-whole-line-{}@a-library-in-a-small-town.example.org"
KEPT_FIELDS = re.compile(
    r"slug|token|password|digest|key|kind|code|state|zone|retention|sent_by|left_by|image|cover|photo"
)


def test_long_texts_fit_on_a_desk_and_on_a_phone(organiser_page):
    page = organiser_page
    book = make_book(title=LONG_TEXT[:200], published_at=None)
    make_question(book=book, text=LONG_TEXT)
    meetup = make_meetup(book=book, standfirst=LONG_TEXT)
    make_rsvp(meetup, make_member(LONG_ADDRESS.format(1), name=LONG_TEXT[:120]))
    writeup = make_writeup(book=book, title=LONG_TEXT[:160])
    addresses = [
        reverse("admin:books_question_changelist"),
        reverse("admin:books_book_changelist") + "?q=nothing+has+this",
        reverse("admin:members_member_changelist"),
        reverse("admin:meetups_writeup_change", args=[writeup.pk]),
        reverse("admin:meetups_meetup_guest_list", args=[meetup.pk]),
    ]

    found = {}
    for address in addresses:
        page.goto(address)
        found |= {(address, width): faults for width, faults in find_layout_faults(page, [1440, 390]).items()}

    assert found == {}


def test_layout_faults_are_found(page):
    """The control: what the search for faults must report."""
    page.set_content("""<!doctype html><html lang="en"><title>A page</title><body style="margin: 0">
        <div style="width: 50rem">Wide</div>
        <div style="width: 5rem; overflow: hidden; white-space: nowrap">Words that are cut</div>
        <button style="position: absolute; top: 5rem; left: 0">One</button>
        <button style="position: absolute; top: 5rem; left: 0">Other</button>""")

    faults = find_layout_faults(page, [390])[390]

    assert [fault.partition(":")[0] for fault in faults] == ["scrolls sideways", "cut", "overlap"]


@pytest.mark.all_tests
def test_whole_admin_fits(page, live_server, record_property):
    """Lists empty and full, with nothing found, forms new, filled and refused, extra pages, what actions ask."""
    make_club()
    boss = make_member("first@example.org", name="First", is_staff=True, is_superuser=True)
    found, screens = {}, []

    def measure(name):
        screens.append(name)
        if faults := find_layout_faults(page, WIDTHS):
            found[name] = faults

    sign_in(page, live_server, boss)
    for address in list_addresses():
        open_page(page, live_server, address)
        measure(f"{address} (empty)")
    apps.get_model("bookclub.Club").objects.all().delete()
    boss.delete()
    world = make_world()
    lengthen_texts()
    client = make_client(world.people[SUPERUSER], {})
    sign_in(page, live_server, world.people[SUPERUSER])
    for address in page_addresses(world, client):
        open_page(page, live_server, address)
        measure(address)
    for address in list_addresses():
        open_page(page, live_server, f"{address}?q=nothing+is+called+this")
        measure(f"{address} (nothing found)")
        for action in confirmed_actions(page, live_server, address):
            measure(f"{address} ({action})")
    for address in form_addresses():
        if refuse_form(page, live_server, address):
            measure(f"{address} (refused)")

    record_property("screens", json.dumps(screens))
    record_property("faults", json.dumps(found))
    assert found == {}


def sign_in(page, live_server, member):
    cookie = make_client(member, {}).cookies["sessionid"]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


def open_page(page, live_server, address):
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(live_server.url + address)


def registered():
    return [model._meta for model in admin.site._registry]  # noqa: SLF001 - the list has no other name


def list_addresses():
    return [reverse(f"admin:{each.app_label}_{each.model_name}_changelist") for each in registered()]


def form_addresses():
    return [reverse(f"admin:{each.app_label}_{each.model_name}_add") for each in registered()]


def page_addresses(world, client):
    """Return an address of each URL pattern of the admin that answers with a page."""
    found = []
    for pattern in dict.fromkeys(each for each in all_patterns() if each.is_admin):
        for address in addresses_of(world, pattern):
            response = client.get(address.full)
            is_page = response.status_code == 200 and "text/html" in response["Content-Type"]
            response.close()
            if is_page:
                found.append(address.full)
                break
    return found


def lengthen_texts():
    """Make the texts and the addresses of all rows as long as they may be."""
    for model in apps.get_models():
        if model._meta.app_label not in WITH_LONG_TEXTS or issubclass(model, HistoricalChanges):
            continue
        rows = model._base_manager.all()  # noqa: SLF001 - past what managers hide
        for number, row in enumerate(rows):
            filled = [field for field in model._meta.fields if getattr(row, field.attname)]
            values = {field.name: long_value(field, f"{model._meta.model_name}-{number}") for field in filled}
            rows.filter(pk=row.pk).update(**{name: value for name, value in values.items() if value})


def long_value(field, number):
    """Return a long text for a field that people fill in with words, or a long address; None for any other."""
    if isinstance(field, models.EmailField):
        return LONG_ADDRESS.format(number)
    if type(field) not in {models.CharField, models.TextField} or field.choices or field.unique:
        return None
    if KEPT_FIELDS.search(field.name) or (field.max_length or 60) < 60:
        return None
    return f"{LONG_TEXT[: (field.max_length or 400) - len(number) - 1]} {number}"


def confirmed_actions(page, live_server, address):
    """Choose each action of a list that asks first, for all rows of its page; yield its name on the page that asks."""
    open_page(page, live_server, address)
    options = page.locator("select[name=action] option").evaluate_all("all => all.map(each => [each.value, each.text])")
    for action, words in options:
        if not (action == "delete_selected" or words.endswith("…") or "would like to join" in words):
            continue
        open_page(page, live_server, address)
        if not page.locator("input.action-select").count():
            return
        page.locator("input.action-select").evaluate_all("all => all.forEach(each => each.checked = true)")
        page.locator("select[name=action]").select_option(action)
        with page.expect_navigation():
            page.locator("button[name=index]").first.evaluate("each => each.click()")
        if urlsplit(page.url).path != address or page.locator("form.confirm, input[name=post]").count():
            yield action


def refuse_form(page, live_server, address):
    """Post an empty form of a new row; return whether it came back with errors."""
    open_page(page, live_server, address)
    button = page.locator("input[name=_save]")
    if not button.count():
        return False
    with page.expect_navigation():
        button.first.evaluate("each => { each.form.noValidate = true; each.click() }")
    return page.locator(".errornote, .errorlist").count() > 0
