"""The Nu validator for HTML and CSS, of the version that bench/package.json pins."""

import json
import shutil
import subprocess

from bookclub.environment import BASE_DIR
from tests.missing_tools import skip_unless_ci

JAR = BASE_DIR / "bench/node_modules/vnu-jar/build/dist/vnu.jar"
# Java for a run of a second: no second compiler, a simple garbage collector, and the stack that the validator asks for.
JAVA_OPTIONS = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m"]


def find_errors(path, *options):
    """Return `file:line: message` for each error in a file, or in the files of a folder."""
    if not shutil.which("java"):
        skip_unless_ci("No Java for the HTML validator: apt install default-jre-headless.")
    if not JAR.exists():
        skip_unless_ci("No HTML validator: install npm (apt install npm), then make browser fetches it.")
    command = ["java", *JAVA_OPTIONS, "-jar", JAR, "--format", "json", "--stdout", "--exit-zero-always", *options, path]
    messages = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["messages"]
    return [
        f"{message.get('url', '').rpartition('/')[2]}:{message.get('lastLine')}: {message['message']}"
        for message in messages
        if message["type"] != "info"
    ]
