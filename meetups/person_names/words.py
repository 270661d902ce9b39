"""Word lists in English, German, French, Spanish, Italian, Dutch, Portuguese and Russian. All are in lower case.

A missing verb or label costs a name in texts that show it nowhere else; add what you meet.
"""

from functools import cache
from pathlib import Path


@cache
def first_names() -> frozenset[str]:
    """Return first names as they are written, with a capital."""
    lines = (Path(__file__).parent / "first_names.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# First names that are words of every text as well.
WORDS_AND_NAMES = word_set("""
will may june april august jan mark bill art rose joy grace hope faith dawn god christian
""")
# What a person does: the word after a name that is the subject of a sentence.
PERSON_VERBS = word_set("""
added adds admitted admits adored adores agreed agrees announced argued argues arrived arrives asked asks baked
believed believes bought brought brings called came can't chaired chose chooses claimed closed comes commented
compared complained confessed couldn't cried cries defended didn't disagreed disagrees disliked doesn't doubted
enjoyed enjoys explained explains felt finished found gave gets giggled gives got grew guessed hated hates heard
hosted hosts hoped hopes insisted introduced introduces joined joins joked kept knew knows laughed leads led left
likes liked listened listens looked loved loves made managed mentioned mentions minded missed misses moderated
nodded noted notes noticed objected observed offered opened organised organized pointed praised preferred prefers
promised proposed proposes provided pulled put puts questioned quoted ran rated reads read reckoned reckons
recommended recommends recalled remembered remembers reminded reminds replied reported responded said says saw sat
sent shared showed shrugged sighed sobbed spoke spotted started stayed stopped struggled suggested suggests
summarised supplied talked tells thanked thinks thought told took translated tried understood used voted volunteered
wanted wants wasn't welcomed went wept wishes won wondered wonders wrote yawned asking bringing chairing choosing
coming giving going hosting joining leading organising presenting reading recommending running saying sending
suggesting taking telling thinking antwortete begann begrüßte berichtete bestand brachte dachte denkt empfahl
empfiehlt entschuldigte erinnerte erklärte erzählt erzählte fand fehlte findet fragt fragte gab gefiel glaubt
glaubte hasste hielt hörte kam kommt las liebt liebte liest lobte mag meint meinte mochte moderierte nannte sagt
sagte sah schlug schrieb stellte übernahm verteidigte vermisste weinte widersprach wollte wünschte zitierte ergänzte
adore adorait ajoute ajouta aime aimait anima anime apporta apporte avait cite croit demanda demande détesta déteste
dit évoque explique lit lisait lut pense pensait pleura préfère préférait présente proposa propose raconte raconta
rappela rappelle reçoit recommande regrette remarque répond s'est souligne suggère trouva trouve trouvait veut vint
comentó comenta contó creyó cree defendió dice dijo eligió encontró explicó habló leyó lloró opina opinó pensó
piensa preguntó pregunta prefirió prefiere propuso recomendó recordó respondió sugirió trajo tuvo amava ama ascolta
chiede chiese crede dicono disse legge lesse ospita pensa pensava piange porta portò preferisce propone racconta
raccontò ricorda risponde scelse suggerisce trova trovò voleva bracht dacht haalde hield huilde kiest koos leest
liet mist noemde opperde schreef stelde vertelde vertelt vindt vond vroeg vraagt wilde zegt zei achou acha adorou
chorou comentou contou diz escolheu falou gostou leu lembrou perguntou propôs recomendou sugeriu trouxe сказал
сказала говорит считает думает думала думал спросил спросила спрашивает прочитал прочитала читает читала читал
принёс принес принесла предложил предложила любит заметил заметила вспомнил вспомнила ответил ответила добавил
добавила пришёл пришел пришла рассказал рассказала плакала нашёл нашла напомнил напомнила אמר אמרה שאל שאלה חשב חשבה
סיפר סיפרה הציע הציעה קרא קראה אהב אהבה הביא הביאה הוסיף הוסיפה
""")
AUXILIARIES = word_set("""
is was has had will would can could did does may might must should isn't wasn't hasn't hadn't won't wouldn't can't
couldn't didn't doesn't ist war hat hatte wird est était avait es era fue estaba è fu heeft were are have wurden
waren sind haben sont étaient ont eran sono erano zijn hebben eram
""")
ADVERBS = word_set("""
also always actually almost alone already and only just even ever finally first honestly immediately kindly later
loudly never nearly often quickly quietly rather really simply soon still then too both who again auch dann noch
immer nie nur sehr bien toujours aussi jamais encore también siempre nunca anche sempre mai ook altijd também тоже
всегда никогда
""")
# The word before a name: "says Ros", "chez Marie", "dear Priit".
BEFORE_NAME = word_set("""
added adds asked asks called chez said says sagt sagte meint meinte bei thank thanks thinks welcome welcomed missed
meet hi hello hallo hey dear liebe lieber cher chère caro cara querida querido hola olá ciao beste per mentre dit
dijo dice disse zei zegt demande demanda répond спросил спросила сказал сказала danke merci gracias grazie bedankt
reminded told helped let persuaded convinced invited surprised annoyed bored drove taught remind ask tell give gave
obrigado obrigada bravo congratulations birthday cheers
""")
WITH_WORDS = word_set("""
with for mit avec con met com и с für pour para voor
""")
BY_WORDS = word_set("""
by von par por di door av af de
""")
# "hosted by Sam" names a person of the club; "translated by Sam" doesn't.
DONE_BY = word_set("""
hosted led chosen picked suggested nominated chaired moderated run brought baked made provided proposed introduced
organised organized recommended recorded minuted taken up photographed compiled photo photos photograph picture
pictures notes minutes cake summary review supplied cooked written-up posted facilitated seconded geleitet
vorgeschlagen moderiert mitgebracht gebacken protokoll foto fotos empfohlen ausgesucht proposé animé choisi apporté
préparé recommandé propuesto elegido recomendado proposto scelto consigliato voorgesteld gekozen meegebracht
""")
# The two words before a name.
TO_PHRASES = frozenset(
    phrase.strip()
    for line in (
        "thanks to, thank to, you to, up to, apologies from, regrets from, contribution from, message from, note from",
        "email from, word from, question from, news from, belongs to, congratulations to, listened to, listening to",
        "turned to, agree with, agreed with, agrees with, disagree with, disagreed with, sat with, according to",
        "sorry for, thanks for, apart from, except for, reply to, over to, back to, next to, toast to, dank an, grâce à",
        "merci à, gracias a, grazie a, graças a, dank aan, selon à, home of, house of, place of, birthday of, care of",
        "question of, opinion of, choice of, suggestion of, idea of",
    )
    for phrase in line.split(",")
)
HOMES = frozenset(
    """
apartment backyard balcony barn caravan conservatory cottage dining flat garage garden home house houseboat kitchen
living loft lounge office patio place porch room shed sofa studio table terrace yard
"""
)
BELONGINGS = HOMES | word_set("""
answer argument aunt baby boy brother cake cat choice comment contribution copy cousin dad daughter dog edition
example experience father favourite favorite feeling friend friends girl grandmother granny guess hand husband idea
kids list mother mum mom notes note objection opinion partner pick picks point question rating reading
recommendation response review reply score sister son suggestion summary sister-in-law theory turn verdict view vote
wife words
""")
AT_WORDS = word_set("""
at to round around from chez near outside
""")
ROLES = word_set("""
chair chaired chairperson chairman chairwoman facilitator host hostess hosts leader librarian moderator secretary
treasurer organiser organizer newcomer member members friend friends husband wife partner daughter son sister
brother mum mother dad father neighbour neighbor colleague cousin reader readers guest guests our lovely gastgeber
gastgeberin moderatorin vorsitzende vorsitzender freundin freund nachbarin kollegin hôte hôtesse animatrice
animateur amie ami anfitriona anfitrión amiga amigo gastvrouw gastheer vriendin
""")
TITLES = word_set("""
dr mr mrs ms miss mx prof professor sir rev revd father frau herr mme mlle monsieur madame sra sr señora señor doña
signora signor mevrouw meneer dhr mw sister
""")
PARTICLES = word_set("""
de la del della der den di da do dos du van von zu le el al bin ibn ben y e wa ten ter af av st ó mac mc d
""")
JOINERS = word_set("""
and und et e y i en och og plus or oder ou и та و ו sowie with mit avec
""")
# A word of these makes the whole phrase a body or a place.
BODIES = word_set("""
academy archive arms association avenue bakery bar bistro book books bookshop bookstore branch bridge café cafe
castle cathedral centre center chapel church circle city cinema club college committee company conference council
court department district editions farm festival foundation gallery garden gardens green group guide hall harbour
head hill hospital hotel house inn institute island journal king's lake lane library lounge market mill mountain
museum news newsletter office park party police press prize pub publishing publishers queen's restaurant review
river road room royal school series sea society square station street tavern team theatre theater times tower town
trust union university valley village war west wharf yard haus buchhandlung bibliothek bücherei verlag verein kirche
schule straße platz strasse lesekreis librairie bibliothèque éditions rue place maison biblioteca librería editorial
calle plaza casa libreria via piazza boekhandel bibliotheek straat plein leesclub leeskring livraria rua
""")
PLACES_BEFORE = word_set("""
in near st saint san santa são mount mt lake port fort new north south east west upper lower great old inside across
""")
DETERMINERS = word_set("""
the a an this that these those every each no another any some his her its their your der die das den dem des ein
eine einen einem einer kein keine jeder jede dieser diese le la les un une du au aux ce cette ces l' el los las una
unos al lo il gli i uno dei della het een de o os um uma
""")
DAYS_AND_MONTHS = word_set("""
monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january
february march april may june july august september october november december jan feb mar apr jun jul aug sept sep
oct nov dec spring summer autumn winter fall christmas easter today tomorrow tonight yesterday montag dienstag
mittwoch donnerstag freitag samstag sonntag sonnabend januar februar märz mai juni juli oktober dezember lundi mardi
mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet août septembre octobre novembre
décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto
septiembre octubre noviembre diciembre lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio
aprile maggio giugno luglio settembre ottobre dicembre maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
januari februari maart mei augustus segunda terça quarta quinta sexta janeiro fevereiro março maio junho julho
setembro outubro dezembro
""")
# Words that open sentences or label lines, and are no names.
COMMON_WORDS = word_set("""
a about above according actually after again against all almost alone along already also although always am among an
and another any anybody anyone anything anyway apart are around as at away back bad be because been before being
below best better between big both brief but by can chairs coffee come coming compare consider could dear describe
despite did discuss do does dog drinks during each either else end english enough even evening eventually ever every
everybody everyone everything everywhere except explain extra few finally first for four from full funny general
give given good great group guests had half happy has have having he hello help hence her here hers herself hi him
himself his host how however i if in indeed instead interesting into is it its itself just keep last lastly later
least less let life like lots love lovely luckily many may maybe me meanwhile members men might more moreover most
mostly much must my myself name names near nearly never nevertheless new next nice no nobody none nor not nothing
now of off oh ok okay old on once one ones only opinions or other others our ours out over overall own page part
people perhaps plenty please quite rather readers really right same second see seen several shall she short should
since so some somebody someone something sometimes somewhere soon spoiler spoilers still such suddenly sure take ten
than thank thanks that the their them themselves then there therefore these they thing things third this those
though three through thus to together too towards twice two under unless until up upon us usually very was we well
were what whatever when where whether which while who whoever whole whom whose why will wine with within without
women would yes yet you young your yours zero five six seven eight nine eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty chapter chapters section scene act volume edition kindle location
loc figure table book books author authors editor translator translators narrator narrators heroine hero protagonist
writer critics critic publisher reviewer reviewers question questions answer answers quote quotes note notes point
points key summary score scores rating ratings stars star average total mean median verdict vote votes result
results date time place venue theme themes setting plot style structure character characters ending beginning middle
title subtitle isbn genre length pages price format year language languages published pros cons likes dislikes liked
disliked loved hated strengths weaknesses minutes agenda meeting meetings meetup session discussion topic topics
item items action actions announcements news aob business present attendees attendance apologies absent regrets
participants reading readings previous month week update updates warning content trigger edit link links website
email e-mail mail tel telephone phone fax address contact photo photos picture pictures caption image music food
snacks cake tea drink menu recipe tip tips example examples definition term terms glossary background context
introduction intro conclusion conclusions overview impressions thoughts comments comment reactions reaction feedback
opinion favourite favorite favourites favorites passage passages line lines words word letters letter paper
paperback hardback hardcover ebook audiobook audio film movie rest glass machines rivers sea tide club library
copies copy poster text fwd fw re subject sent cc bcc attachments attachment draft version ps p.s nb n.b q aka
translation translations poem poems stanza verse poetry fiction non-fiction nonfiction novel novels memoir biography
history science politics reason reasons problem problems idea ideas pick picks choice choices decision decisions
nominations nomination suggestions suggestion shortlist winner runner-up recommendation recommendations recommended
save remember reminder rsvp welcome congratulations cheers regards wishes sincerely god lord jesus christ christian
bible internet facebook whatsapp instagram twitter google zoom teams amazon goodreads netflix bbc youtube german
french spanish italian dutch portuguese russian irish british american european london europe england scotland wales
ireland britain germany france spain italy africa asia deutsch englisch zitate zitat fragen frage buch bücher autor
autorin titel ort datum uhrzeit anwesend entschuldigt protokoll fazit bewertung noten durchschnitt ergebnis nächstes
nächste nächster treffen thema themen kapitel seite teil verlag übersetzung übersetzt diskussion gäste gast hinweis
hinweise anmerkung anmerkungen allgemein allgemeines termin sonstiges wir ich er sie es man alle viele einige manche
niemand jeder keiner wer wie wo warum wann der die das ein eine und oder aber doch auch nur noch schon sehr dann
denn weil wenn als ob im zum zur beim nach vor über unter mit von bei aus auf für gegen ohne um durch trotz während
danach zuerst zuletzt leider natürlich besonders le la les un une des du de et ou mais donc car ni que qui quoi dont
où il elle nous vous ils elles ce cette ces c'est son sa ses leur leurs mon ma mes notre nos votre vos tout tous
toute toutes pour par avec sans dans sur sous chez après avant quand si comme plus très bien livre livres auteur
auteure autrice titre lieu présents absents excusés moyenne citation citations prochain prochaine rencontre séance
chapitre personnages résumé avis remarques divers ordre jour merci bonjour bonsoir salut el los las unos unas y o
pero porque quien cuando donde como sí era fue muy más todo todos libro libros autora título lugar fecha asistentes
ausentes nota media cita citas pregunta preguntas próxima próximo reunión personajes resumen opinión opiniones
capítulo página gracias hola nosotros ella él ellos en con sin para por lo gli uno una e perché chi quando dove se
non sì sono molto più tutto tutti libri autore titolo luogo data presenti assenti voto citazione citazioni domanda
domande prossimo prossima incontro pagina capitolo personaggi riassunto grazie ciao noi lei lui loro het een maar
want dat wat waar wanneer hoe niet ja nee zijn zeer meer alles iedereen boek boeken schrijver schrijfster plaats
aanwezig afwezig cijfer gemiddelde citaat citaten vraag vragen volgende bijeenkomst bladzijde hoofdstuk personages
samenvatting bedankt hallo wij ik hij zij ze je jullie os uma mas quem onde não sim são muito tudo livro livros
local presentes média citação citações pergunta perguntas encontro personagens resumo obrigado obrigada olá nós ela
ele eles em com sem мы вы он она они оно это все всё нас вас их его её в на с из за о об от до у к по и а но или
если когда где как что кто почему вопрос вопросы цитата цитаты книга книги автор дата место тема итог оценка оценки
следующая встреча глава страница присутствовали анонс спасибо write-up writeup prose standfirst licence license further furthermore nowhere
whence came hard saving neither anon anonymous unknown various italics emphasis mine added hosts chair bring follow
read listen write watch buy
""")
UNCASED_LABELS = word_set("""
日時 日付 場所 会場 書名 作品 著者 作者 訳者 質問 引用 感想 次回 参加者 出席者 出席 欠席 議題 备注 时间 地点 书名 日期 참석 날짜 장소 책 ספר תאריך מקום שאלות שאלה ציטוטים
ציטוט נושא הערה הערות
""")
ATTENDEE_LABEL = (
    r"(?:those|also|members?|people|persons|everyone|guests?)? ?(?:present|in attendance|attend(?:ees?|ing|ed|ance)|"
    r"participants?|readers? present|who came|who was there|around the table|in the room|here tonight|apolog(?:ies|y)(?: (?:for absence|received|from))?|"
    r"absent|absences|regrets|excused|missing|guests?|hosts?|hosted by|hostess|chair(?:ed by|person|man)?|facilitators?|"
    r"moderators?|led by|secretary|note[- ]?takers?|scribe|minutes(?: (?:by|taken by))?|notes by|recorded by|photos? by|"
    r"review by|cake by|snacks by|discussion leaders?|new members?|who|we were|crew|gang|cast)"
    r"|anwesend(?:e|en)?|teilnehmer(?:innen|\*innen|:innen)?|teilnehmende|dabei|entschuldigt|abwesend|es fehlten?|"
    r"protokoll(?:ant(?:in)?)?|gastgeber(?:in)?|moderation|leitung|gäste|mit dabei|da waren"
    r"|présent(?:e?s|es)?|étaient présents?|participant(?:e?s|es)|excusé(?:e?s|es)?|absent(?:e?s|es)?|animation|hôte(?:sse)?|compte rendu par|secrétaire"
    r"|presenti|assenti|partecipanti|giustificati|padrona di casa"
    r"|asistentes|presentes|ausentes|participantes|asistieron|faltaron|disculpas|anfitri(?:ón|ona)"
    r"|aanwezig(?:en)?|afwezig(?:en)?|deelnemers|afgemeld|afmeldingen|gastvrouw|gastheer|verslag|notulen"
    r"|присутствовали|присутствующие|участники|были|отсутствовали"
    r"|נוכחים|משתתפים|חסרים|参加者|出席者|出席|欠席|参加|参与者|참석자?|الحضور"
)
SIGN_OFFS = r"(?:best|kind|warm|many|with)? ?(?:wishes|regards|thanks|love|cheers|yours(?: sincerely| truly)?|see you(?: all)?(?: soon| there)?|take care|bis bald|(?:viele |liebe |herzliche |beste )?grüße|lg|à bientôt|amitiés|bises|cordialement|saludos|un abrazo|abrazos|saluti|un abbraccio|groet(?:en|jes)?|abraços?)"
