"""Reading mails: saved files, and mails that were pasted as text or from a mail program."""

import pytest
from bs4 import BeautifulSoup

from meetups.paste.sources import Unreadable, read_file, read_text
from meetups.paste.sources.dates import read_date
from meetups.paste.sources.mail_headers import clean_subject, read_sender
from tests.meetups.hostile_mails import HOSTILE_MAIL_TEXTS, HOSTILE_MAILS

OUTLOOK = """\
From: Dennis Hale <dennis@example.org>
Sent: 05 March 2025 09:12
To: Reading Group <readers@example.org>
Subject: RE: FW: last night's meeting - The Salt Ledger

Hi all,

Lovely evening. Nine of us came. My notes below.

Quotes from the book

"The tide keeps no accounts." (p. 12)

Best wishes,
Dennis

Dennis Hale
Chair, Thornbury Library Reading Group
Sent from my iPhone

This e-mail and any attachments are confidential and intended solely for the addressee.

-----Original Message-----
From: Wendy Marsh <wendy@example.org>
Sent: 04 March 2025 22:40
To: Dennis Hale
Subject: FW: last night's meeting

> Did anybody write down the score?
"""


def words(source):
    """Return the words that are kept, those left out, and the values of the head."""
    shown = source.text or BeautifulSoup(source.html, "html.parser").get_text(" ")
    return " ".join([shown, *source.head.values(), *(text for text, _ in source.left_out)]).split()


def test_pasted_mail_gives_title_author_and_date():
    source = read_text(OUTLOOK)

    assert source.kind == "mail"
    assert source.head == {
        "title": "last night's meeting - The Salt Ledger", "author": "Dennis Hale", "date": "2025-03-05",
    }  # fmt: skip
    assert source.text == (
        "Lovely evening. Nine of us came. My notes below.\n\nQuotes from the book\n\n"
        '"The tide keeps no accounts." (p. 12)'
    )


def test_pasted_mail_lists_what_it_left_out_with_the_reason():
    reasons = {text.partition("\n")[0]: reason for text, reason in read_text(OUTLOOK).left_out}

    assert reasons == {
        "To: Reading Group <readers@example.org>": "a header of the mail",
        "<dennis@example.org>": "the address of the sender",
        "Hi all,": "the greeting of the mail",
        "Best wishes,": "the end of the mail, with its signature",
        "This e-mail and any attachments are confidential and intended solely for the addressee.": (
            "a notice that the mail's sender adds to each mail"
        ),
        "-----Original Message-----": "an earlier mail, quoted below this one",
    }


def test_pasted_mail_loses_no_word_but_those_of_its_headers():
    header_words = {"From:", "Sent:", "Subject:", "RE:", "FW:", "05", "March", "2025", "09:12"}

    assert set(OUTLOOK.split()) - set(words(read_text(OUTLOOK))) <= header_words


@pytest.mark.parametrize(
    ("headers", "date"),
    [
        (
            "Von: Ute Brandt\nGesendet: Mittwoch, 5. März 2025 09:12\nAn: Lesekreis\nBetreff: AW: WG: Das Salz",
            "2025-03-05",
        ),
        (
            "De : Hélène Roy <h@example.org>\nEnvoyé : mercredi 5 mars 2025 09:12\nÀ : Club\nObjet : TR: Le sel",
            "2025-03-05",
        ),
        ("De: Ana Gil\nEnviado: miércoles, 5 de marzo de 2025 9:12\nPara: Club\nAsunto: RV: La sal", "2025-03-05"),
        ("Da: Pia Neri\nInviato: mercoledì 5 marzo 2025 09:12\nA: Circolo\nOggetto: R: Il sale", "2025-03-05"),
        ("Van: Joke de Vries\nVerzonden: woensdag 5 maart 2025 09:12\nAan: Kring\nOnderwerp: Het zout", "2025-03-05"),
        ("*From:* Ada Byrne\n*Date:* Wed, 5 Mar 2025 at 09:12\n*Subject:* Salt", "2025-03-05"),
        ("Subject: Salt\nFrom: Ada Byrne\nDate: Wed, 05 Mar 2025 09:12:00 +0100", "2025-03-05"),
    ],
)
def test_mail_headers_are_read_in_other_languages(headers, date):
    head = read_text(f"{headers}\n\nSalt.\nWe met.").head

    assert (len(head), head["date"]) == (3, date)
    assert ":" not in head["title"] + head["author"]


