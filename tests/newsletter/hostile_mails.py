"""Incoming mails that are meant to exhaust or to break the parser. bench.hostile_files measures them."""


def nest(depth, kind="multipart/mixed"):
    """Return a mail with `depth` parts inside each other."""
    lines = [f"Content-Type: {kind}; boundary=b{number}\n\n--b{number}" for number in range(depth)]
    return "\n".join(lines).encode() + b"\n\ntext\n"


def build_report_with(**headers):
    """Return a report whose second part has these headers."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return f"Content-Type: multipart/report; boundary=b\n\n--b\n\nt\n--b\n{lines}\ntext\n--b--\n".encode()


HOSTILE_MAILS = {
    "nested multiparts": nest(2_000),
    "nested reports": nest(2_000, "multipart/report"),
    "nested mails": b"Content-Type: message/rfc822\n\n" * 2_000,
    "nested digests": b"Content-Type: multipart/digest; boundary=b\n\n--b\n\n" * 2_000,
    "many lines in nested parts": nest(99) + b"-\n" * 450_000,
    "many parts": b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n\n" * 100_000,
    "many groups": b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
    + b"a: b\n\n" * 100_000,
    "many headers": b"a: b\n" * 200_000 + b"\n",
    "many recipients": b"To: letters+leave-" + b"x" * 43 + b"@localhost\n" * 15_000,
    "long header": b'Content-Type: multipart/report; x="' + b";" * 900_000 + b"\nTo: a@localhost\n\n",
    "folded header": b'Content-Type: multipart/report; x="' + b";\n " * 300_000 + b"\n\n",
    "many encoded words": b"To: " + b"=?x?b?=?= " * 90_000 + b"\n\n",
    "large": b"To: a@localhost\n\n" + b"x" * 3_000_000,
    "NUL": b"\x00" * 1_000_000,
    "boundary with continuations": b"Content-Type: multipart/report; boundary*=us-ascii''b; boundary*0=b\n\n--b\n\nt\n",
    "boundary in no charset": b"Content-Type: multipart/report; boundary*=undefined''%62\n\n--b\n\nt\n",
    "charset with continuations": build_report_with(Content_Type="text/plain; charset*=utf-8''x"),
    "charset with NUL": build_report_with(Content_Type='text/plain; charset="a\x00b"'),
    "charset that is no text": build_report_with(Content_Type="text/plain; charset=zlib"),
    "broken base64": build_report_with(Content_Type="text/plain", Content_Transfer_Encoding="base64"),
    "broken uuencode": build_report_with(Content_Type="text/plain", Content_Transfer_Encoding="x-uuencode"),
    "multipart in base64": build_report_with(
        Content_Type="multipart/mixed; boundary=c", Content_Transfer_Encoding="base64"
    ),
    "surrogates": build_report_with(Content_Type="text/plain").replace(b"text\n", b"\xed\xa0\x80\xff\n"),
}
