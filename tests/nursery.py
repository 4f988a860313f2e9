#!/usr/bin/python3
"""Runs scripts that need PyTorch in children of one process, which has it loaded already: to load it takes a second of
processor time, for each script again. It has no threads, as a child has none of its parent's: how many there are is said
in the child (torch_setup.py).

run.py starts it, with a socket as standard input. Each message is a script and how much it yields, as JSON, with two files:
what the script says goes to the first; the second, a socket, gets the child's number, and when it has ended a line of JSON,
its exit status and its seconds of processor time. It ends with its standard input.
"""
import json
import os
import runpy
import signal
import socket
import sys

try:
    import torch  # pylint: disable=unused-import
except ImportError:  # each script says so itself
    pass

LONGEST = 4096  # bytes of a message


def run_script(script, nice, said):
    """As if Python had been started with it; in the child."""
    os.nice(nice)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.argv = [script]
    sys.path[0] = os.path.dirname(script)
    runpy.run_path(script, run_name='__main__')


def keep(child, told):
    """Waits for the child and tells how it ended."""
    os.write(told, b'%d\n' % child)
    _, status, usage = os.wait4(child, 0)
    os.write(told, json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime]).encode() + b'\n')
    os._exit(0)


def main():
    """Returns in a child that has run its script, and when no more come."""
    asking = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that keep are waited for by nobody
    while True:
        message, files, _, _ = socket.recv_fds(asking, LONGEST, 2)
        if not message:
            return
        if os.fork() == 0:
            asking.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            said, told = files
            child = os.fork()
            if child:
                keep(child, told)
            os.close(told)
            script, nice = json.loads(message)
            run_script(script, nice, said)
            return
        for file in files:
            os.close(file)


if __name__ == '__main__':
    main()