@pytest.mark.parametrize(
    "text",
    [
        "Date: 20 March 2025\nAttendees: Anna, Ben\nBook: Slow Machines",
        "From: the sea\n\nA poem that we read.",
        "Title: From: A to Z\n\nWords",
        "Anna: I loved it.\nBen: I didn't.",
    ],
)
def test_text_with_labels_is_no_mail(text):
    assert read_text(text).text == text


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("Dennis Hale <dennis@example.org>", "Dennis Hale"),
        ('"Hale, Dennis" <dennis@example.org>', "Dennis Hale"),
        ("Dennis Hale [mailto:dennis@example.org]", "Dennis Hale"),
        ("dennis@example.org", ""),
        ("'Ngũgĩ wa Thiong\u2019o' <n@example.org>", "Ngũgĩ wa Thiong’o"),
    ],
)
def test_sender_is_the_name_alone(sender, name):
    assert read_sender(sender) == name


@pytest.mark.parametrize("prefix", ["RE: ", "Re: FW: ", "AW: WG: ", "Re[2]: ", "TR : ", "RV: ", "Antw: ", "Fwd: RE: "])
def test_subject_is_the_title_without_prefixes(prefix):
    assert clean_subject(f"{prefix}Regarding: salt") == "Regarding: salt"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2025-03-05", "2025-03-05"),
        ("05.03.2025 09:12", "2025-03-05"),
        ("13/03/2025", "2025-03-13"),
        ("3/13/2025", "2025-03-13"),
        ("March 5, 2025 at 9:12 AM", "2025-03-05"),
        ("5th March 2025", "2025-03-05"),
        ("1er février 2025", "2025-02-01"),
        ("03/04/2025", ""),  # the third of April, or the fourth of March
        ("31 February 2025", ""),
        ("soon", ""),
    ],
)
def test_date_of_a_header(text, date):
    assert read_date(text) == date


def reply(thread):
    return f"From: Ada Byrne\nSubject: Salt\n\nEight of us met at the Crown.\n\n{thread}"


@pytest.mark.parametrize(
    "thread",
    [
        "On Tue, 4 Mar 2025 at 22:40, Wendy Marsh <w@example.org> wrote:\n> Did anybody write it down?",
        "On Tue, 4 Mar 2025 at 22:40, Wendy Marsh\n<w@example.org> wrote:\n\nDid anybody write it down?",
        "Am 04.03.2025 um 22:40 schrieb Wendy Marsh:\n> Wer hat es?",
        "Le mar. 4 mars 2025 à 22:40, Wendy Marsh a écrit :\n> Qui ?",
        "El mar, 4 mar 2025 a las 22:40, Wendy escribió:\n> ¿Quién?",
        "Op di 4 mrt 2025 om 22:40 schreef Wendy:\n> Wie?",
        "-------- Ursprüngliche Nachricht --------\nVon: Wendy\nBetreff: Salz\n\nWer hat es?",
        "________________________________\nFrom: Wendy Marsh\nSent: 04 March 2025 22:40\nTo: Ada\n\nWho has it?",
        "From: Wendy Marsh\nSent: 04 March 2025 22:40\nTo: Ada\nSubject: Salt\n\nWho has it?",
        "> Who has it?\n> Wendy",
    ],
)  # fmt: skip
def test_quoted_thread_is_left_out(thread):
    source = read_text(reply(thread))

    assert source.text == "Eight of us met at the Crown."
    assert {reason for _, reason in source.left_out} == {"an earlier mail, quoted below this one"}
    assert " ".join(text for text, _ in source.left_out).split() == thread.split()


