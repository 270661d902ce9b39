"""Reading exports of chats and blogs, and the clippings file of a reading device."""

import pytest
from bs4 import BeautifulSoup

from meetups.paste.sources import Clipping, is_clippings, read_clippings, read_file, read_text
from tests.meetups.hostile_documents import HOSTILE_BLOGS, HOSTILE_EXPORTS

MEDIA = "a picture, file or message that the export doesn't hold"
NOTICE = "a notice of the chat program"


@pytest.mark.parametrize(
    ("export", "stamps"),
    [
        (
            (
                "[12/03/2025, 21:04:11] Anna: I loved it\n[12/03/2025, 21:05:00] Dr. Obi: Who pays?\nAnd why?\n"
                "[12/03/2025, 21:06:30] ~ Ben: The tide"
            ),
            "[12/03/2025, 21:04:11]\n[12/03/2025, 21:05:00]\n[12/03/2025, 21:06:30]",
        ),
        (
            (
                "12/03/2025, 21:04 - Anna: I loved it\n12/03/2025, 21:05 - Dr. Obi: Who pays?\nAnd why?\n"
                "12/03/2025, 21:06 - Ben: The tide"
            ),
            "12/03/2025, 21:04 -\n12/03/2025, 21:05 -\n12/03/2025, 21:06 -",
        ),
        (
            "12.03.25, 21:04 – Anna: I loved it\n12.03.25, 21:05 – Dr. Obi: Who pays?\nAnd why?\n12.03.25, 21:06 – Ben: The tide",
            "12.03.25, 21:04 –\n12.03.25, 21:05 –\n12.03.25, 21:06 –",
        ),
        (
            (
                "\u200e[3/12/25, 9:04:11\u202fPM] Anna: I loved it\n[3/12/25, 9:05:00\u202fPM] Dr. Obi: Who pays?\nAnd why?\n"
                "[3/12/25, 9:06:30\u202fPM] Ben: The tide"
            ),
            "[3/12/25, 9:04:11 PM]\n[3/12/25, 9:05:00 PM]\n[3/12/25, 9:06:30 PM]",
        ),
        (
            (
                "Anna, [12.03.2025 21:04]\nI loved it\n\nDr. Obi, [12.03.2025 21:05]\nWho pays?\nAnd why?\n\n"
                "Ben, [12.03.2025 21:06]\nThe tide"
            ),
            "[12.03.2025 21:04]\n[12.03.2025 21:05]\n[12.03.2025 21:06]",
        ),
        (
            "[2025-03-12 21:04] Anna: I loved it\n[2025-03-12 21:05] Dr. Obi: Who pays?\nAnd why?\n[2025-03-12 21:06] Ben: The tide",
            "[2025-03-12 21:04]\n[2025-03-12 21:05]\n[2025-03-12 21:06]",
        ),
    ],
)
def test_chat_keeps_names_and_words_without_stamps(export, stamps):
    source = read_text(export)

    assert source.kind == "chat"
    assert [line for line in source.text.split("\n") if line] == [
        "Anna: I loved it", "Dr. Obi: Who pays?", "And why?", "Ben: The tide",
    ]  # fmt: skip
    assert source.left_out == ((stamps, "when each message was sent"),)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Anna: <Media omitted>", MEDIA),
        ("Anna: \u200eimage omitted", MEDIA),
        ("Anna: <Medien ausgeschlossen>", MEDIA),
        ("Anna: Bild weggelassen", MEDIA),
        ("Anna: IMG-20250312-WA0001.jpg (file attached)", MEDIA),
        ("Anna: This message was deleted", MEDIA),
        ("Messages and calls are end-to-end encrypted. No one outside of this chat can read them.", NOTICE),
        ("Anna joined using this group's invite link", NOTICE),
        ("Tuesday club: \u200eMessages and calls are end-to-end encrypted. No one can read them.", MEDIA),
    ],
)
def test_chat_leaves_notices_and_media_out_with_the_reason(message, reason):
    export = f"12/03/2025, 21:04 - Ben: One\n12/03/2025, 21:05 - {message}\n12/03/2025, 21:06 - Ben: Two"

    source = read_text(export)

    assert source.text == "Ben: One\nBen: Two"
    assert source.left_out[1:] == ((message.replace("\u200e", ""), reason),)


def test_chat_points_out_telephone_numbers():
    export = "\n".join(f"12/03/2025, 21:0{minute} - +44 1632 960123: Words" for minute in range(3))

    (doubt,) = read_text(export).doubts

    assert "+44 1632 960123" in doubt


def test_chat_drops_the_mark_of_an_edited_message():
    export = "\n".join(f"12/03/2025, 21:0{minute} - Ben: Two <This message was edited>" for minute in range(3))

    assert read_text(export).text == "Ben: Two\nBen: Two\nBen: Two"


def test_text_with_a_date_is_no_chat():
    text = "12/03/2025, 21:04 - Anna: I loved it\n\nA note in our diary.\n\n1. One"

    assert read_text(text).text == text


BLOG = """\
<!-- wp:paragraph --><p>Posted by Lou</p><!-- /wp:paragraph -->
<!-- wp:heading --><h1>The Paper Tide</h1><!-- /wp:heading -->
<figure class="wp-block-image"><img src="a.jpg"/><figcaption>The gang, minus Tim</figcaption></figure>
<p>[caption id="a_1" width="300"]<img src="x.jpg" /> Cake, before[/caption]</p>
<p>Seven of us met&hellip; at the <em>Crown</em>&nbsp;&amp; Anchor.</p><p>[gallery ids="1,2"]</p><!--more-->
<div class="sharedaddy"><h3>Share this:</h3><ul><li><a href="#">Click to share on Twitter</a></li></ul></div>
<div class="jp-relatedposts"><h3><em>Related</em></h3><p>An older post</p></div>
<div id="comments"><h2>1 thought</h2><ol><li><p>Nadia says:</p><p>I still think he is real.</p></li></ol></div>
"""


