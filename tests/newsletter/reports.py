"""Mails that come back, of every usual shape: files of tests/fixtures/bounces/, and texts built here.

Each is made for a copy, with a proof of which copy it is. A verdict is "hard", "soft", "complaint", or "" for a mail that
must change nothing.
"""

import base64
import re

from bookclub.environment import BASE_DIR

FOLDER = BASE_DIR / "tests/fixtures/bounces"
FILE_VERDICTS = {
    "01-postfix": "hard",
    "02-exchange-no-message-id": "hard",
    "03-qmail": "hard",
    "04-action-comment": "hard",
    "05-action-upper": "hard",
    "06-delayed": "",
    "07-delivered": "",
    "08-status-500-xsupp": "hard",
    "09-o365-541": "hard",
    "10-o365-5110": "hard",
    "11-host-not-found": "soft",
    "12-full-522": "soft",
    "14-disabled-521": "hard",
    "15-dmarc-571": "",
    "18-global-dsn": "hard",
    "19-base64-dsn": "hard",
    "20-orig-base64": "hard",
    "21-blank-line-in-group": "hard",
    "22-mixed-with-dsn": "hard",
    "23-out-of-office": "",
    "24-mdn-deleted": "",
    "25-arf": "complaint",
    "27-two-groups": "hard",
    "28-forward-dead": "hard",
    "29-lf-mbox-from": "hard",
    "30-yahoo-554": "hard",
    "31-no-status": "hard",
    "32-bare-diag": "hard",
    "33-x-unix-diag": "hard",
    "34-expired-447": "soft",
    "35-rewritten-message-id": "hard",
}
# (name, Status, other fields of the recipient, verdict)
STATUS_FIELDS = [
    (
        "gmail-nobody",
        "5.1.1",
        (
            "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist."
            " Please try\n 550-5.1.1 double-checking the address for typos or unnecessary spaces."
        ),
        "hard",
    ),
    ("gmail-full", "5.2.2", "Diagnostic-Code: smtp; 552-5.2.2 The recipient's inbox is out of storage space.", "soft"),
    (
        "gmail-rate",
        "5.2.1",
        (
            "Diagnostic-Code: smtp; 550-5.2.1 The user you are trying to contact is receiving mail at a rate"
            " that\n 550-5.2.1 prevents additional messages from being delivered."
        ),
        "soft",
    ),
    (
        "gmail-spam",
        "5.7.1",
        ("Diagnostic-Code: smtp; 550-5.7.1 Our system has detected that this message is likely unsolicited mail."),
        "",
    ),
    ("yahoo-blocked", "5.7.9", "Diagnostic-Code: smtp; 554 5.7.9 Message not accepted for policy reasons.", ""),
    (
        "outlook-block-list",
        "5.7.1",
        (
            "Diagnostic-Code: smtp; 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent."
            " Please contact your Internet service provider since part of their network is on our block list (S3140)."
        ),
        "",
    ),
    (
        "outlook-unavailable",
        "5.5.0",
        "Diagnostic-Code: smtp; 550 5.5.0 Requested action not taken: mailbox unavailable",
        "hard",
    ),
    (
        "unavailable-for-now",
        "4.5.0",
        "Diagnostic-Code: smtp; 450 4.5.0 Requested action not taken: mailbox unavailable",
        "soft",
    ),
    (
        "postfix-unknown",
        "5.1.1",
        (
            "Diagnostic-Code: smtp; 550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in"
            " relay recipient table"
        ),
        "hard",
    ),
    ("postfix-greylisted", "4.7.1", "Diagnostic-Code: smtp; 450 4.7.1 Recipient address rejected: Greylisted", "soft"),
    (
        "postfix-unverified",
        "4.1.1",
        "Diagnostic-Code: smtp; 450 4.1.1 Recipient address rejected: unverified address",
        "soft",
    ),
    (
        "postfix-policy",
        "5.7.1",
        "Diagnostic-Code: smtp; 554 5.7.1 <a@b.example>: Recipient address rejected: Access denied",
        "",
    ),
    ("postfix-relay", "5.7.1", "Diagnostic-Code: smtp; 554 5.7.1 <a@b.example>: Relay access denied", ""),
    ("sender-rejected", "5.1.8", "Diagnostic-Code: smtp; 550 5.1.8 Sender address rejected: Domain not found", ""),
    ("vague-full", "5.0.0", "Diagnostic-Code: smtp; 554 Mailbox is full", "soft"),
    ("contradiction-full", "5.1.1", "Diagnostic-Code: smtp; 552 5.2.2 Over quota", "soft"),
    (
        "contradiction-spamhaus",
        "5.1.1",
        "Diagnostic-Code: smtp; 550 Service unavailable; client host blocked using Spamhaus",
        "",
    ),
    ("contradiction-expired", "4.4.7", "Diagnostic-Code: smtp; 550 5.1.1 User unknown", "hard"),
    ("domino", "5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 User A (a@b.example) not listed in Domino Directory", "hard"),
    ("icloud", "5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 <a@b.example>: user does not exist", "hard"),
    ("no-longer", "5.0.0", "Diagnostic-Code: smtp; 550 The person is no longer employed here", "hard"),
    (
        "proofpoint",
        "5.7.0",
        "Diagnostic-Code: smtp; 554 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1",
        "",
    ),
    (
        "dead-domain",
        "5.1.2",
        "Diagnostic-Code: smtp; 550 5.1.2 Bad destination host 'DNS Hard Error looking up b.example'",
        "hard",
    ),
    (
        "server-away",
        "4.4.1",
        "Diagnostic-Code: X-Postfix; connect to mx.b.example[192.0.2.9]:25: Connection timed out",
        "soft",
    ),
    ("too-large", "5.3.4", "Diagnostic-Code: smtp; 552 5.3.4 Message size exceeds fixed limit", ""),
    ("virus", "5.7.1", "Diagnostic-Code: smtp; 550 5.7.1 Virus found", ""),
    ("german", "5.0.0", "Diagnostic-Code: smtp; 550 Empfänger unbekannt", "hard"),
    ("french", "5.0.0", "Diagnostic-Code: smtp; 550 Utilisateur inconnu", "hard"),
    ("only-members-write", "5.7.1", "Diagnostic-Code: smtp; 550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized", ""),
    ("status-alone", "5.1.1 (bad destination mailbox)", "Remote-MTA: dns; mx.b.example", "hard"),
    ("nothing-known", "5.0.0", "Remote-MTA: dns; mx.b.example", "soft"),
    ("loop", "5.4.6", "Diagnostic-Code: smtp; 554 5.4.6 Too many hops", ""),
]
# (name, headers, text before the copy, verdict)
TEXTS = [
    (
        "exim-unrouteable",
        "X-Failed-Recipients: a@b.example\nSubject: Mail delivery failed: returning message to sender",
        (
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to"
            " one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  a@b.example\n"
            "    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------"
        ),
        "hard",
    ),
    (
        "exim-said",
        "X-Failed-Recipients: a@b.example\nSubject: Mail delivery failed: returning message to sender",
        (
            "A message that you sent could not be delivered to one or more of its\nrecipients.\n\n  a@b.example\n    host"
            " mx.b.example [192.0.2.9]\n    SMTP error from remote mail server after RCPT TO:<a@b.example>:\n    552 5.2.2 Quota"
            " exceeded\n\n------ This is a copy of the message, including all the headers. ------"
        ),
        "soft",
    ),
    (
        "exim-host-named-for-spam",
        "X-Failed-Recipients: a@b.example\nSubject: Mail delivery failed: returning message to sender",
        (
            "A message that you sent could not be delivered to one or more of its\nrecipients.\n\n  a@spam.example\n    host"
            " mx.spam.example [192.0.2.9]\n    SMTP error from remote mail server after RCPT TO:<a@spam.example>:\n    550 5.1.1"
            " User unknown"
        ),
        "hard",
    ),
    (
        "russian",
        "Subject: Недоставленное сообщение",
        "Ваше письмо не может быть отправлено одному адресату.\n<a@b.example>: 550 5.1.1 User unknown",
        "hard",
    ),
    (
        "exim-delay",
        "Subject: Warning: message delayed 24 hours",
        (
            "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours.\nNo action"
            " is required on your part. Delivery attempts will continue."
        ),
        "",
    ),
    (
        "sendmail",
        "Subject: Returned mail: see transcript for details",
        (
            "   ----- The following addresses had permanent fatal errors -----\n<a@b.example>\n    (reason: 550 5.1.1 <a@b.example>..."
            " User unknown)\n\n   ----- Original message follows -----"
        ),
        "hard",
    ),
    (
        "sendmail-warning",
        "Subject: Warning: could not send message for past 4 hours",
        (
            "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO"
            " NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n<a@b.example>... Deferred:"
            " connection timed out"
        ),
        "",
    ),
    (
        "postfix-text",
        "Subject: Undelivered Mail Returned to Sender",
        (
            "I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<a@b.example>:"
            " host mx.b.example[192.0.2.9] said: 550 5.7.1\n    Message rejected as spam by Content Filtering."
        ),
        "",
    ),
    (
        "yahoo-text",
        "Subject: Failure Notice",
        (
            "Sorry, we were unable to deliver your message to the following address.\n\n<a@b.example>:\n554: delivery error: dd This"
            " user doesn't have a yahoo.com account (a@b.example) [0]\n\n--- Below this line is a copy of the message."
        ),
        "hard",
    ),
    (
        "qmail-full",
        "Subject: failure notice",
        (
            "Hi. This is the qmail-send program at mx.b.example.\nI'm afraid I wasn't able to deliver your message; I couldn't deliver"
            " it.\n\n<a@b.example>:\nMailbox full (#5.2.2)\n\n--- Below this line is a copy of the message."
        ),
        "soft",
    ),
    (
        "german-text",
        "Subject: Unzustellbar: November",
        "Ihre Nachricht konnte nicht zugestellt werden.\n\na@b.example: kein Postfach unter diesem Namen",
        "hard",
    ),
    ("no-reason", "Subject: Undeliverable: November", "Your message could not be delivered.", "soft"),
    (
        "away",
        "Subject: Out of office: November\nAuto-Submitted: auto-replied",
        "I am away, and your mail could not be delivered to my desk.",
        "",
    ),
    ("newsletter-about-bounces", "Subject: How we work", "We check each mail twice.", ""),
]