def test_quotation_within_a_mail_stays():
    text = "We read this:\n\n> The tide keeps no accounts.\n\nThen we had cake."

    assert read_text(f"From: Ada Byrne\nSubject: Salt\n\n{text}").text == text


@pytest.mark.parametrize(
    "end",
    [
        "Best wishes,\nAda",
        "Kind regards\n\nAda Byrne\nSecretary",
        "-- \nAda Byrne\n01632 960123",
        "Viele Grüße\nAda",
        "Liebe Grüße,\nAda",
        "Cordialement,\nAda",
        "Un abrazo,\nAda",
        "Cari saluti\nAda",
        "Met vriendelijke groet,\nAda",
        "Cheers!\nAda x",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Thanks all",
    ],
)
def test_signature_is_left_out(end):
    source = read_text(f"From: Ada Byrne\nSubject: Salt\n\nEight of us met.\n\n{end}")

    assert source.text == "Eight of us met."
    assert source.left_out == (
        (end.replace("\n\n", "\n").replace("-- ", "--"), "the end of the mail, with its signature"),
    )


def test_postscript_below_a_signature_stays():
    source = read_text("From: Ada Byrne\nSubject: Salt\n\nEight met.\n\nBest,\nAda\n\nPS: Bring the book back.")

    assert source.text.split("\n\n") == ["Eight met.", "PS: Bring the book back."]


def test_words_like_a_closing_within_the_mail_stay():
    text = (
        "We talked about love.\n\nLove\n\nIs it a cure for everything that the book says it is, or not?\n\n1. Who pays?"
    )

    assert read_text(f"From: Ada Byrne\nSubject: Salt\n\n{text}").text == text


@pytest.mark.parametrize("body", ["-- \nWe met.", "> We met.\n> All eight.", "Best wishes,\nAda"])
def test_mail_of_nothing_else_keeps_its_words(body):
    assert read_text(f"From: Ada Byrne\nSubject: Salt\n\n{body}").text == body


def test_forwarded_mail_is_the_write_up():
    source = read_text(
        "From: Wendy Marsh\nSubject: FW: Minutes\n\nFYI\n\n---------- Forwarded message ---------\n"
        "From: Dennis Hale <d@example.org>\nDate: 5 March 2025\nSubject: Minutes\nTo: Wendy\n\n"
        "Hello everyone,\n\nNine of us came, and we talked about salt until the lights went out.\n\nDennis"
    )

    assert source.head == {"title": "Minutes", "author": "Dennis Hale", "date": "2025-03-05"}
    assert source.text.startswith("Nine of us came")
    assert source.doubts == (
        "This mail was forwarded. Title, author and date are those of the mail inside: are they right?",
    )
    assert ("FYI\n---------- Forwarded message ---------", "written above the forwarded mail") in source.left_out


def make_mail(
    *parts, headers="From: Dennis Hale <d@example.org>\nSubject: Re: Salt\nDate: Wed, 5 Mar 2025 09:12:00 +0000"
):
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"{headers}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{body}--b--\n".encode()


def test_mail_file_prefers_html_and_reports_attachments():
    alternative = (
        "Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nPlain\n--a\n"
        "Content-Type: text/html; charset=utf-8\n\n<p>Hi all,</p><p>It was <i>slow</i>.</p>"
        '<div class="gmail_quote">On Tuesday Wendy wrote:<blockquote>Who?</blockquote></div>\n--a--'
    )
    photo = 'Content-Type: image/jpeg\nContent-Disposition: attachment; filename="cake.jpg"\n\n'

    source = read_file("salt.eml", make_mail(alternative, photo))

    assert source.kind == "mail"
    assert source.head == {"title": "Salt", "author": "Dennis Hale", "date": "2025-03-05"}
    assert "<p>It was <i>slow</i>.</p>" in source.html
    assert BeautifulSoup(source.html, "html.parser").get_text().split() == ["It", "was", "slow."]
    assert "Attachments left out: cake.jpg. Choose them by themselves." in source.reports
    assert ("On Tuesday Wendy wrote:\nWho?", "an earlier mail, quoted below this one") in source.left_out


