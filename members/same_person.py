"""Is it still the same person? For who has nothing that opens their account but their mail: by a code, as at the door.

`members.recently` asks; who has set a password or an app, or runs the club with a passkey, is asked for that by allauth.
"""

from allauth.account.internal.flows.login import record_authentication
from django.db import transaction

from members import mails
from members.codes import MailedCode, first_state


class SamePersonCode(MailedCode):
    purpose = "same-person"
    key = "same_person_code"

    def __init__(self, request, state):
        self.request, self.state = request, state

    @classmethod
    def of(cls, request):
        """The one that this session waits for, or None."""
        state = request.session.get(cls.key)
        return state and cls(request, state)

    @classmethod
    def send(cls, request):
        """To the address of the account."""
        before = cls.of(request)
        with transaction.atomic():
            asked = mails.ask(cls.purpose, request.user.email, request)
            asked.write("account/email/same_person_code")
        cls(request, first_state(asked, before)).persist()

    def persist(self):
        self.request.session[self.key] = self.state

    def finish(self):
        record_authentication(self.request, self.request.user, method="code", reauthenticated=True)
        del self.request.session[self.key]
