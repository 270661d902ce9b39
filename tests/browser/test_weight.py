"""The size of a first visit to a write-up."""

import pytest

from bench.page_weight import LIMIT, SAMPLE, weigh

pytestmark = pytest.mark.browser


def test_writeup_and_style_sheet_stay_within_the_size_limit(port):
    page, sheet = weigh(port, SAMPLE)

    assert (page.encoding, sheet.encoding) == ("gzip", "gzip")
    assert page.body + sheet.body <= LIMIT
