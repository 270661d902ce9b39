"""Classify headings and cells of address lists in English, German, French, Spanish, Italian, Dutch and Portuguese.

All words are compared after `fold_to_letters()`. Sources: the exports of Mailchimp, Brevo, MailerLite, Substack, Ghost,
Buttondown, phpList and Mailman, Google's and Outlook's contacts, and spreadsheets kept by hand.
"""

import re
from functools import lru_cache

from bookclub.core.text import fold_accents

# Headings of the address column, the best first: “address” may be postal.
ADDRESS_HEADINGS = [
    "email", "emailaddress", "emailvalue", "mail", "mailaddress", "emailadresse", "mailadresse", "courriel",
    "adresseemail", "adressemail", "adressedemessagerie", "adresseelectronique", "correo", "correoelectronico",
    "direcciondecorreo", "direcciondecorreoelectronico", "indirizzoemail", "postaelettronica",
    "indirizzodipostaelettronica", "emailadres", "mailadres", "enderecodeemail", "correioeletronico", "subscriber",
    "address", "adresse",
]  # fmt: skip
ADDRESS_PARTS = re.compile(r"e?mail|courriel|correo|correio|messagerie|postaelettronica")
NO_ADDRESS_PARTS = re.compile(r"html|type|label|name|format|client|count|sent|open|click|domain|status|id$")
FULL_NAMES = {
    "name", "fullname", "displayname", "realname", "vollername", "nomcomplet", "nombrecompleto", "nombreyapellidos",
    "nomecompleto", "naam", "volledigenaam", "membername", "subscribername",
}  # fmt: skip
GIVEN_NAMES = {"firstname", "fname", "givenname", "first", "vorname", "prenom", "nombre", "nome", "voornaam"}