def test_blog_keeps_the_post_with_its_captions():
    source = read_file("post.html", BLOG.encode())

    page = BeautifulSoup(source.html, "html.parser")
    assert page.get_text(" ", strip=True).replace("\u00a0", " ") == (
        "Posted by Lou The Paper Tide The gang, minus Tim Cake, before Seven of us met… at the Crown & Anchor."
    )
    assert (page.em.get_text(), page.figcaption.get_text()) == ("Crown", "The gang, minus Tim")
    assert len(page.find_all("img")) == 2


def test_blog_lists_what_it_left_out_with_the_reason():
    source = read_file("post.html", BLOG.encode())

    assert source.left_out == (
        ("Share this:\nClick to share on Twitter", "buttons for sharing the post"),
        ("Related\nAn older post", "links to other posts"),
        ("1 thought\nNadia says:\nI still think he is real.", "readers' comments on the old post"),
        ('[caption id="a_1" width="300"]', "a mark of the blog's editor"),
        ("[/caption]", "a mark of the blog's editor"),
        ('[gallery ids="1,2"]', "a mark of the blog's editor"),
    )


def test_blog_from_the_clipboard_is_read_like_the_file():
    assert read_text("anything", BLOG) == read_file("post.html", BLOG.encode())


def test_html_without_marks_of_a_blog_is_left_alone():
    html = "<p>We share this: a table, and comments.</p><div class='related'>Related</div>"

    assert read_text("", html).html == html


CLIPPING = "\ufeffThe Salt Ledger (Quay Fiction) (Farrow, Imogen)\n{}\n\n{}\n=========="


@pytest.mark.parametrize(
    ("details", "kind", "place"),
    [
        (
            "- Your Highlight on page 12 | location 174-175 | Added on Tuesday, 4 March 2025 21:14:03",
            "highlight",
            "p. 12",
        ),
        ("- Your Highlight on page 12-13 | Added on Tuesday", "highlight", "pp. 12-13"),
        ("- Your Highlight at location 2030-2031 | Added on Monday", "highlight", "location 2030-2031"),
        ("- Your Note on page xii | location 176 | Added on Tuesday", "note", "p. xii"),
        ("- Your Bookmark at location 9 | Added on Tuesday", "bookmark", "location 9"),
        ("- Highlight Loc. 300-01  | Added on Tuesday", "highlight", "location 300-01"),
        ("- Ihre Markierung auf Seite 12 | bei Position 174-175 | Hinzugefügt am Dienstag", "highlight", "p. 12"),
        ("- Ihre Notiz bei Position 176 | Hinzugefügt am Dienstag", "note", "location 176"),
        ("- Ihr Lesezeichen auf Seite 3 | Hinzugefügt am Dienstag", "bookmark", "p. 3"),
        ("- Votre surlignement sur la page 12 | emplacement 174-175 | Ajouté le mardi", "highlight", "p. 12"),
        ("- Votre note sur la page 12 | Ajouté le mardi", "note", "p. 12"),
        ("- Votre signet à l’emplacement 12 | Ajouté le mardi", "bookmark", "location 12"),
        ("- Tu subrayado en la página 12 | posición 174-175 | Añadido el martes", "highlight", "p. 12"),
        ("- Tu nota en la página 12 | Añadido el martes", "note", "p. 12"),
        ("- Tu marcador en la posición 9 | Añadido el martes", "bookmark", "location 9"),
    ],
)
def test_clipping_has_kind_and_place(details, kind, place):
    (clipping,) = read_clippings(CLIPPING.format(details, "The tide keeps no accounts."))

    assert clipping == Clipping(
        "The Salt Ledger (Quay Fiction)", "Imogen Farrow", kind, place, "The tide keeps no accounts."
    )


def test_clippings_of_several_books_stay_in_order():
    text = "\r\n".join([
        "A Book (Ada Byrne;Lee, Bo)", "- Your Highlight on page 1 | Added on Monday", "", "One\r\ntwo", "==========",
        "No author", "- Your Highlight on page 2 | Added on Monday", "", "Three", "==========", "",
    ])  # fmt: skip

    assert is_clippings(text)
    assert [(clipping.title, clipping.author, clipping.text) for clipping in read_clippings(text)] == [
        ("A Book", "Ada Byrne, Bo Lee", "One\ntwo"),
        ("No author", "", "Three"),
    ]


def test_text_with_drawn_lines_is_no_clippings_file():
    assert not is_clippings("Quotes\n==========\n\nThe tide keeps no accounts. (p. 12)\n==========\n")


@pytest.mark.parametrize("text", HOSTILE_EXPORTS.values(), ids=HOSTILE_EXPORTS)
def test_hostile_chat_is_read(text):
    assert read_text(text).kind == "chat"


@pytest.mark.parametrize("html", HOSTILE_BLOGS.values(), ids=HOSTILE_BLOGS)
def test_hostile_blog_is_read(html):
    assert read_text("", html).kind == "html"


@pytest.mark.parametrize(
    "line", ["()" * 400_000, "(" * 900_000, "a" + " " * 900_000, "- Your Highlight" + " page" * 200_000]
)
def test_hostile_clippings_are_read(line):
    (clipping,) = read_clippings(f"{line}\n- Your Highlight on page 1{line}\n\nwords\n==========")

    assert clipping.text == "words"
