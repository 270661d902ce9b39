from bookclub.server.supervisor import ChildProcess
from tests.killing import wait_until


def test_process_that_cannot_be_started_is_tried_again(tmp_path, log):
    program = tmp_path / "worker"
    child = ChildProcess("mail worker", [str(program)])

    child.keep_running()
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o700)
    process = wait_until(lambda: child.keep_running() or child.process)

    assert process.poll() is None
    process.kill()
    process.wait()
    [line] = log.lines
    assert line.endswith("The mail worker can't be started: No such file or directory. It starts again in 0.5 seconds.")