def test_mail_file_with_empty_html_gives_its_plain_text():
    parts = ("text/plain", "We met."), ("text/html", "<p>&nbsp;</p>")
    body = "".join(f"--a\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)

    source = read_file("a.eml", make_mail(f"Content-Type: multipart/alternative; boundary=a\n\n{body}--a--"))

    assert (source.text, source.html) == ("We met.", "")


def test_mail_file_reads_encoded_headers_and_text():
    mail = (
        "From: =?utf-8?q?H=C3=A9l=C3=A8ne_Roy?= <h@example.org>\nSubject: =?iso-8859-1?q?Le_sel_=E9ternel?=\n"
        "Date: Wed, 5 Mar 2025 09:12:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=windows-1252\n"
        "Content-Transfer-Encoding: quoted-printable\n\nUne soir=E9e =96 =93le sel=94.\n"
    )

    source = read_file("sel.eml", mail.encode())

    assert (source.head["author"], source.head["title"]) == ("Hélène Roy", "Le sel éternel")
    assert source.text == "Une soirée – “le sel”."


def test_mail_file_joins_lines_that_the_program_broke():
    mail = (
        "From: a@example.org\nSubject: Salt\nMessage-ID: <1@example.org>\nContent-Type: text/plain; format=flowed\n\n"
        "A line that was \nbroken here.\n\n1. One\n2. Two\n-- \nAda\n"
    )

    assert read_file("salt.eml", mail.encode()).text == "A line that was broken here.\n\n1. One\n2. Two"


def test_mail_file_in_japanese_of_seven_bits_is_read():
    mail = b"From: a@example.org\nSubject: Salt\nMIME-Version: 1.0\nContent-Type: text/plain; charset=iso-2022-jp\n\n"

    assert read_file("a.eml", mail + "塩は忘れない。".encode("iso2022_jp")).text == "塩は忘れない。"


def test_mail_file_without_text_is_refused_with_advice():
    with pytest.raises(Unreadable, match="what is attached"):
        read_file("a.eml", make_mail('Content-Type: application/msword; name="a.doc"\n\n'))


@pytest.mark.parametrize("header", ['To: "', "To: <@", "Cc: ada@[", "Reply-To: ada@"])
def test_mail_file_with_a_header_that_breaks_the_parser_is_refused_with_advice(header):
    mail = f"From: Ada <ada@example.org>\nSubject: Minutes\nMIME-Version: 1.0\n{header}\n\nWords\n"

    with pytest.raises(Unreadable, match=r"can't be read\. Copy its text and paste it"):
        read_file("minutes.eml", mail.encode())


def test_pasted_html_of_a_mail_is_read_as_one():
    html = (
        "<div><b>From:</b> Dennis Hale &lt;d@example.org&gt;<br><b>Sent:</b> 05 March 2025 09:12<br><b>To:</b> Readers<br>"
        "<b>Subject:</b> RE: Salt</div><p>Hi all,</p><p>Nine of us <i>came</i>.</p><p>Best wishes,<br>Dennis</p>"
    )

    source = read_text("anything", html)

    assert source.head == {"title": "Salt", "author": "Dennis Hale", "date": "2025-03-05"}
    assert BeautifulSoup(source.html, "html.parser").get_text().strip() == "Nine of us came."
    assert "<i>came</i>" in source.html


def read_or_refuse(read, data):
    """Return the text or HTML, or the sentence of the refusal."""
    try:
        source = read(data)
    except Unreadable as refusal:
        return str(refusal)
    return source.text or source.html


@pytest.mark.all_tests  # `make drill`, which CI runs, reads each of these within its limits
@pytest.mark.parametrize("data", HOSTILE_MAILS.values(), ids=HOSTILE_MAILS)
def test_hostile_mail_is_read_or_refused(data):
    assert read_or_refuse(lambda mail: read_file("a.eml", mail), data)


@pytest.mark.parametrize("text", HOSTILE_MAIL_TEXTS.values(), ids=HOSTILE_MAIL_TEXTS)
def test_hostile_text_of_a_mail_is_read_or_refused(text):
    assert read_or_refuse(read_text, text)
