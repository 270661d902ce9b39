"""Proofreading: findings, false positives, and fixes that change one place."""

from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from bookclub.core.models import Club
from books.models import Question, Quote
from meetups.admin.proofreading import ProofreadingReport, apply_fix, hash_words
from meetups.models import SessionNote, WriteUp
from meetups.paste.importer import import_writeup
from meetups.proofreading import FACT, LINE, NAME, PROSE, QUOTE, TITLES, Place, Text, find_fixes, proofread
from tests.factories import (
    make_author,
    make_book,
    make_club,
    make_note,
    make_photo,
    make_picture_file,
    make_question,
    make_quote,
    make_reading,
    make_session_note,
    make_term,
    make_writer,
    make_writeup,
)
from tests.meetups.writeups import REFERENCE, needs_reference
from tests.pages import read_page

PLACE = Place("meetups.writeup", 1, "body", "the write-up")


def find(words, kind=PROSE, **more):
    """Return [(kind, excerpt), …] of the findings in one text."""
    return [(finding.kind, finding.excerpt) for finding in proofread([Text(PLACE, words, kind, **more)])]


def kinds(words, kind=PROSE, **more):
    return [kind for kind, _ in find(words, kind, **more)]


def sentences(words, kind=PROSE, **more):
    return [finding.sentence for finding in proofread([Text(PLACE, words, kind, **more)])]


# --- quotation marks and brackets


@pytest.mark.parametrize(
    "words",
    [
        "We met “tonight and talked.",
        "We met tonight” and talked.",
        "We met (tonight and talked.",
        "We met tonight) and talked.",
        "A [lack of evaluation",
        "A lack] of evaluation",
        "‘Smart cities are here.\n\nThey’re not.",
        "“One.\n\nTwo.",
        "He said «yes and went.",
        'He said "yes and went, and it\'s "late".',
        "He said “yes” and “no.",
    ],
)
def test_unbalanced_mark_is_found(words):
    assert kinds(words).count("balance") == 1


@pytest.mark.parametrize(
    "words",
    [
        "We met “tonight” (late), and [some] read {all}.",
        "It’s the readers’ book; don’t, ’tis, rock ’n’ roll in the ’90s.",
        "‘Smart cities’ and ‘the “urban” context’ aren’t new.",
        "“A quotation that goes on\n\n“and opens again\n\n“until it closes.”",
        "“A quotation of two paragraphs.\n\nIt closes at the end.”",
        "„So“ schreibt man, „so” auch, « et ainsi ».",
        "1) first\n2) second\na) third\n\n  iv) fourth",
        "A smile :) and a sad one :-( too.",
        "[a link](https://example.org/a_(b)) and `code (` (https://example.org/x)",
        'A 12" record and 5\'10" of height.',
        "> “Quoted,\n>\n> “and on.”",
    ],
)
def test_balanced_marks_make_no_finding(words):
    assert "balance" not in kinds(words)


def test_unbalanced_mark_has_excerpt():
    [finding] = proofread([Text(PLACE, "A long evening it was. We met “tonight and talked.", PROSE)])

    assert finding.sentence == "“ is opened and not closed. Add the other one, or take it away."
    assert finding.excerpt == "…evening it was. We met “tonight and talked."
    assert (finding.place, finding.fix) == (PLACE, None)


# --- typographic fixes


@pytest.mark.parametrize(
    ("words", "mended"),
    [
        ("And so on... it went", "And so on… it went"),
        ('He said "yes".', "He said “yes”."),
        ("It's the readers' book, rock 'n' roll, '90s", "It’s the readers’ book, rock ’n’ roll, ’90s"),
        ("The 'smart' city", "The ‘smart’ city"),
        ("a book -- and more", "a book – and more"),
        ("a book--and more", "a book – and more"),
        ("1914--1918", "1914–1918"),
        ('("Yes", she said)', "(“Yes”, she said)"),
        ('*"Yes"*', "*“Yes”*"),
    ],
)
def test_typographic_fixes_are_offered(words, mended):
    while fixes := [finding.fix for finding in find_fixes(Text(PLACE, words))]:
        words = fixes[0].apply(words)

    assert words == mended


@pytest.mark.parametrize(
    "words",
    [
        "Wait…. and then .... and . . .",
        "---\n\n- - -\n\n-----",
        "`a -- b...` and https://example.org/a--b...c",
        '[it](https://example.org/a--b "A title")',
        "<!-- not shown -->",
        "– “curly” ‘marks’ it’s",
    ],
)
def test_correct_typography_makes_no_offer(words):
    assert find_fixes(Text(PLACE, words)) == []


