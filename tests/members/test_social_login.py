"""Login with Google or GitHub, in a process of its own, as the settings are read once."""

import json
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from bookclub.environment import BASE_DIR
from tests.serving import environment_in

SETTINGS = {"SOCIAL_LOGIN": "google,github", "GOOGLE_CLIENT_ID": "g", "GOOGLE_SECRET": "s", "GITHUB_CLIENT_ID": "h"}
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
from bookclub.core.models import Club
from members.models import Member
from members.privacy import export_social_accounts

call_command("migrate", "socialaccount", verbosity=0)
Club.objects.update(joining="open")
client = Client(SERVER_NAME="localhost")
page = client.get("/accounts/login/")
there = client.post("/accounts/google/login/?process=login")

def log_in_with_google(uid, email, verified):
    request = RequestFactory(SERVER_NAME="localhost").get("/accounts/google/login/callback/")
    request.session, request.user, request.club = client.session, AnonymousUser(), Club.objects.current()
    request._messages = Silence()
    with context.request_context(request):
        address = EmailAddress(email=email, verified=verified, primary=True)
        account = SocialAccount(provider="google", uid=uid, extra_data={"locale": "en"})
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
    "unverified": log_in_with_google("1", "bob@example.org", False),
    "known": log_in_with_google("2", "bob@example.org", True),
    "again": log_in_with_google("2", "other@example.org", True),
    "new": log_in_with_google("3", "nina@example.org", True),
}
Club.objects.update(joining="closed")
answers["closed"] = log_in_with_google("4", "late@example.org", True)
print(json.dumps({
    "buttons": [words in page.content.decode() for words in ("Sign in with Google", "Sign in with GitHub")],
    "policy": page["Content-Security-Policy"],
    "there": there.headers["Location"],
    "answers": answers,
    "export": [
        {name: str(value) if name == "since" else value for name, value in each.items()}
        for each in export_social_accounts(Member.objects.get(email="bob@example.org"))
    ],
    "linked_at": str(SocialAccount.objects.get(uid="2").date_joined),
    "nina": [(nina.name, nina.status) for nina in Member.objects.filter(email="nina@example.org")],
}))
"""


def run_script(folder, **more):
    environment = environment_in(folder, **more)
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], env=environment, cwd=BASE_DIR, capture_output=True, text=True
    )


@pytest.mark.all_tests
def test_social_login_connects_account_by_verified_address(sample, tmp_path):
    folder = shutil.copytree(sample, tmp_path / "data")

    process = run_script(folder, **SETTINGS, GITHUB_SECRET="t")

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
    assert seen["export"] == [
        {"name": "google", "your_key_there": "2", "told_us": {"locale": "en"}, "since": seen["linked_at"]}
    ]


def test_social_login_setting_without_secret_stops_the_start(tmp_path):
    process = run_script(tmp_path, **SETTINGS)

    assert process.returncode != 0
    assert process.stderr.strip().startswith("GITHUB_SECRET is missing: set it to the secret that github gave")


def test_social_login_is_off_by_default():
    assert settings.SOCIAL_LOGIN == []
    assert not any("socialaccount" in app for app in settings.INSTALLED_APPS)