def build_returned_headers(row):
    return f"From: Club <hello@club.example.org>\nTo: {row.subscriber.email}\nMessage-ID: <{row.message_id}>\n"


def build_file_report(name, row):
    """Return a file of tests/fixtures/bounces/ as it would be for the copy `row`."""
    text = (FOLDER / f"{name}.eml").read_bytes().decode()
    if name == "20-orig-base64":
        headers = base64.encodebytes(build_returned_headers(row).encode()).decode()
        text = re.sub(r"(Transfer-Encoding: base64\s+)[\w+/=\s]+", rf"\1{headers}\n", text)
    if name == "02-exchange-no-message-id":
        text = text.replace("+back@", f"+back-{row.copy_key}@", 1)
    text = re.sub(r"letter-\d+-\d+-[0-9a-f]{16}@[\w.]+", row.message_id, text)
    return re.sub(r"(?<=leave[/-])[\w-]{43}", row.subscriber.token, text).encode()


def build_status_report(status, fields, row):
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.b.example\nTo: letters@club.example.org\nSubject: Undelivered\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nThe mail has failed.\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.b.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: {status}\n{fields}\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{build_returned_headers(row)}\n--b--\n"
    ).encode()


def build_text_report(headers, text, row):
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.b.example\nTo: letters@club.example.org\n{headers}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n\n{build_returned_headers(row)}\nHello\n"
    ).encode()


def build_feedback_without_report(row):
    return (
        f"From: staff@hotmail.com\nTo: letters@club.example.org\nSubject: complaint about message\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
        f"X-HmXmrOriginalRecipient: a@b.example\n{build_returned_headers(row)}\nHello\n\n--b--\n"
    ).encode()


def iterate_reports():
    """Yield (name, verdict, function that builds the report for a copy)."""
    for name, verdict in FILE_VERDICTS.items():
        yield name, verdict, lambda row, name=name: build_file_report(name, row)
    for name, status, fields, verdict in STATUS_FIELDS:
        yield name, verdict, lambda row, status=status, fields=fields: build_status_report(status, fields, row)
    for name, headers, text, verdict in TEXTS:
        yield name, verdict, lambda row, headers=headers, text=text: build_text_report(headers, text, row)
    yield "feedback-without-report", "complaint", build_feedback_without_report