def test_fix_changes_one_place():
    words = "One... two... three...  “[sic]” \u00a0-– …"

    second = find_fixes(Text(PLACE, words))[1].fix

    assert second.apply(words) == "One... two… three...  “[sic]” \u00a0-– …"


def test_findings_of_a_kind_are_limited_and_counted():
    findings = proofread([Text(PLACE, "Oh... " * 40)])

    assert len(findings) == 5
    assert findings[-1].sentence.endswith("(35 more like this here.)")


# --- other findings


@pytest.mark.parametrize("note", ["Italics mine", "(emphasis added)", "our italics"])
def test_emphasis_note_without_emphasis_is_found(note):
    assert kinds("A plain definition", emphasis_note=note) == ["emphasis"]
    assert kinds("A *plain* definition", emphasis_note=note) == []


def test_emphasis_remark_in_text_is_found():
    assert kinds("“A plain definition.” (Italics mine)", LINE) == ["emphasis"]
    assert kinds("“A _plain_ definition.” (Italics mine)", LINE) == []
    assert kinds("Italics are mine to give", LINE) == ["emphasis"]
    assert kinds("We spoke of italics in mining", LINE) == []
    assert kinds("“A plain definition.” (emphasis added)\n\nAnother *book* of hers.") == ["emphasis"]
    assert kinds("“A *plain* definition.”\n\n(Italics mine)") == []
    assert kinds("„Ein einfacher Satz.“ (Hervorhebung von mir)") == ["emphasis"]


@pytest.mark.parametrize(
    "words", ["## Empty", "## Empty\n\n## Full\n\nText", "Text\n\n### Empty\n\n## Full\n\nText", "#"]
)
def test_empty_section_is_found(words):
    assert kinds(words) == ["sections"]


@pytest.mark.parametrize("words", ["## Full\n\nText", "# Part\n\n## Full\n\nText", "We are #1", "#hashtag"])
def test_filled_section_makes_no_finding(words):
    assert kinds(words) == []


@pytest.mark.parametrize("words", ["[here](https://a.example)", "[Click here!](/x)", "[*this link*](/x)", "[more][1]"])
def test_bare_link_text_is_found(words):
    assert kinds(words) == ["links"]


def test_descriptive_link_makes_no_finding():
    assert kinds("[our notes on the book](/x), and here [sic] we are") == []


@pytest.mark.parametrize(
    "words",
    [
        "Write to nick@example.org",
        "Ring 01306 632 854",
        "Ring +44 20 7946 0958",
        "Ring (020) 7946-0958",
        "Ring 07700900123",
    ],
)
def test_contact_data_is_found(words):
    assert kinds(words) == ["people"]


@pytest.mark.parametrize(
    "words",
    [
        "ISBN 978-1-138-84423-0",
        "ISBN 0 19 853453 1",
        "In 1914-1918 and 2018–2019",
        "10,000,000 readers, 2,500,000.00 pounds, 3.14159265358979",
        "https://example.org/01306632854",
        "nick@home",
        "2018-10-11 19:00",
    ],
)
def test_other_numbers_make_no_finding(words):
    assert kinds(words) == []


def test_public_name_is_found():
    assert sentences("Nick", NAME) == [
        "Everybody will read that Nick said this. Take the name off if they have not agreed."
    ]
    assert sentences("", NAME) == []


def test_hidden_name_in_prose_is_found():
    texts = [Text(PLACE, "They asked Nick Nolan, and nicknames were given. NICK!")]

    [finding] = proofread(texts, ["Nick", "Ada"])

    assert finding.sentence == "Nick is named here, for everybody. Ask them, or write it without the name."
    assert finding.excerpt == "They asked Nick Nolan, and nicknames we…"


def test_name_by_its_shape_is_found_in_one_finding_a_text():
    words = "Sam read it aloud; Bea cried. Sam laughed."
    other = Text(Place("meetups.writeup", 1, "standfirst", "the standfirst"), "For Xaxa", LINE)
    notes = [Text(Place("meetups.sessionnote", 1, "text", "session note 1"), "Too long – Xaxa", LINE)]

    findings = proofread([Text(PLACE, words), other, *notes])

    assert [(finding.place.name, finding.sentence) for finding in findings] == [
        (
            "the write-up",
            (
                "These look like names of people: Sam, Bea. Everybody will read them here. "
                "Ask them, or write it without names."
            ),
        ),
        (
            "the standfirst",
            "This looks like a person’s name: Xaxa. Everybody will read it here. Ask them, or write it without the name.",
        ),
        (
            "session note 1",
            "This looks like a person’s name: Xaxa. Everybody will read it here. Ask them, or write it without the name.",
        ),
    ]


