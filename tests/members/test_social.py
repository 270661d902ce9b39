"""Signing in with Google or GitHub: a matter of configuration, so in a process that is configured so."""

import json
import shutil
import subprocess
import sys

from django.conf import settings

from bookclub.environment import BASE_DIR
from tests.serving import environment_in

ASKED = {"SOCIAL_LOGIN": "google,github", "GOOGLE_CLIENT_ID": "g", "GOOGLE_SECRET": "s", "GITHUB_CLIENT_ID": "h"}
SCRIPT = """
import json, django
django.setup()
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.test import Client, RequestFactory
from bookclub.models import Club
from members.models import Member

call_command("migrate", "socialaccount", verbosity=0)
Club.objects.update(joining="open")
client = Client(SERVER_NAME="localhost")
page = client.get("/accounts/login/")
there = client.post("/accounts/google/login/?process=login")

def come(uid, email, verified):
    request = RequestFactory(SERVER_NAME="localhost").get("/accounts/google/login/callback/")
    request.session, request.user, request.club = client.session, AnonymousUser(), Club.objects.current()
    request._messages = Silence()
    with context.request_context(request):
        address = EmailAddress(email=email, verified=verified, primary=True)
        account = SocialAccount(provider="google", uid=uid, extra_data={})
        provider = get_adapter().get_provider(request, "google")
        login = SocialLogin(
            user=Member(name="Nina New"), account=account, email_addresses=[address], provider=provider
        )
        answer = complete_social_login(request, login)
    return [answer.status_code, answer.headers.get("Location", ""), request.user.is_authenticated and request.user.email]

class Silence(list):
    def add(self, *words, **more): pass

Member.objects.create_user("bob@example.org", name="Bob")
answers = {
    "unverified": come("1", "bob@example.org", False),
    "known": come("2", "bob@example.org", True),
    "again": come("2", "other@example.org", True),
    "new": come("3", "nina@example.org", True),
}
Club.objects.update(joining="closed")
answers["closed"] = come("4", "late@example.org", True)
print(json.dumps({
    "buttons": [words in page.content.decode() for words in ("Sign in with Google", "Sign in with GitHub")],
    "policy": page["Content-Security-Policy"],
    "there": there.headers["Location"],
    "answers": answers,
    "nina": [(nina.name, nina.standing) for nina in Member.objects.filter(email="nina@example.org")],
}))
"""


def start(folder, **more):
    environment = environment_in(folder, **more)
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], env=environment, cwd=BASE_DIR, capture_output=True, text=True
    )


def test_who_comes_from_elsewhere_is_led_to_the_account_of_a_confirmed_address(sample, tmp_path):
    folder = shutil.copytree(sample, tmp_path / "data")

    process = start(folder, **ASKED, GITHUB_SECRET="t")

    assert process.returncode == 0, process.stderr
    seen = json.loads(process.stdout.splitlines()[-1])
    assert seen["buttons"] == [True, True]
    assert "form-action 'self' https://accounts.google.com https://github.com" in seen["policy"]
    assert seen["there"].startswith("https://accounts.google.com/")
    assert seen["answers"] == {
        "unverified": [302, "/accounts/login/", False],
        "known": [302, "/", "bob@example.org"],
        "again": [302, "/", "bob@example.org"],
        "new": [302, "/", "nina@example.org"],
        "closed": [200, "", False],
    }
    assert seen["nina"] == [["Nina New", "member"]]


def test_a_name_without_its_secret_stops_the_start_with_a_sentence(tmp_path):
    process = start(tmp_path, **ASKED)

    assert process.returncode != 0
    assert process.stderr.strip().startswith("GITHUB_SECRET is missing: put the secret that github gave there")


def test_nobody_else_is_asked_where_nothing_is_set():
    assert settings.SOCIAL_LOGIN == []
    assert not any("socialaccount" in app for app in settings.INSTALLED_APPS)