# Parts of headings and of cells that say that somebody gets no mail any more.
REFUSED = re.compile(
    "unsub|optout|optedout|optingout|donotemail|donotmail|donotcontact|nomail|noemail|keinemail|geen(?:e)?mail|"
    "pasde(?:e)?mail|sinmail|bounce|undeliver|black ?list|"
    "block ?list|blocked|cleaned|cleantime|deleted|deletion|removed|removal|suppress|complain|spam|junk|abuse|disabled|"
    "inactiv|archived|revoked|withdr|banned|cancel|declined|refused|rejected|invalid|exmember|formermember|"
    "abgemeldet|abmeld|ausgetragen|austrag|austritt|ausgetreten|gekue?ndigt|kue?ndigung|widerruf|widerspr|"
    "unzustellbar|gesperrt|sperr|blockiert|geloe?scht|deaktiv|inaktiv|archiviert|ehemalig|abgelehnt|keinemail|"
    "ungue?ltig|"
    "desabonn|desinscri|resili|rebond|listenoire|bloque|supprim|desactiv|archive|refuse|"
    "dadodebaja|desuscri|dessuscri|rebot|listanegra|eliminad|borrad|rechazad|debaja|"
    "disiscri|disdett|annullat|revocat|rimbalz|bloccat|eliminat|disattiv|inattiv|rifiutat|"
    "uitgeschreven|uitschrij|afgemeld|afmeld|opgezegd|geblokkeerd|verwijderd|gedeactiveerd|nietactief|geweigerd|"
    "ongeldig|"
    "descadastr|desinscrev|bloquead|excluid|removid|desativ|inativ|recusad|apagad"
)
REFUSED_WORDS = {
    "left", "gone", "out", "raus", "weg", "baja", "bajas", "parti", "partie", "uscito", "vertrokken", "saiu", "churned",
    "byuser", "bybounces", "bymoderator", "ex",
}  # fmt: skip
UNCONFIRMED = re.compile(
    "unconfirm|notconfirm|neverconfirm|unverified|notverified|unactivated|notactivated|pending|awaiting|waiting|"
    "nonsubscribed|notsubscribed|neversubscribed|transactional|nonmember|invited|"
    "(?:un|nicht)bestae?tigt|ausstehend|wartet|eingeladen|enattente|(?:non|pas)(?:confirm|verif|inscrit|abonne)|"
    "pendiente|sinconfirmar|noconfirm|noverific|nosuscri|inattesa|nonconferm|noniscritt|inafwachting|"
    "(?:niet|on)bevestigd|nietingeschreven|pendente|naoconfirm|porconfirmar|naoinscrit"
)
UNCONFIRMED_WORDS = {"offen", "open", "new"}
NEGATIONS = ("not ", "never ", "nicht ", "kein ", "keine ", "non ", "pas ", "no ", "niet ", "geen ", "nao ")
SUBSCRIBED = re.compile(
    "subscribed|active|confirmed|verified|enabled|regular|member|premium|optin|optedin|consented|granted|accepted|"
    "aktiv|abonn|angemeldet|eingetragen|bestae?tigt|mitglied|actif|inscrit|confirme|verifie|membre|"
    "activ[oa]|suscrit|confirmad|verificad|miembro|attiv[oa]|iscritt|confermat|socio|actief|ingeschreven|aangemeld|"
    "bevestigd|ativ[oa]|assinante|membro"
)
SUBSCRIBED_WORDS = {"ok", "live", "valid", "current", "normal", "paid", "free", "gift", "gifted", "comp", "lid", "drin"}
YES = {
    "yes", "y", "true", "t", "1", "on", "x", "ja", "j", "wahr", "oui", "o", "vrai", "si", "s", "verdadero", "vero",
    "waar", "sim", "verdadeiro", "✓", "✔", "☑",
}  # fmt: skip
NO = {"no", "n", "false", "f", "0", "off", "nein", "falsch", "non", "faux", "falso", "nee", "onwaar", "nao", "☐", "✗"}
BLANK = {"", "-", "--", "–", "—", "null", "none", "na", "nan", "nil", "never", "nie", "jamais", "nunca", "mai", "nooit"}
DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*|\d{9,13}|\d{1,2}\.? \w+\.? \d{4}.*|\w+ \d{1,2},? \d{4}.*")
ZERO_DATE = re.compile(r"0{1,4}[-./]0{1,2}[-./]0{1,4}.*")

STATUS_HEADING = re.compile(
    "status|statut|subscri(?:ber|ption)type|estadodela|statoiscrizione|deliverymode|^role$|^rolle$"
)
CONFIRMED_HEADING = re.compile("confirm|verifi|bestae?tig|conferm|bevestig|doubleopt|doi$|activated")
CONSENT_HEADING = re.compile(
    "subscribed|optin|optedin|consen[st]|consenti|toestemming|erwunscht|einwillig|zustimm|einverst|abonn|angemeldet|"
    "inscrit|suscrit|iscritt|ingeschreven|"
    "aangemeld|newsletter|rundbrief|infolettre|boletin|nieuwsbrief|acceptsmarketing|permission|erlaubnis|"
    "^(?:is)?(?:active?|aktiv|acti[fv]o?|attivo|actief|ativo|enabled)$"
)
TIME_WORDS = {"at", "on", "am", "le", "el", "il", "op", "em", "time", "date", "datum", "fecha", "since", "seit", "by"}
MEASURE_ENDS = ("count", "rate", "score", "link", "url", "token", "ip", "anzahl", "number")
# Headings of free text, in which somebody may have written that a person left.
NOTE_HEADINGS = re.compile(
    "^(?:tags?|notes?|notizen?|nota|notas|info)$|bemerk|remar[qk]|kommentar|comment|opmerking|osservaz"
)
# Headings that can't be a refusal.
OTHER_HEADINGS = re.compile(
    "^(?:id|leid|euid|uuid|uid|cc|ort|nom|titre?|titel|title|land|tel|plan|tiers?|html|format|city|ville|stadt|"
    "first|last|middle|sent|opens?|opened|clicks?|clicked|list|expiry|topics|words|photo|pays|pais|paese|plz|zip|web)$|"
    "^(?:user|member|contact|stripe)id|phone|telef|telep|mobil|handy|^sms|street|strasse|postal|country|region|latitude|"
    "longitude|gmtoff|dstoff|timezone|company|firma|societe|organi[sz]ation|job|"
    "anrede|salutation|gender|geschlecht|birthday|geburt|lastname|nachname|surname|familyname|apellido|cognome|"
    "achternaam|sobrenome|middlename|nickname|langu|sprache|langue|created|modified|updated|lastchanged|payment|stripe|"
    "price|rating|messagerie$|emailtype|typedemess|photo|website|attribut|referr|utm|location|activesubscription|"
    "htmle?mail|complimentaryplan|rsvps|revenue|joined|lname|^mmerge|mail(?:label|type|name|displayname)$|"
    "^(?:addresse?|adresse|adres|direccion|indirizzo|endereco)(?:line)?$"
)


