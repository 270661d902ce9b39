import subprocess
import sys


def test_slow_name_server_does_not_delay_process_exit():
    code = (
        "import socket, time\n"
        "from bookclub.core import safe_http\n"
        "socket.getaddrinfo = lambda *_, **__: time.sleep(60)\n"
        "try:\n"
        "    safe_http.resolve_host('example.org', 443, seconds=0.1)\n"
        "except TimeoutError:\n"
        "    print('too slow')\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout == "too slow\n"
