"""The first view of a write-up fits into the first packets that a server sends."""

import pytest

from bench.page_weight import LIMIT, SAMPLE, weigh

pytestmark = pytest.mark.browser


def test_a_write_up_and_its_style_sheet_fit_into_the_first_packets(port):
    page, sheet = weigh(port, SAMPLE)

    assert (page.encoding, sheet.encoding) == ("gzip", "gzip")
    assert page.body + sheet.body <= LIMIT