def test_every_name_is_in_the_finding():
    words = "".join(f"{name}: I liked it.\n\n" for name in ("Anna", "Ben", "Carol", "Dee", "Emma", "Femi", "Greta"))

    [finding] = proofread([Text(PLACE, words)])

    assert "Anna, Ben, Carol, Dee, Emma, Femi, Greta." in finding.sentence


def test_words_of_the_book_are_no_names_of_people():
    assert sentences("Sam read it aloud.", QUOTE) == []


def test_missing_text_is_found():
    assert find("", FACT, wanted="Add one.") == [("missing", "")]
    assert sentences(" \n", PROSE, wanted="Add one.") == ["Add one."]
    assert sentences("“”", FACT, wanted="Add one.") == []
    assert sentences("") == []


def test_repeated_quotes_are_found():
    quotes = [
        "What constitutes a smart city is not universally agreed upon",
        "“What constitutes a *smart city* is not universally agreed upon.”",
        "What constitutes a smart city is not, universally, agreed on",
        "What constitutes a dumb town is widely agreed upon",
    ]
    texts = [Text(Place("books.quote", n, "text", f"quote {n}"), words, QUOTE) for n, words in enumerate(quotes, 1)]

    assert [(finding.place.key, finding.sentence) for finding in proofread(texts)] == [
        (2, "The same as quote 1. Keep one of them."),
        (3, "Nearly the same as quote 1. Keep one of them."),
    ]


HOSTILE_MARKS = ['"', "'", "“", "(", "[", "*", "#", "-", "--", "0 ", "a@", "a.", "](", " ", "# ", "\n\n“", "‘"]


@pytest.mark.parametrize("mark", HOSTILE_MARKS)
def test_hostile_text_gets_at_most_five_findings_of_a_kind(mark):
    findings = proofread([Text(PLACE, mark * 1000)])

    assert max(Counter(finding.kind for finding in findings).values(), default=0) <= 5


MARKS = st.text(alphabet="“”‘’„«»\"'()[]{}.-*_#`@+0123456789 \n\tab:;>x\x00\ud800é漢", max_size=80)


@given(st.lists(st.tuples(MARKS | st.text(max_size=80), st.sampled_from([PROSE, LINE, QUOTE, FACT, NAME])), max_size=5))
@settings(deadline=None)
def test_every_fix_of_any_text_can_be_applied(typed):
    texts = [Text(PLACE, words, kind, wanted="Add one.") for words, kind in typed]

    for finding in proofread(texts, ["a", "ab", "é"]):
        assert finding.kind in TITLES
        assert finding.sentence
    for text in texts:
        for offer in find_fixes(text):
            assert text.words[offer.fix.start :].startswith(offer.fix.old)


WORDS = st.sampled_from(["word", "it’s", "readers’", "two words", "a – b", "…", "1,000", "naïve", "’tis"])
INSIDE = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(" ".join),
        st.builds("{0[0]}{1}{0[1]}".format, st.sampled_from(["“”", "()", "[]", "{}", "«»", "‘’", '""']), inner),
    ),
    max_leaves=12,
)


@given(st.lists(INSIDE, max_size=4).map("\n\n".join))
@settings(deadline=None)
def test_any_balanced_text_makes_no_finding(words):
    assert "balance" not in kinds(words)


# --- in the admin


@pytest.fixture
def club(db):
    return make_club()


def words_of(tag):
    return " ".join(tag.get_text(" ").split())


def lines(page):
    return [(a.get_text(), a["href"]) for a in page.select(".proof li > a")]


def proof_page(writeup):
    return reverse("admin:meetups_writeup_proof", args=[writeup.pk])


def change_page(thing):
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


@pytest.fixture
def writeup(club):
    """A complete write-up without findings."""
    book = make_book(cover=make_picture_file())
    writeup = make_writeup(book=book, standfirst="We met.", published_at=None)
    make_quote(book=book, locator="p. 3", published_at=None)
    make_photo(writeup=writeup)
    return writeup


def test_report_of_complete_writeup_is_empty(organiser_client, writeup):
    page = read_page(organiser_client.get(change_page(writeup)))

    assert words_of(page.select_one(".proof")) == "Proof-reader Nothing to correct."


