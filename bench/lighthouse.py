"""Print Lighthouse's four scores and the layout shift for a phone: `make lighthouse`. Exits with 1 if a score is below 100.

python -m bench.lighthouse                            the sample's home, first write-up and its book
python -m bench.lighthouse /quotes/ --port 8000       a page of a site that is running
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

from tests.serving import BASE_DIR, served

PAGES = ["/", "/write-ups/a-smart-cities-special/", "/books/smart-urbanism/"]
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
COMMAND = BASE_DIR / "bench/node_modules/.bin/lighthouse"
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"


def audit_of(url):
    """Return the report of a first visit, with the phone and slow connection that Lighthouse simulates by default."""
    options = [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}", "--output=json", "--quiet"]
    environment = {"CHROME_PATH": shutil.which("chromium") or ""} | os.environ
    result = subprocess.run([COMMAND, url, *options], env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(result.stdout)


def amiss(report):
    """Return the audits that lower a score."""
    refs = [ref for category in report["categories"].values() for ref in category["auditRefs"] if ref["weight"]]
    return [ref["id"] for ref in refs if (report["audits"][ref["id"]]["score"] or 0) < 0.9 and counts(report, ref)]


def counts(report, ref):
    return report["audits"][ref["id"]]["scoreDisplayMode"] in {"binary", "numeric", "metricSavings"}


def is_perfect(url, path):
    """Print scores and failed audits; return whether all scores are 100 without a layout shift."""
    report = audit_of(url + path)
    scores = [round(report["categories"][category]["score"] * 100) for category in CATEGORIES]
    shift = report["audits"]["cumulative-layout-shift"]["numericValue"]
    print(*(f"{score:>14}" for score in scores), f"{shift:>6.3f}  {path}", flush=True)
    for name in amiss(report):
        audit = report["audits"][name]
        print(f"    {name}: {audit['title']} {audit.get('displayValue') or audit.get('explanation', '')}")
    return min(scores) == 100 and shift == 0


def audit_all(port, paths):
    print(*(f"{category:>14}" for category in CATEGORIES), f"{'shift':>6}  page")
    results = [is_perfect(f"http://localhost:{port}", path) for path in paths]
    return all(results)


def main(paths, port):
    if port:
        return audit_all(port, paths)
    with tempfile.TemporaryDirectory() as folder, served(folder, SAMPLE="1") as port:
        return audit_all(port, paths)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", default=PAGES)
    parser.add_argument("--port", help="of a site that is running here")
    sys.exit(not main(**vars(parser.parse_args())))
