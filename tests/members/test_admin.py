import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from members.models import Author, Member
from tests.factories import make_author, make_member, make_picture_file
from tests.pages import soup_of


def get_change_url(member):
    return reverse("admin:members_member_change", args=[member.pk])


def messages(response):
    return [each.get_text(strip=True) for each in soup_of(response).select(".errorlist li")]


def test_member_add_without_password(organiser_client):
    organiser_client.post(reverse("admin:members_member_add"), {"email": "Nick@Example.org", "name": "Nick"})

    nick = Member.objects.get(name="Nick")
    assert nick.email == "nick@example.org"
    assert not nick.has_usable_password()


def test_member_add_with_password_allows_login(organiser_client, client):
    organiser_client.post(
        reverse("admin:members_member_add"),
        {"email": "nick@example.org", "name": "Nick", "password": "tide-and-salt-9"},
    )

    assert Member.objects.get(name="Nick").check_password("tide-and-salt-9")


def test_member_add_refuses_weak_password_and_keeps_other_fields(organiser_client):
    response = organiser_client.post(
        reverse("admin:members_member_add"), {"email": "nick@example.org", "name": "Nick", "password": "12345"}
    )

    page = soup_of(response)
    assert any("Take a longer one" in each for each in messages(response))
    assert page.select_one("[name=email]")["value"] == "nick@example.org"
    assert not Member.objects.filter(name="Nick").exists()


@pytest.mark.both_databases
def test_member_add_refuses_same_address_in_other_case(organiser_client, bob):
    response = organiser_client.post(reverse("admin:members_member_add"), {"email": "BOB@example.org"})

    assert messages(response)
    assert Member.objects.filter(email__iexact="bob@example.org").count() == 1


def test_member_pages_show_no_password_hash(organiser_client):
    member = make_member(password="tide-and-salt-9")

    page = organiser_client.get(get_change_url(member)).content.decode()

    assert "One is set." in page
    assert member.password not in page
    assert member.password.split("$")[0] not in page


def test_organiser_sets_a_new_password(organiser_client, bob):
    address = reverse("admin:auth_user_password_change", args=[bob.pk])

    response = organiser_client.post(
        address,
        {"usable_password": "true", "password1": "tide-and-salt-9", "password2": "tide-and-salt-9"},
    )

    bob.refresh_from_db()
    assert response.status_code == 302
    assert bob.check_password("tide-and-salt-9")


@pytest.mark.both_databases
def test_admin_email_change_disables_login_with_old_address(organiser_client, bob):
    EmailAddress.objects.create(user=bob, email=bob.email, primary=True, verified=True)

    organiser_client.post(get_change_url(bob), {"email": "bob@new.example", "name": bob.name, "is_active": "on"})

    bob.refresh_from_db()
    assert bob.email == "bob@new.example"
    assert not EmailAddress.objects.filter(email="bob@example.org").exists()


def test_organiser_cannot_make_a_superuser(organiser_client, bob, olga):
    for member in (bob, olga):
        organiser_client.post(
            get_change_url(member), {"email": member.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}
        )

    assert not Member.objects.filter(is_superuser=True).exists()


def test_organiser_cannot_change_a_superuser(organiser_client):
    root = make_member("root@example.org", password="tide-and-salt-9", is_superuser=True)
    password = {"usable_password": "true", "password1": "now-it-is-mine", "password2": "now-it-is-mine"}

    answers = [
        organiser_client.post(get_change_url(root), {"email": "olga@example.org"}),
        organiser_client.post(reverse("admin:auth_user_password_change", args=[root.pk]), password),
        organiser_client.post(reverse("admin:members_member_delete", args=[root.pk]), {"post": "yes"}),
    ]

    root.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (root.email, root.check_password("tide-and-salt-9")) == ("root@example.org", True)


def test_organiser_cannot_bulk_delete_superusers(organiser_client, bob):
    root = make_member(is_superuser=True)

    organiser_client.post(
        reverse("admin:members_member_changelist"),
        {"action": "delete_selected", "_selected_action": [bob.pk, root.pk], "post": "yes"},
    )

    assert Member.objects.filter(pk=root.pk).exists()


def author_form(**fields):
    return {"name": "Michele Mauricio", "slug": "", "job_title": "", "bio": "", "email": "", "phone": ""} | fields