def test_entries_link_to_their_fields(organiser_client, writeup):
    quote = make_quote(book=writeup.book, text="Another", published_at=None)
    term = make_term(book=writeup.book, definition="Plain", emphasis_note="Italics mine")
    make_session_note(writeup=writeup, text="A point")
    note = make_session_note(writeup=writeup, text="A (point", position=2)
    WriteUp.objects.update(standfirst="")

    page = read_page(organiser_client.get(change_page(writeup)))

    assert lines(page) == [
        ("The standfirst", f"{change_page(writeup)}#id_standfirst"),
        ("Quote 2", f"{change_page(quote)}#id_locator"),
        ("Session note 2", f"{change_page(writeup)}#id_session_notes-1-text"),
        ("Term 1", f"{change_page(term)}#id_definition"),
    ]
    assert page.select_one("#id_session_notes-1-text").get_text().strip() == note.text


def test_linked_fields_are_on_the_form(organiser_client, writeup):
    WriteUp.objects.update(standfirst="", title="A (title", body="A “body", pull_quote="A (quote")
    SessionNote.objects.create(writeup=writeup, text="A (point", name="Nick", name_is_public=True)

    page = read_page(organiser_client.get(change_page(writeup)))

    here = [href.partition("#")[2] for _, href in lines(page) if href.startswith(change_page(writeup))]
    assert len(here) == 6
    assert all(page.find(id=anchor) for anchor in here)


def test_report_finds_photo_without_alt_unless_decorative(writeup, club):
    make_photo(writeup=writeup, alt="", is_decorative=True)
    photo = make_photo(writeup=writeup)
    type(photo).objects.filter(pk=photo.pk).update(alt=" ")

    findings = ProofreadingReport(writeup, club).findings

    assert [(finding.place.name, finding.kind) for finding in findings] == [("photo 3", "missing")]


def test_report_of_names_follows_club_rule(writeup, club):
    make_session_note(writeup=writeup, name="Nick Nolan")
    make_session_note(writeup=writeup, name="Ada Ames", name_is_public=True)
    WriteUp.objects.update(body="Nick began, and Ada went on.")

    def said():
        Club.objects.current().refresh_from_db()
        return [
            f.sentence.split(".")[0] for f in ProofreadingReport(WriteUp.objects.get(), Club.objects.get()).findings
        ]

    assert said() == ["Nick is named here, for everybody", "Everybody will read that Ada Ames said this"]
    Club.objects.update(names_visible_to=Club.Names.PUBLIC)
    assert said() == ["Everybody will read that Nick said this", "Everybody will read that Ada Ames said this"]


def test_report_leaves_out_items_of_later_meetups(writeup, club):
    writeup.publish()
    make_quote(book=writeup.book, locator="", published_at=None)

    assert ProofreadingReport(writeup, club).findings == []


def test_publish_confirmation_shows_findings(organiser_client, writeup):
    WriteUp.objects.update(body="A “body")

    page = read_page(
        organiser_client.post(
            reverse("admin:meetups_writeup_changelist"), {"action": "publish", "_selected_action": writeup.pk}
        )
    )

    assert lines(page) == [("The write-up", f"{change_page(writeup)}#id_body")]
    assert page.select(".proof form") == []


def test_findings_do_not_block_publishing(organiser_client, writeup):
    WriteUp.objects.update(body="A “body... (", standfirst="")

    organiser_client.post(
        reverse("admin:meetups_writeup_changelist"),
        {"action": "publish", "_selected_action": writeup.pk, "confirmed": "yes"},
    )

    assert WriteUp.objects.get().is_published


def prepare_fix(organiser_client, writeup, number=0, **changed):
    """Return a function that submits the fix with this number, as on the page, and returns the message."""
    form = read_page(organiser_client.get(proof_page(writeup))).select(".proof form")[number]
    fields = {field["name"]: field["value"] for field in form.select("[name]")} | changed
    return lambda: (
        read_page(organiser_client.post(proof_page(writeup), fields, follow=True))
        .select_one(".messagelist")
        .get_text(strip=True)
    )


def test_applied_fix_changes_one_place_in_database(organiser_client, writeup):
    typed = "  One... two...\r\nthree “[sic]” \u00a0--\n\n"
    WriteUp.objects.update(body=typed)

    message = prepare_fix(organiser_client, writeup, 1)()

    assert message == "In the write-up, ... is now …."
    assert WriteUp.objects.get().body == "  One... two…\r\nthree “[sic]” \u00a0--\n\n"
    assert "two…" in WriteUp.objects.get().body_html