def fold_to_letters(text: str) -> str:
    """Return the letters and digits of a heading or cell, without accents and spaces."""
    return fold_accents(text).replace(" ", "")


def classify_heading(heading: str) -> str:
    """Return refused, unconfirmed, status, confirmed, consent, note, other, or "" for an unknown heading."""
    words = fold_accents(heading).split()
    name = re.sub(r"\d", "", "".join(words))
    if not name or re.search("activesubscription|complimentary", name):
        return "other"
    if name.endswith(MEASURE_ENDS):
        return "other"
    if UNCONFIRMED.search(name):
        return "unconfirmed"
    if REFUSED.search(name) or name in REFUSED_WORDS:
        return "refused"
    if STATUS_HEADING.search(name):
        return "status"
    if CONFIRMED_HEADING.search(name):
        return "confirmed"
    if CONSENT_HEADING.search(name):
        return "other" if words[-1] in TIME_WORDS or name.endswith(("time", "date", "datum")) else "consent"
    if NOTE_HEADINGS.search(name):
        return "note"
    return "other" if OTHER_HEADINGS.search(name) else ""


@lru_cache(maxsize=1_000)  # most columns repeat a few values
def classify_cell(text: str) -> str:
    """Return blank, date, yes, no, refused, unconfirmed, subscribed or unknown."""
    text = text.strip()
    spaced, squeezed = fold_accents(text), fold_to_letters(text)
    if squeezed in BLANK or ZERO_DATE.fullmatch(text) or text == r"\N":
        return "blank"
    if squeezed in YES:
        return "yes"
    if squeezed in NO:
        return "no"
    if DATE.fullmatch(text):
        return "date"
    if len(text) > 60:
        return "unknown"
    if UNCONFIRMED.search(squeezed) or squeezed in UNCONFIRMED_WORDS:
        return "unconfirmed"
    if REFUSED.search(squeezed) or squeezed in REFUSED_WORDS:
        return "refused"
    if f"{spaced} ".startswith(NEGATIONS):
        return "unconfirmed"
    is_known = SUBSCRIBED.search(squeezed) or squeezed in SUBSCRIBED_WORDS
    return "subscribed" if is_known else "unknown"


def find_refusal(role: str, kind: str) -> str:
    """Return left, unconfirmed, "" (no refusal) or unclear for a cell of `kind` in a column of `role`."""
    if kind in {"refused", "unconfirmed"}:
        is_first_step = kind == "unconfirmed" or role == "unconfirmed"
        return "unconfirmed" if is_first_step else "left"
    if role in {"refused", "unconfirmed"}:
        return "" if kind in {"blank", "no", "subscribed"} else "left" if role == "refused" else "unconfirmed"
    if kind in {"yes", "date", "subscribed"}:
        return ""
    if role == "confirmed":
        return "unclear" if kind == "unknown" else "unconfirmed"
    return "left" if kind == "no" and role in {"consent", "status"} else "unclear"
