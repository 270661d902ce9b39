"""`python -m bookclub.server.web_server PARENT …` runs granian with the arguments that follow, for the supervisor PARENT.

Granian's process starts one web process. Both end with the process that started them, so that the port is free again.
"""

import multiprocessing
import os
import sys
import threading
import time

from bookclub.server.parent_process import end_with_parent

SIGNALLED = 128  # a shell adds this to the number of the signal that has ended a process


def create_application():
    """Return the application; granian calls this once in each web process."""
    parent = multiprocessing.parent_process()
    end_with_parent(parent.pid if parent else os.getppid())
    from bookclub.asgi import application  # noqa: PLC0415 - granian's own process does not need Django

    return application


def main():
    end_with_parent(int(sys.argv.pop(1)))
    # Not before the line above: the parent may end while this is imported.
    from granian.cli import entrypoint  # noqa: PLC0415

    web_processes = []
    threading.Thread(target=find_web_processes, args=(web_processes,), daemon=True).start()
    try:
        entrypoint()
    except SystemExit as stop:
        # Granian's own exit code is 1, whatever has ended its web process.
        signals = [-process.exitcode for process in web_processes if (process.exitcode or 0) < 0]
        if stop.code and signals:
            sys.exit(SIGNALLED + signals[0])
        raise


def find_web_processes(found):
    """Append the web processes to `found` once granian has started them."""
    while not (processes := multiprocessing.active_children()):
        time.sleep(0.05)
    found += processes


if __name__ == "__main__":
    main()
