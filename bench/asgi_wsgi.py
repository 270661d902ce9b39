"""Compare our ASGI handler with granian's WSGI interface: requests a second for a small page, pages, and files.

    python -m bench.asgi_wsgi [--seconds 4] [--rounds 3]

Both serve the same club, in turn, with two processes of four threads. Needs wrk (Debian: apt install wrk).
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from bookclub.environment import BASE_DIR
from tests.serving import environment_in, fetch, free_port, sample_in

INTERFACES = {
    "wsgi": ["--interface=wsgi", "--blocking-threads=4", "bookclub.wsgi:application"],
    "asgi": ["--interface=asginl", "--backpressure=10000", "--http=1", "bookclub.asgi:application"],
}
PATHS = {
    "small page": "/robots.txt",
    "home": "/",
    "books": "/books/",
    "style sheet": "/static/css/site.css",
}


@contextmanager
def serve_interface(environment, interface):
    """Serve by granian alone, without the supervisor; yields the port."""
    port = str(free_port())
    granian = Path(sys.executable).with_name("granian")
    command = [granian, f"--port={port}", "--workers=2", "--no-ws", "--no-log", *INTERFACES[interface]]
    server = subprocess.Popen(command, env=environment, cwd=BASE_DIR)
    try:
        fetch(port, "/healthz")
        yield port
    finally:
        server.terminate()
        server.wait()


def measure_rate(port, path, seconds):
    """Return the requests a second that 8 connections get."""
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", f"http://localhost:{port}{path}"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise RuntimeError(f"{path}: {output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])


def find_paths(port):
    """Return PATHS with a write-up and a picture of the sample."""
    page = fetch(port, "/")[1].decode()
    writeup = re.search(r'href="(/write-ups/[\w-]+/)"', page)[1]
    picture = re.search(r"/media/[\w/.-]+\.webp", page)[0]
    return PATHS | {"write-up": writeup, "picture": picture}


def compare_interfaces(given):
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_in(shutil.copytree(sample_in(Path(folder)), Path(folder, "data")))
        environment["ALLOWED_HOSTS"] = "localhost"
        rates = {}
        for _ in range(given.rounds):
            for interface in INTERFACES:
                with serve_interface(environment, interface) as port:
                    for name, path in find_paths(port).items():
                        for _ in range(5):
                            fetch(port, path)
                        rates.setdefault((name, interface), []).append(measure_rate(port, path, given.seconds))
                        time.sleep(0.2)
    for name in dict.fromkeys(name for name, _ in rates):
        asgi, wsgi = (statistics.median(rates[name, interface]) for interface in ("asgi", "wsgi"))
        print(f"{name:12} ASGI {asgi:7.0f}/s, WSGI {wsgi:7.0f}/s, ratio {asgi / wsgi:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=4, help="for each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    compare_interfaces(parser.parse_args())
