"""The programs that the study starts: their output, their end, and that no two studies work in one folder."""
import fcntl
import os
import shlex
import signal
import subprocess
import threading


class Failed(Exception):
    """A program that a step needs ended with an error, or was ended."""


class Astray(Failed):
    """A training of a network came to numbers that are not finite."""


class Programs:
    """Runs programs of one study. The lock is theirs too: where the study was killed and a program outlives it, the next
    study is told so."""

    def __init__(self, place):
        self._place, self._running, self._stopped, self._guard = place, set(), False, threading.Lock()
        self._lock = open(place.work / 'lock', 'w', encoding='ascii')
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise SystemExit(f'study: another one, or a program that it started, still works in {place.work}') from None

    def close(self):
        """Another study may work in the folder."""
        self._lock.close()

    def end_with_us(self):
        """On Ctrl-C or a signal to end all programs are ended in good order, and no other begins."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop())

    def _stop(self):
        self._stopped = True
        for running in list(self._running):
            running.terminate()

    def call(self, log, *command):
        """Runs a program. What it says goes into a file, which is named when it fails."""
        command = list(map(str, command))
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, 'a', encoding='utf-8') as file:
            file.write('$ ' + shlex.join(command) + '\n')
            file.flush()
            status = self._wait(self._start(command, file))
        if self._stopped:
            raise Failed(f'{log.stem} was interrupted')
        if status != 0:
            raise (Astray if 'went astray' in log.read_text(encoding='utf-8').splitlines()[-1] else Failed)(f'{command[0]} ended with {status}; {log} has what it said')

    def _start(self, command, file):
        with self._guard:
            if self._stopped:
                raise Failed('interrupted')
            environment = {**os.environ, 'OMP_NUM_THREADS': str(self._place.threads)}
            running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment,
                                       pass_fds=[self._lock.fileno()])
            self._running.add(running)
            return running

    def _wait(self, running):
        if self._stopped:
            running.terminate()
        status = running.wait()
        self._running.discard(running)
        return status
