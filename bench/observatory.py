"""Score pages by the rules of the MDN HTTP Observatory, as if they had come by https, without a network.

    python -m bench.observatory

A page with a script and a cookie must reach 140, the most for a site that is not in the browsers' HSTS preload list;
others 130. Exits with 1 below that.
"""

import http.client
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from tests.serving import BASE_DIR, served

SITE_URL = "https://club.example.org"
HOST = SITE_URL.removeprefix("https://")
SETTINGS = {"SITE_URL": SITE_URL, "ALLOWED_HOSTS": f"{HOST},localhost", "TRUSTED_PROXY_COUNT": "1"}
MOST, WITHOUT_SCRIPT_AND_COOKIE = 140, 130
# Without a script and a cookie.
VISITORS = ["/", "/write-ups/", "/write-ups/a-smart-cities-special/", "/books/", "/quotes/", "/newsletter/"]
ERRORS = ["/no-such-page/"]
# With both.
LOGIN = "/accounts/login/"
ORGANISERS = ["/admin/", "/admin/meetups/writeup/add/", "/admin/password_change/"]


def request_page(port, path, *, method="GET", headers=None, body=None, scheme="https"):
    """Return the response as the proxy of a site with https would get it, in the form that observatory.mjs reads."""
    connection = http.client.HTTPConnection("localhost", int(port), timeout=60)
    proxied = {"Host": HOST, "X-Forwarded-Proto": scheme, "X-Forwarded-For": "192.0.2.7"}
    connection.request(method, path, body=body, headers=proxied | (headers or {}))
    response = connection.getresponse()
    answer = {
        "url": f"{scheme}://{HOST}{path}",
        "status": response.status,
        "headers": response.getheaders(),
        "body": response.read().decode(errors="replace"),
    }
    connection.close()
    return answer


def read_cookies(answer):
    return [value for name, value in answer["headers"] if name.lower() == "set-cookie"]


def make_cookie_header(cookies):
    return {"Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies)}


def sign_in(port, folder):
    """Sign in as the sample's organiser and return the cookies, as the site sets them."""
    email, password = re.findall(r": (.+)", Path(folder, "organiser.txt").read_text())
    path = "/accounts/login/password/"
    form = request_page(port, path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form["body"])[1]
    headers = make_cookie_header(read_cookies(form)) | {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": SITE_URL,
        "Referer": SITE_URL + path,
    }
    fields = {"login": email, "password": password, "csrfmiddlewaretoken": token}
    answer = request_page(port, path, method="POST", headers=headers, body=urlencode(fields))
    if answer["status"] != 302:
        raise SystemExit(f"Signing in: {answer['status']}")
    return read_cookies(answer)


def capture_page(port, path, cookies=()):
    """Return what observatory.mjs needs to score the page, for a browser that has these cookies of ours."""
    return {
        "name": path,
        "url": SITE_URL + path,
        "cookies": cookies,
        "http": request_page(port, path, scheme="http"),
        "https": request_page(port, path, headers=make_cookie_header(cookies) if cookies else None),
        "cors": request_page(port, path, method="OPTIONS", headers={"Origin": "https://elsewhere.example"}),
    }


def capture_all(port, folder):
    """Return the captured pages, and the least score of each by its path."""
    cookies = sign_in(port, folder)
    with_script = [capture_page(port, LOGIN), *(capture_page(port, path, cookies) for path in ORGANISERS)]
    plain = [capture_page(port, path) for path in VISITORS + ERRORS]
    least = {page["name"]: MOST for page in with_script} | {page["name"]: WITHOUT_SCRIPT_AND_COOKIE for page in plain}
    return with_script + plain, least


def score_pages(pages):
    """Return [{name, score, results: [(rule, result, points)]}]."""
    command = ["node", "bench/observatory.mjs"]
    run = subprocess.run(command, input=json.dumps(pages), cwd=BASE_DIR, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)


def print_scores(scores, least):
    """Print the scores, and the results that cost points; return whether all are high enough."""
    for page in scores:
        print(f"{page['score']:>4} of {least[page['name']]}  {page['name']}")
        if page["score"] < least[page["name"]]:
            for rule, result, points in page["results"]:
                print(f"     {points:+4}  {rule}: {result}")
    return all(page["score"] >= least[page["name"]] for page in scores)


def main():
    with tempfile.TemporaryDirectory() as folder, served(folder, SAMPLE="1", **SETTINGS) as port:
        pages, least = capture_all(port, folder)
    return print_scores(score_pages(pages), least)


if __name__ == "__main__":
    sys.exit(not main())
