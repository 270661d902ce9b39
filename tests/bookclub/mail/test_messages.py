"""Headers of mails with text that looks like encoded words (RFC 2047)."""

import pytest

from bookclub.mail.messages import Message

LOOKALIKES = ["=?xx?q?a?=", "=?utf-8?b?a?=", "=?utf-8?q?=ff?=", "=?utf-8?q?=41?="]


@pytest.mark.parametrize("typed", LOOKALIKES)
def test_address_that_looks_like_an_encoded_word_stays(typed):
    message = Message("Hello", "Text", "club@example.org", [f"{typed}@example.org"]).message()

    assert message["To"] == f"{typed}@example.org"


@pytest.mark.parametrize("typed", LOOKALIKES)
def test_name_that_looks_like_an_encoded_word_can_be_sent(typed):
    message = Message("Hello", "Text", f"{typed} club <club@example.org>", ["ann@example.org"]).message()

    assert message["From"].endswith("<club@example.org>")