def test_applied_fix_is_in_history_with_user(organiser_client, writeup, olga):
    quote = make_quote(book=writeup.book, text="So on...", locator="p. 4", published_at=None)

    prepare_fix(organiser_client, writeup)()

    quote.refresh_from_db()
    assert quote.text == "So on…"
    assert quote.history.first().history_user == olga


@pytest.mark.parametrize(
    "changed",
    [{"start": "4"}, {"start": "x"}, {"digest": "0"}, {"key": "99"}, {"field": "slug"}, {"model": "members.member"}],
)
def test_forged_fix_changes_nothing(organiser_client, writeup, changed):
    WriteUp.objects.update(body="One... two")

    message = prepare_fix(organiser_client, writeup, **changed)()

    assert message == "This text has changed since it was read, and nothing was replaced. Look at it again."
    assert WriteUp.objects.get().body == "One... two"


def test_fix_of_changed_text_is_refused(organiser_client, writeup):
    WriteUp.objects.update(body="One... two")
    press = prepare_fix(organiser_client, writeup)
    WriteUp.objects.update(body="One... three")

    assert "has changed since it was read" in press()
    assert WriteUp.objects.get().body == "One... three"


def test_fix_of_text_changed_before_lock_is_refused(writeup, club, olga):
    WriteUp.objects.update(body="One... two")
    text = ProofreadingReport(WriteUp.objects.get(), club).text_at("meetups.writeup", writeup.pk, "body")
    WriteUp.objects.update(body="Two... ones")

    with pytest.raises(ValidationError):
        apply_fix(text, 3, hash_words(text.words), olga)

    assert WriteUp.objects.get().body == "Two... ones"


def test_fix_that_makes_text_too_long_is_refused(organiser_client, writeup):
    WriteUp.objects.update(standfirst="a--b" + "c" * 296)

    message = prepare_fix(organiser_client, writeup)()

    assert "At most 300 characters" in message
    assert WriteUp.objects.get().standfirst.startswith("a--b")


def test_fix_of_item_of_another_book_is_refused(organiser_client, writeup):
    other = make_quote(text="So on...")
    WriteUp.objects.update(body="One...")

    prepare_fix(organiser_client, writeup, model="books.quote", key=str(other.pk), field="text", start="5")()

    assert Quote.objects.get(pk=other.pk).text == "So on..."


def test_author_proofreads_own_writeup_only(client, club):
    writer = make_writer()
    client.force_login(writer)
    own = make_writeup(author=writer.author, book=make_book(), body="One...", published_at=None)
    make_question(book=own.book, text="Two...?")
    other = make_writeup(author=make_author(), body="One...")

    prepare_fix(client, own, 1)()
    refused = client.post(proof_page(other), {"start": "3"})

    assert Question.objects.get().text == "Two…?"
    assert refused.status_code == 404


def test_proofreading_requires_admin_access(client, bob, writeup):
    client.force_login(bob)

    assert client.get(proof_page(writeup)).status_code == 302


@pytest.mark.parametrize("number", [1, 10])
def test_report_query_count_is_constant(writeup, club, number, django_assert_num_queries):
    for _ in range(number):
        make_items(writeup)
    writeup = WriteUp.objects.select_related("book", "author").get(pk=writeup.pk)

    with django_assert_num_queries(8):
        groups = ProofreadingReport(writeup, club).groups
        addresses = [entry.address for _, entries in groups for entry in entries]

    assert len(addresses) >= number


def make_items(writeup):
    for make in (make_note, make_term, make_question, make_quote, make_reading):
        make(book=writeup.book)
    make_session_note(writeup=writeup, name="Nick")
    make_photo(writeup=writeup)


def test_form_with_four_hundred_quotes_takes_few_queries(organiser_client, writeup):
    Quote.objects.bulk_create(Quote(book=writeup.book, text=f"Words number {n}") for n in range(400))

    with CaptureQueriesContext(connection) as queries:
        page = read_page(organiser_client.get(change_page(writeup)))

    assert len(lines(page)) >= 400
    assert len(queries) <= 60


@needs_reference
def test_reference_writeup_has_no_false_findings(club):
    writeup = import_writeup(REFERENCE.read_bytes()).writeup

    findings = ProofreadingReport(WriteUp.objects.select_related("book").get(pk=writeup.pk), club).findings

    seen = [(finding.kind, finding.place.name) for finding in findings]
    assert seen == [
        ("missing", "the standfirst"),
        ("missing", "the cover"),
        *(("missing", f"quote {number}") for number in range(1, 18)),
        ("emphasis", "term 1"),
    ]
