import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString

from bookclub.error_pages import render_error_page
from bookclub.templatetags import bookclub as tags
from meetups.models import Meetup
from tests import factories as make


def text(html):
    return BeautifulSoup(html, "html.parser").get_text()


@pytest.mark.parametrize(
    ("fields", "part", "shown"),
    [
        ({}, "all", "Wednesday 13 February 2019, 7 pm to 9.30 pm, London time"),
        ({"end_time": None}, "time", "7 pm, London time"),
        ({"start_time": dt.time(12), "end_time": dt.time(0)}, "time", "noon to midnight, London time"),
        ({"start_time": dt.time(0, 30), "end_time": dt.time(11, 5)}, "time", "12.30 am to 11.05 am, London time"),
        ({"time_zone": "America/New_York"}, "time", "7 pm to 9.30 pm, New York time"),
        ({"start_time": None, "end_time": None}, "all", "Wednesday 13 February 2019"),
        ({"start_time": None, "end_time": None}, "time", ""),
        ({"date": None}, "all", "To be announced"),
        ({"date": None}, "time", ""),
    ],
)
def test_when_formats_date_and_time(db, fields, part, shown):
    times = {"date": dt.date(2019, 2, 13), "start_time": dt.time(19), "end_time": dt.time(21, 30)}
    if "date" in fields:
        times = {}

    assert text(tags.when({}, make.make_meetup(**times | fields), part)) == shown


def test_when_has_a_machine_readable_time_with_offset(db):
    summer = make.make_meetup(date=dt.date(2018, 10, 10), start_time=dt.time(19))

    assert 'datetime="2018-10-10T19:00:00+01:00"' in tags.when({}, Meetup.objects.get(pk=summer.pk))


def test_when_keeps_day_month_and_year_together_in_a_heading(db):
    meetup = make.make_meetup(date=dt.date(2026, 12, 23))

    heading = tags.when({}, meetup, "heading")

    assert text(heading) == "Wednesday 23 December 2026"
    assert '<span class="full-date">23 December 2026</span>' in heading
    assert tags.when({}, make.make_meetup(date=None), "heading") == "To be announced"


def test_day_is_in_the_current_time_zone(settings):
    assert text(tags.day(dt.datetime(2018, 10, 10, 23, 30, tzinfo=dt.UTC))) == "11 October 2018"


@pytest.mark.parametrize(
    ("html", "quoted"),
    [
        ("<p>One</p>", "<p>“One”</p>"),
        ("<p>One</p>\n<p>Two</p>", "<p>“One</p>\n<p>Two”</p>"),
        ("<p><em>One</em> two</p>", "<p>“<em>One</em> two”</p>"),
        ('<p><span class="editorial">[A]</span> b</p>', '<p>“<span class="editorial">[A]</span> b”</p>'),
        ("<p>a &lt; b</p>", "<p>“a &lt; b”</p>"),
        ("<p>a<br>\nb</p>", "<p>“a<br>\nb”</p>"),
        ("", "“”"),
    ],
)
def test_in_quotation_marks(html, quoted):
    assert tags.in_quotation_marks(SafeString(html)) == quoted


@pytest.mark.parametrize(
    ("html", "inside"),
    [
        ("<p>One</p>", "One"),
        ('<p dir="auto">אחד</p>', "אחד"),
        ("<p>a</p>\n<p>b</p>", "<p>a</p>\n<p>b</p>"),
        ('<p dir="auto">א</p>\n<p>b</p>', '<p dir="auto">א</p>\n<p>b</p>'),
    ],
)
def test_unwrap_paragraph(html, inside):
    assert tags.unwrap_paragraph(SafeString(html)) == inside


@pytest.mark.parametrize(("people", "said"), [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")])
def test_join_names(people, said):
    assert tags.join_names(people) == said


def test_join_isolated_names():
    html = tags.join_isolated_names(["עדה", "<b>", "Cy"])

    assert html == "<bdi>עדה</bdi>, <bdi>&lt;b&gt;</bdi> and <bdi>Cy</bdi>"
    assert isinstance(html, SafeString)


@pytest.mark.parametrize(("number", "word"), [(0, "no"), (8, "eight"), (12, "twelve"), (13, "13"), (-1, "-1")])
def test_number_in_words(number, word):
    assert tags.number_in_words(number) == word


@pytest.mark.parametrize(
    ("tag", "html"),
    [
        (tags.in_quotation_marks, "“&lt;script&gt;alert(1)&lt;/script&gt;”"),
        (tags.unwrap_paragraph, "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)
def test_html_filter_escapes_text_that_is_not_marked_safe(tag, html):
    assert tag("<script>alert(1)</script>") == html


@pytest.mark.parametrize(("code", "lang"), [("en-gb", "en-GB"), ("de", "de"), ("zh-hant", "zh-Hant")])
def test_pages_and_mails_declare_the_language_of_the_setting(client, db, settings, code, lang):
    settings.LANGUAGE_CODE = code

    with translation.override(code):
        pages = [client.get("/").text, client.get("/nowhere/").text, render_error_page(500).text]
        mail = render_to_string("email/base.html")

    assert [BeautifulSoup(page, "html.parser").html["lang"] for page in [*pages, mail]] == [lang] * 4
