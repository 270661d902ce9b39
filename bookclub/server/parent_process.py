"""End this process with the one that started it, even if that one is killed and can tell nobody.

Linux sends a signal at the parent's death, also to a process that is stuck in C code. Elsewhere, and for a parent that
had ended before, a thread looks again and again.
"""

import ctypes
import os
import signal
import sys
import threading
import time

POLL_SECONDS = 0.25
PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent(pid, *, stop_seconds=0):
    """End this process when its parent, the process `pid`, has ended.

    With `stop_seconds` it gets SIGTERM first, and has so many seconds to stop by itself.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM if stop_seconds else signal.SIGKILL)
    threading.Thread(target=watch_parent, args=(pid, stop_seconds), daemon=True).start()


def watch_parent(pid, stop_seconds):
    while os.getppid() == pid:
        time.sleep(POLL_SECONDS)
    if stop_seconds:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(stop_seconds)
    os.kill(os.getpid(), signal.SIGKILL)
