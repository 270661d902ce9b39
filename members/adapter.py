from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.urls import reverse


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Organisers make the accounts."""
        return False

    def get_reset_password_from_key_url(self, key):
        """Never by the host of the request, which whoever sends it chooses."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return settings.SITE_URL + path
