"""No list of the admin can be filtered, searched or ordered by a secret, whatever the query string says."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse

from bench.page_people import data_of
from tests import factories as make
from tests.pages import soup_of

HOPS = 3
SECRET_LIKE = re.compile(
    r"pass|token|secret|key|hash|digest|data|session|fingerprint|signature|nonce|salt|seed|credential|code"
)
# Whoever knows one of these can sign in, act for somebody, or read what is for another reader alone.
SECRETS = {
    "account.EmailConfirmation.key",
    "admin.LogEntry.change_message",
    "bookclub.MailRequest.address_hash",
    "bookclub.MailRequest.network_hash",
    "bookclub.OutgoingMail.calendar",
    "bookclub.OutgoingMail.headers",
    "bookclub.OutgoingMail.html",
    "bookclub.OutgoingMail.key",
    "bookclub.OutgoingMail.message_id",
    "bookclub.OutgoingMail.subject",
    "bookclub.OutgoingMail.text",
    "meetups.Paste.digest",
    "meetups.PreviewLink.digest",
    "meetups.PreviewLink.token",
    "meetups.RSVP.message",
    "meetups.RSVP.removal_reason",
    "members.Author.phone",
    "members.Member.calendar_token",
    "members.Member.password",
    "members.MergedMember.calendar_token",
    "members.SignIn.session_key",
    "mfa.Authenticator.data",
    "newsletter.Issue.secret",
    "newsletter.MergedSubscriber.confirm_token",
    "newsletter.MergedSubscriber.token",
    "newsletter.ProviderReport.key",
    "newsletter.Refusal.key",
    "newsletter.Subscriber.confirm_token",
    "newsletter.Subscriber.new_request",
    "newsletter.Subscriber.token",
    "newsletter.SubscriberImportContent.data",
    "sessions.Session.session_data",
    "sessions.Session.session_key",
}
HARMLESS = {"auth.Permission.codename", "bookclub.ShareCard.digest", "meetups.WriteUp.sample_fingerprint"}
COMPARISONS = [
    "",
    "__exact",
    "__startswith",
    "__istartswith",
    "__contains",
    "__regex",
    "__gt",
    "__lte",
    "__in",
    "__isnull",
]


def name_field(field):
    return f"{field.model._meta.label}.{field.name}"


def walk(model, hops=HOPS, path="", seen=()):
    """Yield (path as in a lookup, field) of every column of `model` and of the models up to `hops` relations away."""
    for field in model._meta.get_fields():
        name = f"{path}{field.name}"
        if field.is_relation:
            yield name, field
            if hops and field.related_model and (model, field.name) not in seen:
                yield from walk(field.related_model, hops - 1, f"{name}__", (*seen, (model, field.name)))
        else:
            yield name, field


def registered():
    return sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)  # noqa: SLF001


def list_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture
def root_client(client, db):
    client.force_login(make.make_member(is_staff=True, is_superuser=True))
    return client


def test_every_field_with_a_secret_like_name_is_classified():
    fields = [field for model in apps.get_models(include_auto_created=True) for field in model._meta.get_fields()]
    found = {name_field(each) for each in fields if getattr(each, "column", None) and SECRET_LIKE.search(each.name)}

    assert found - SECRETS - HARMLESS == set(), "say in this module whether it is secret"
    assert {name_field(each) for each in fields if getattr(each, "column", None)} >= SECRETS | HARMLESS


@pytest.mark.parametrize(("model", "model_admin"), registered(), ids=lambda each: getattr(each, "__name__", ""))
def test_no_list_is_filtered_by_a_secret_or_by_anything_that_it_offers_no_filter_for(model, model_admin, rf, db):
    request = rf.get(list_url(model))
    request.user = make.make_member(is_superuser=True)
    offered = [
        each if isinstance(each, str) else each.parameter_name if isinstance(each, type) else each[0]
        for each in model_admin.list_filter
    ]
    columns = list(walk(model))

    allowed = {
        path
        for path, _ in columns
        for comparison in COMPARISONS
        if model_admin.lookup_allowed(path + comparison, "a", request)
    }

    assert allowed <= set(offered) | {f"{path}__id" for path in offered}
    assert len(columns) > 1
    secret = {path for path, field in columns if not field.is_relation and name_field(field) in SECRETS}
    assert not allowed & secret


def test_walk_reaches_secrets_over_relations():
    reached = {
        path
        for path, field in walk(apps.get_model("meetups.Meetup"))
        if not field.is_relation and name_field(field) in SECRETS
    }

    assert {
        "rsvps__member__password",
        "rsvps__member__sign_ins__session_key",
        "writeup__preview_link__token",
    } <= reached


@pytest.mark.parametrize(("model", "model_admin"), registered(), ids=lambda each: getattr(each, "__name__", ""))
def test_no_list_shows_searches_or_orders_by_a_secret(model, model_admin, rf):
    names = [*model_admin.search_fields, *model_admin.list_display, *(model_admin.ordering or ())]
    names += [
        getattr(getattr(model_admin, str(each), None), "admin_order_field", None) or ""
        for each in model_admin.list_display
    ]
    used = set()
    for name in map(str, names):
        try:
            used.add(name_field(get_fields_from_path(model, name.lstrip("-^=@"))[-1]))
        except (FieldDoesNotExist, AttributeError):
            continue

    assert not used & SECRETS


@pytest.mark.parametrize(
    ("label", "query"),
    [
        ("members.Member", "calendar_token__startswith=a"),
        ("members.Member", "password__startswith=md5"),
        ("members.Member", "sign_ins__session_key__startswith=a"),
        ("members.Member", "authenticator__data__icontains=a"),
        ("members.Author", "member__password__startswith=md5"),
        ("meetups.Meetup", "rsvps__message__startswith=a"),
        ("meetups.Meetup", "rsvps__member__email__startswith=a"),
        ("meetups.Meetup", "venue__name__startswith=a"),
        ("meetups.WriteUp", "preview_link__token__startswith=a"),
        ("newsletter.Subscriber", "token__startswith=a"),
        ("newsletter.Subscriber", "confirm_token__regex=^a"),
        ("newsletter.Delivery", "subscriber__token__startswith=a"),
        ("newsletter.Issue", "secret__gt=a"),
        ("bookclub.OutgoingMail", "text__contains=a"),
        ("mfa.Authenticator", "data__icontains=a"),
        ("mfa.Authenticator", "user__password__startswith=md5"),
        ("account.EmailAddress", "user__calendar_token__startswith=a"),
        ("auth.Group", "user__password__startswith=md5"),
        ("auth.Group", "_facets=True&user__password__startswith=md5"),
        ("members.Member", "_to_field=calendar_token"),
        ("members.Member", "_popup=1&_to_field=password"),
        ("newsletter.Subscriber", "_to_field=token"),
    ],
)
def test_guessing_a_secret_by_the_query_string_is_refused(root_client, label, query):
    make.make_member(calendar_token="a" * 43)

    response = root_client.get(f"{list_url(apps.get_model(label))}?{query}")

    assert response.status_code == 400


def test_autocomplete_does_not_answer_with_a_secret(root_client):
    make.make_member(name="Nick", calendar_token="a" * 43)
    address = f"{reverse('admin:autocomplete')}?app_label=members&model_name=author&field_name=member&term=Nick"

    plain, with_field = (
        root_client.get(address + more) for more in ("", "&_to_field=calendar_token&to_field=calendar_token")
    )

    assert plain.json()["results"][0]["text"] == "Nick"
    assert with_field.json() == plain.json()


def test_ordering_by_a_number_orders_by_shown_columns_alone(root_client):
    for letter in "ab":
        make.make_member(f"{letter}@example.org", calendar_token=letter * 43)

    answers = {
        root_client.get(f"{list_url(apps.get_model('members.Member'))}?o={order}").status_code
        for order in ("99", "-99", "password", "1.2")
    }

    assert answers == {200}


@pytest.mark.all_tests
def test_every_filter_link_of_every_list_still_works(root_client):
    member = make.make_organiser(name="Nick")
    Authenticator.objects.create(user=member, type="totp", data={"secret": "a"})
    EmailAddress.objects.create(user=member, email=member.email)
    make.make_photo()
    make.make_issue().deliveries.create(subscriber=make.make_subscriber())
    make.make_mail()
    links = {
        f"{list_url(model)}{link['href']}"
        for model, _ in registered()
        for link in soup_of(root_client.get(list_url(model), follow=True)).select("#changelist-filter a[href^='?']")
    }

    assert len(links) > 50
    assert {link for link in links if root_client.get(link).status_code != 200} == set()


@pytest.mark.parametrize(
    "query", ["utm_source=letter&utm_medium=email", "fbclid=x&state=published", "e=1", "_popup=1", "unknown__x=1"]
)
def test_parameters_that_name_no_field_are_ignored(root_client, query):
    shown, draft = make.make_quote(text="Words to find"), make.make_quote(text="A draft", published_at=None)

    page = root_client.get(f"{list_url(type(shown))}?{query}")

    assert page.status_code == 200
    assert [row.text in page.text for row in (shown, draft)] == [True, "state" not in query]
    assert root_client.get(f"{list_url(Authenticator)}?{query.partition('&')[0]}").status_code == 200


def test_saved_form_leads_back_to_the_list_with_its_filter(root_client):
    quote = make.make_quote(text="Words to find")
    page = soup_of(root_client.get(f"{list_url(type(quote))}?state=published&utm_source=letter"))
    address = page.select_one("#result_list tbody th a")["href"]
    form = soup_of(root_client.get(address)).select_one("#quote_form")

    back = root_client.post(address, data_of(form), follow=True)

    assert (back.status_code, back.redirect_chain[-1][0].partition("?")[0]) == (200, list_url(type(quote)))
    assert "state=published" in back.redirect_chain[-1][0]


def test_list_of_one_book_shows_its_items_alone(root_client):
    shown, other = make.make_quote(text="The wanted words"), make.make_quote(text="Other words")

    page = root_client.get(f"{list_url(type(shown))}?book__id__exact={shown.book_id}&state=published").content.decode()

    assert shown.text in page
    assert other.text not in page
