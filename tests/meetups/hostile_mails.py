"""Mails as files and as text that are meant to exhaust the paste page. bench.hostile_files measures them."""

TOP = b"From: a@example.org\nSubject: Salt\nMessage-ID: <1@example.org>\nMIME-Version: 1.0\n"


def nest(depth, kind="multipart/mixed"):
    """Return a mail with `depth` parts inside each other."""
    lines = [f"Content-Type: {kind}; boundary=b{number}\n\n--b{number}" for number in range(depth)]
    return TOP + "\n".join(lines).encode() + b"\n\ntext\n"


HOSTILE_MAILS = {
    "nested multiparts": nest(2_000),
    "nested mails": TOP + b"Content-Type: message/rfc822\n\n" * 2_000,
    "many parts": TOP + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1_000,
    "many lines in nested parts": nest(50) + b"-\n" * 450_000,
    "many headers": b"A: b\n" * 200_000 + TOP + b"\ntext",
    "headers without an end": TOP + b"X-A: b\n" * 200_000,
    "long header": TOP + b'Content-Type: multipart/mixed; x="' + b";" * 900_000 + b"\n\ntext",
    "long headers in many parts": TOP
    + b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b'--b\nContent-Type: text/plain; x="' + b";" * 10_000 + b"\n\nx\n") * 50,
    "long address": b"From: " + b"a" * 900_000 + b"\nSubject: Salt\nMessage-ID: <1@a>\n\ntext",
    "encoded words": b"From: " + b"=?x?b?=?= " * 90_000 + b"\nSubject: Salt\nMessage-ID: <1@a>\n\ntext",
    "long text": TOP + b"\n" + b"x" * 5_000_000,
    "long line of marks": TOP + b"\n" + b"> " * 400_000,
    "list": TOP + b"\n" + b"- x\n" * 100_000,
    "headers as text": TOP + b"\n" + b"From: x\nSubject: y\n" * 20_000,
    "recipients as text": TOP + b"\n" + b"To: x\n" * 50_000,
    "HTML tags": TOP + b"Content-Type: text/html\n\n" + b"<p>x</p>" * 100_000,
    "HTML entities": TOP + b"Content-Type: text/html\n\n<p>" + b"&amp;" * 45_000,
    "HTML brackets": TOP + b"Content-Type: text/html\n\n" + b"<" * 900_000,
    "HTML elements": TOP + b"Content-Type: text/html\n\n" + b"<div class=a>" * 3_000 + b"<b>x</b>" * 3_000,
    "bytes of no encoding": TOP + b"\n" + bytes(range(128, 256)) * 7_000,
    "charset that is none": TOP + b'Content-Type: text/plain; charset="zlib"\n\ntext',
    "charset with continuations": TOP + b"Content-Type: text/plain; charset*=utf-8''x\n\ntext",
    "charset with NUL": TOP + b'Content-Type: text/plain; charset="a\x00b"\n\ntext',
    "broken base64": TOP + b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n=text",
    "boundary with continuations": TOP
    + b"Content-Type: multipart/mixed; boundary*=us-ascii''b; boundary*0=b\n\n--b\n\nt\n",
    "sender of brackets": b"From: " + b"<(" * 5_000 + b"\nSubject: Salt\nMessage-ID: <1@a>\n\ntext",
    "date of digits": TOP + b"Date: " + b"9" * 500 + b"\n\ntext",
}
HOSTILE_MAIL_TEXTS = {
    "long sender": "From: " + "a" * 900_000 + "\nSubject: x\n\ntext",
    "headers": "From: a\nSubject: b\n" * 6_000,
    "spaces": "From: a\nSubject: b\n\n" + " " * 900_000 + "word",
    "signs of a thread": "From: a\nSubject: b\n\n" + "On a\n" * 12_000,
    "addresses": "From: a\nSubject: b\n\n" + "<a@" * 300_000,
    "closings": "From: a\nSubject: b\n\n" + "Best\n\n" * 12_000,
}
