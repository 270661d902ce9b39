"""A local imitation of each mail provider's HTTP API, as documented, which stores the mails.

    with Api("mailgun") as api:
        api.serve(settings)     # sends mail to this server
        ...
    api.mails                   # the delivered mails: a Got for each recipient

It fills placeholders as the provider does, and rejects what the provider rejects.
"""

import json
import os
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from uuid import uuid4

from bookclub import environment

URLS = {
    "brevo": "brevo://key@",
    "mailgun": "mailgun://key@mg.example.org",
    "mailjet": "mailjet://key:secret@",
    "postmark": "postmark://key@",
    "resend": "resend://key@",
    "sparkpost": "sparkpost://key@",
}
MERGING = ["brevo", "mailgun", "mailjet", "sparkpost"]
MAILJET_REFUSES = {"from", "sender", "subject", "to", "cc", "bcc", "reply-to", "date", "message-id", "list-id"}


@dataclass
class Got:
    """A mail as delivered to one mailbox."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict
    copy: str = ""
    counts: bool = False  # who opens it, and what is followed
    files: list = field(default_factory=list)

    def filled(self, placeholders):
        """Replace the placeholders in the text and the headers."""
        for name, value in placeholders.items():
            self.text, self.html = (part.replace(name, value) for part in (self.text, self.html))
            self.headers = {key: word.replace(name, value) for key, word in self.headers.items()}
        return self


class Api:
    """`answers`: [(HTTP status, text), …] that replace the responses to the next requests.

    `cuts`: number of requests that it accepts, then closing the connection without a response. `refuses`: addresses for
    which it rejects the whole request. `drops`: addresses that it accepts but reports as undeliverable. `on_taken`:
    called when a mail was accepted.
    """

    def __init__(self, name, *, answers=(), cuts=0, refuses=(), drops=(), on_taken=lambda: None):
        self.name, self.answers, self.cuts = name, list(answers), cuts
        self.refuses, self.drops, self.on_taken = set(refuses), set(drops), on_taken
        self.mails, self.calls, self.asked = [], 0, []

    def __enter__(self):
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                api.take(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/v3/"

    def serve(self, settings):
        """Set Django's settings as EMAIL_URL does, but with the address of this server."""
        os.environ["EMAIL_URL"] = URLS[self.name]
        try:
            found = environment.read_email_server("EMAIL_URL", "")
        finally:
            del os.environ["EMAIL_URL"]
        settings.EMAIL_BACKEND = found["EMAIL_BACKEND"]
        settings.ANYMAIL = found["ANYMAIL"] | {f"{self.name.upper()}_API_URL": self.url}

    @property
    def taken(self):
        """Return {ID of the copy: number of times that it was accepted}."""
        return Counter(mail.copy for mail in self.mails)

    def take(self, request, body):
        self.calls += 1
        self.asked.append(request.path)
        if self.answers:
            return self.say(request, *self.answers.pop(0))
        got, answer = getattr(self, f"as_{self.name}")(request, body)
        if not got or any(mail.to in self.refuses for mail in got):
            return self.say(request, 400, {"message": "That is no address"})
        self.mails += [mail for mail in got if mail.to not in self.drops]
        self.on_taken()
        if self.cuts:
            self.cuts -= 1
            request.close_connection = True
            return request.connection.close()
        return self.say(request, 200, answer)

    def say(self, request, status, words):
        content = json.dumps(words).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    # --- each provider's own way --------------------------------------------------------------------------------------

    def as_brevo(self, request, body):
        data = json.loads(body)
        got = []
        for version in data.get("messageVersions") or [{"to": data["to"]}]:
            headers = data.get("headers", {}) | version.get("headers", {})
            copy = json.loads(headers.pop("X-Mailin-custom", "{}")).get("copy", "")
            mail = Got(version["to"][0]["email"], data["subject"], data["textContent"], data.get("htmlContent", ""),
                       headers, copy, files=data.get("attachment", []))  # fmt: skip
            got.append(mail.filled({f"{{{{params.{key}}}}}": word for key, word in version.get("params", {}).items()}))
        ids = [f"<{uuid4()}@brevo>" for _ in got]
        return got, {"messageIds": ids} if "messageVersions" in data else {"messageId": ids[0]}

    def as_mailgun(self, request, body):
        fields = form_of(request, body)
        first = {name: values[0] for name, values in fields.items()}
        own = json.loads(first.get("recipient-variables", "{}"))
        headers = {name[2:]: value for name, value in first.items() if name.startswith("h:")}
        got = []
        for to in fields["to"]:
            mail = Got(to, first["subject"], first["text"], first.get("html", ""), headers | {"copy": first.get("v:copy", "")},
                       counts=(first["o:tracking-clicks"], first["o:tracking-opens"]) != ("no", "no"),
                       files=fields.get("attachment", []))  # fmt: skip
            mail.filled({f"%recipient.{key}%": word for key, word in own.get(to, {}).items()})
            mail.copy = mail.headers.pop("copy")
            got.append(mail)
        return got, {"id": "<1@mailgun>", "message": "Queued. Thank you."}

    def as_mailjet(self, request, body):
        data = json.loads(body)
        common, got = data["Globals"], []
        for each in data["Messages"]:
            every = common | each
            headers = every.get("Headers", {})
            if MAILJET_REFUSES & {name.lower() for name in headers}:
                return [], {}
            copy = json.loads(every.get("EventPayload", "{}")).get("copy", "")
            counts = (every["TrackOpens"], every["TrackClicks"]) != ("disabled", "disabled")
            mail = Got(every["To"][0]["Email"], every["Subject"], every["TextPart"], every.get("HTMLPart", ""),
                       headers, copy, counts, every.get("Attachments", []))  # fmt: skip
            values = every.get("Variables", {}) if every.get("TemplateLanguage") else {}
            got.append(mail.filled({f"{{{{var:{key}}}}}": word for key, word in values.items()}))
        results = [
            {"Status": "error", "Errors": [{"ErrorMessage": "No such mailbox"}]}
            if mail.to in self.drops
            else {"Status": "success", "To": [{"Email": mail.to.lower(), "MessageID": number}]}
            for number, mail in enumerate(got, 1)
        ]
        return got, {"Messages": results}

    def as_postmark(self, request, body):
        data = json.loads(body)
        headers = {each["Name"]: each["Value"] for each in data["Headers"]}
        counts = (data["TrackOpens"], data["TrackLinks"]) != (False, "None")
        copy = data.get("Metadata", {}).get("copy", "")
        mail = Got(data["To"], data["Subject"], data["TextBody"], data.get("HtmlBody", ""), headers, copy, counts,
                   data.get("Attachments", []))  # fmt: skip
        if mail.to in self.drops:
            words = (
                f"Found inactive addresses: {mail.to}. Inactive recipients are ones that have generated a hard bounce"
            )
            return [mail], {"ErrorCode": 406, "Message": words}
        return [mail], {"To": mail.to, "MessageID": str(uuid4()), "ErrorCode": 0, "Message": "OK"}

    def as_resend(self, request, body):
        data = json.loads(body)
        headers = data["headers"]
        copy = json.loads(headers.pop("X-Metadata", "{}")).get("copy", "")
        mail = Got(data["to"][0], data["subject"], data["text"], data.get("html", ""), headers, copy,
                   files=data.get("attachments", []))  # fmt: skip
        return [mail], {"id": str(uuid4())}

    def as_sparkpost(self, request, body):
        data = json.loads(body)
        content, options = data["content"], data["options"]
        got = []
        for each in data["recipients"]:
            copy = (each.get("metadata") or data.get("metadata", {})).get("copy", "")
            headers = content.get("headers", {}) if options["transactional"] else {}
            counts = options["open_tracking"] or options["click_tracking"]
            mail = Got(each["address"]["email"], content["subject"], content["text"], content.get("html", ""),
                       headers, copy, counts, content.get("attachments", []))  # fmt: skip
            got.append(mail.filled({f"{{{{{key}}}}}": word for key, word in each.get("substitution_data", {}).items()}))
        numbers = {"total_rejected_recipients": 0, "total_accepted_recipients": len(got), "id": "1"}
        return got, {"results": numbers}


def form_of(request, body):
    """Return the fields of a form, urlencoded or multipart, each with all its values."""
    fields = {}
    kind = request.headers["Content-Type"]
    if kind.startswith("multipart/"):
        whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=policy.HTTP)
        parts = whole.iter_parts()
        pairs = [
            (each.get_param("name", header="content-disposition"), each.get_payload(decode=True).decode())
            for each in parts
        ]
    else:
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def find_placeholders(text):
    """Return the placeholders left in `text`, which a reader must never see."""
    return re.findall(r"\{\{.*?\}\}|%recipient\.[^%]*%", text)
