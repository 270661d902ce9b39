"""Names of people in text: found by shape, wherever they stand, without much else."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meetups.person_names import find_people, list_names


def names(text, **more):
    return list_names(find_people(text, **more))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna: So who finished it?", ["Anna"]),
        ("- Priit: is the father even real?", ["Priit"]),
        ("**Xaxa:** I could not finish it.", ["Xaxa"]),
        ("XAXA: Not me.", ["XAXA"]),
        ("Intro\nDr. Chioma Obi: I stopped. Chioma went on.", ["Dr. Chioma Obi", "Chioma"]),
        ("Nick & Ada: we both liked it.", ["Nick", "Ada"]),
        ("由美子：とても良かった。", ["由美子"]),
    ],
)
def test_speaker_is_found(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Average: 3.6 stars, which is a lot.",
        "Note: bring a chair.",
        "Spoiler: the orchard burns.",
        "Next book: Slow Machines.",
        "March: we read on.",
        "Tuesday: the Crown.",
        "Plot: it was thin, we thought.",
        "Fazit: Das war gut.",
        "https://example.org/x",
        "At 19:30 we began.",
    ],
)
def test_label_is_no_speaker(text):
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Present: Joan, Margaret B, Dennis (chair), and two new faces\nApologies: Kath, Rob",
            ["Joan", "Margaret B", "Dennis", "Kath", "Rob"],
        ),
        ("**👥 Present:** Ute, Mark, Inge", ["Ute", "Mark", "Inge"]),
        ("Attendees:\n- Anna\n- Will\n- Xaxa\n\nSummary", ["Anna", "Will", "Xaxa"]),
        ("Anwesend: Ute, Jörg und Frau Dr. Öztürk; entschuldigt: Heike", ["Ute", "Jörg", "Frau Dr. Öztürk", "Heike"]),
        ("Présents : Marie-Claude, Jean-Luc, Aïcha et Zoltán", ["Marie-Claude", "Jean-Luc", "Aïcha", "Zoltán"]),
        ("Presenti: Giulia, Marco e Lucrezia", ["Giulia", "Marco", "Lucrezia"]),
        ("Asistentes: Ana, Luis y Pedro", ["Ana", "Luis", "Pedro"]),
        ("Aanwezig: Truus, Wim, Joke van der Berg", ["Truus", "Wim", "Joke van der Berg"]),
        ("Presentes: Ana, Luís e Conceição", ["Ana", "Luís", "Conceição"]),
    ],
)
def test_attendees_and_apologies_are_found(text, expected):
    assert names(text) == expected


def test_number_of_attendees_is_no_name():
    assert names("Present: 8\nAttendance: eight of us") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Joan 8\nXaxa 9\nAverage score: 7.6 out of 10", ["Joan", "Xaxa"]),
        ("Lou – 4/5", ["Lou"]),
        ("Mia ⭐⭐⭐⭐\nOskar ⭐", ["Mia", "Oskar"]),
        ("Reader | Stars | Why\nRos | 4 | the letters\nXaxa | no idea | the river", ["Ros", "Xaxa"]),
        ("| Bethan | ★★★★½ | Rude, smoky, great |", ["Bethan"]),
        ("Scores: Joan 8, Ali 5, Xaxa 8", ["Joan", "Ali", "Xaxa"]),
        ("Chapter 4\nPage 7\nMarch 8\nQuestion 5", []),
    ],
)
def test_score_lines_are_found(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. We should write more letters – Nadia", ["Nadia"]),
        ("1. It is a river – de la Cruz", ["de la Cruz"]),
        ("1. Read aloud – O'Neill", ["O'Neill"]),
        ("1. Agreed – Mary-Jane and Seán", ["Mary-Jane", "Seán"]),
        ("2. Salt is memory (Xaxa)", ["Xaxa"]),
        ("3. [Nick] Too long", ["Nick"]),
        ("- too long - nick", ["nick"]),
        ("4. @nick has the list", ["@nick"]),
        ("1. Соль – это память – Ольга", ["Ольга"]),
        ("1. המלח הוא זיכרון – נועה", ["נועה"]),
        ("1. I kept hearing my grandmother – 由美子", ["由美子"]),
        ("“So who finished it?” – Anna", ["Anna"]),
        ("So who finished it? – Xaxa\nNot me. – Yoyo\nI did. – Xaxa", ["Xaxa"]),
        ("Best wishes,\nXaxa", ["Xaxa"]),
    ],
)
def test_name_behind_or_before_remark_is_found(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sam read it aloud; Bea read it back to him.", ["Sam", "Bea"]),
        ("Nadia cried.", ["Nadia"]),
        ("Xaxa said she was bored.", ["Xaxa"]),
        ("Femi is hosting. Bring chairs.", ["Femi"]),
        ("Nine of us met at Xaxa's last Thursday.", ["Xaxa"]),
        ("Next meeting: April 17 @ 7pm, Dee’s place", ["Dee"]),
        ("8 of us (Sue sent apologies)", ["Sue"]),
        ("“It drags,” says Xaxa.", ["Xaxa"]),
        ("Many thanks to Xaxa and Brunhild for hosting.", ["Xaxa", "Brunhild"]),
        ("Xaxa, Yoyo and Zuzu were late.", ["Xaxa", "Yoyo", "Zuzu"]),
        ("Grace, our host, made soup.", ["Grace"]),
        ("My neighbour Xaxa came along.", ["Xaxa"]),
        ("Will thought it was too long. Will you come?", ["Will"]),
        ("As Xaxa put it, nobody wins.", ["Xaxa"]),
        ("Hosted by Xaxa.", ["Xaxa"]),
        ("Alle waren begeistert. Xaxa meinte, das Ende sei schwach.", ["Xaxa"]),
        ("Marie a adoré la fin, Xaxa a détesté le début.", ["Marie", "Xaxa"]),
        ("Xaxa n’a pas aimé la fin. Yoyo nous a lu un passage. Zuzu lui répond.", ["Xaxa", "Yoyo", "Zuzu"]),
        ("C’était l’idée d’Anne. Chez Xaxa, on rit.", ["Anne", "Xaxa"]),
        (
            "Das war in Petras Küche und nicht bei Jonas. Die Suppe ist von Xaxa, sagte Petra.",
            ["Petras", "Jonas", "Petra"],
        ),
        ("Наташа сказала, что книга длинная.", ["Наташа"]),
        ("עמוס said the river is a border", ["עמוס"]),
        ("עמוס אמר שהנהר הוא גבול", ["עמוס"]),
        ("由美子さんは泣いた。本は由美子が選んだ。", ["由美子"]),
    ],
)
def test_name_in_sentence_is_found(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "We met at the Crown on Tuesday, in May, near Leeds.",
        "IBM and the city of San Diego disagreed.",
        "Trikala, in Greece, is a city that Greece is proud of. A step for Greece.",
        "We gathered at St. Mary’s Hall.",
        "The author asks whom we trust. Nobody said so. Most of us cried.",
        "Rest is a resource. Rivers do not end.",
        "Der Autor meint es gut. Das Buch hat uns gefallen. Die Frage war, wem Erinnerung gehört.",
        "*Slow Machines* by Hannah Okafor is translated by Ingrid Sol.",
        "Save a seat. Wine: plentiful. Dog: present.",
        "PostgreSQL is a database.",
    ],
)
def test_other_words_with_capitals_are_no_names(text):
    assert names(text) == []


def test_name_is_found_wherever_it_stands_again():
    text = "1. Too long – Xaxa\n\nA long evening. Was it love? Xaxa: yes."

    people = find_people(text)

    assert [text[person.start : person.end] for person in people] == ["Xaxa", "Xaxa"]


def test_known_names_are_found_as_they_are():
    assert names("we asked nick2 and bell hooks", known=["nick2", "bell hooks"]) == ["nick2", "bell hooks"]


def test_title_and_contributors_are_no_people_of_the_club():
    text = "Jane Eyre had us in tears. Hannah Okafor argues well. Okafor says so. Hannah joined us."

    assert names(text, not_people=["Jane Eyre: A Life", "Hannah Okafor"]) == []


def test_member_with_contributors_first_name_is_found():
    assert names("Ros | 4 | the letters", not_people=["Ros Calloway"]) == ["Ros"]


@given(st.text(alphabet="Ann aXb.,:–-()[]|*_’'s\n\t1 8★@éשל由ßи“”", max_size=200))
@settings(deadline=None)
def test_places_of_names_are_right_in_any_text(text):
    people = find_people(text, known=["Ann"], not_people=["Xa b"])

    assert all(text[person.start : person.end] == person.name for person in people)
    assert all(first.end <= second.start for first, second in pairwise(people))