def test_author_add_picks_a_free_slug(organiser_client):
    make_author(slug="michele-mauricio")

    organiser_client.post(reverse("admin:members_author_add"), author_form())

    assert Author.objects.get(name="Michele Mauricio").slug == "michele-mauricio-2"


def test_author_form_damaged_photo_keeps_typed_text(organiser_client):
    whole = make_picture_file(size=(400, 300))
    whole.seek(0)
    cut = whole.read()[:900]
    whole.file = type(whole.file)(cut)
    whole.size = len(cut)

    response = organiser_client.post(reverse("admin:members_author_add"), author_form(bio="A *reader*", photo=whole))

    page = soup_of(response)
    assert messages(response) == ["This picture is damaged. Send it again, or another."]
    assert page.select_one("[name=bio]").get_text().strip() == "A *reader*"
    assert not Author.objects.exists()


def test_author_form_saves_and_shows_photo(organiser_client):
    organiser_client.post(reverse("admin:members_author_add"), author_form(photo=make_picture_file()))

    author = Author.objects.get()
    page = soup_of(organiser_client.get(reverse("admin:members_author_change", args=[author.pk])))
    assert author.photo.name.endswith(".webp")
    assert page.select_one("img.picture")["src"] == author.photo.url


@pytest.mark.parametrize("bio", ["[" * 3000, "> " * 500, "*" * 5000, "x" * 70_000])
def test_author_form_unsafe_bio_is_refused_and_kept(organiser_client, bio):
    response = organiser_client.post(reverse("admin:members_author_add"), author_form(bio=bio))

    page = soup_of(response)
    assert len(messages(response)) == 1
    assert page.select_one("[name=bio]").get_text().strip() == bio.strip()


def test_superuser_deletes_a_lost_factor_and_sees_no_secret(client, alice):
    client.force_login(make_member(is_staff=True, is_superuser=True))
    factor = alice.authenticator_set.create(type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})

    pages = [client.get(f"/admin/mfa/authenticator/{page}") for page in ("", f"{factor.pk}/change/")]
    guess = client.get("/admin/mfa/authenticator/?data__secret__startswith=J")
    client.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})

    assert [page.status_code for page in pages] == [200, 200]
    assert not any("JBSWY3DP" in page.content.decode() for page in pages)
    assert guess.status_code != 200
    assert not alice.authenticator_set.exists()


@pytest.fixture
def factors_of_alice_and_bob(alice, bob):
    for member in (alice, bob):
        for kind in ("totp", "webauthn", "recovery_codes"):
            member.authenticator_set.create(type=kind, data={"name": "A key"})


def delete_factor(client, factor):
    return client.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})


def delete_selected(client, factors, **confirmation):
    data = {"action": "delete_selected", "_selected_action": [factor.pk for factor in factors]}
    return client.post("/admin/mfa/authenticator/", data | confirmation)


def list_kinds(member):
    return sorted(member.authenticator_set.values_list("type", flat=True))


@pytest.mark.usefixtures("factors_of_alice_and_bob")
def test_recovery_codes_go_with_the_last_lost_factor(client, alice, bob):
    client.force_login(make_member(is_staff=True, is_superuser=True))

    delete_factor(client, alice.authenticator_set.get(type="totp"))
    assert list_kinds(alice) == ["recovery_codes", "webauthn"]
    delete_factor(client, alice.authenticator_set.get(type="webauthn"))
    assert list_kinds(alice) == []
    delete_selected(client, bob.authenticator_set.exclude(type="recovery_codes"), post="yes")
    assert list_kinds(bob) == []


@pytest.mark.usefixtures("factors_of_alice_and_bob")
def test_pages_that_ask_before_a_factor_is_deleted_say_whose_it_is(client, alice, bob):
    client.force_login(make_member(is_staff=True, is_superuser=True))
    factors = [member.authenticator_set.get(type="totp") for member in (alice, bob)]

    one = client.get(f"/admin/mfa/authenticator/{factors[0].pk}/delete/")
    several = delete_selected(client, factors)

    assert f"TOTP Authenticator of {alice} ({alice.email})" in one.text
    for member in (alice, bob):
        assert f"TOTP Authenticator of {member} ({member.email})" in several.text
