"""Real terminals for the tests of isplit's screen.

Terminal runs a program in tmux, on a server of its own, and hears what is said to it in the names that the
program's help uses. Pty runs one on a bare pseudo-terminal, counts what it sends, and can hang up; what it
shows is worked out by Emulator, which knows as much of xterm as curses asks of it.
"""
import codecs
import csv
import fcntl
import functools
import io
import itertools
import os
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.environ.get("ISPLIT", os.path.join(TOP, "isplit")))
FAKE = os.path.join(TOP, "tests", "e2e", "fake_engine.py")
DEMO = os.path.join(TOP, "cfg", "letters.data")
SANITIZED = "ISPLIT_SANITIZED" in os.environ
TIMEOUT = 60  # seconds; nothing that works takes as long, also under sanitizers
PATIENCE = 4 if SANITIZED else 1  # how much longer to wait for what may still come
PROMPT = 20  # seconds; what ends at once, on a machine that has much else to do

TMUX_NAMES = {"PgUp": "PPage", "PgDn": "NPage", "Delete": "DC", "Insert": "IC", "Backspace": "BSpace",
              "BackTab": "BTab", "Esc": "Escape"}
SAME_NAMES = {"Up", "Down", "Left", "Right", "Home", "End", "Tab", "Enter", "Space"}
XTERM = {"Up": "\x1bOA", "Down": "\x1bOB", "Right": "\x1bOC", "Left": "\x1bOD", "Home": "\x1bOH", "End": "\x1bOF",
         "PgUp": "\x1b[5~", "PgDn": "\x1b[6~", "Tab": "\t", "BackTab": "\x1b[Z", "Enter": "\r", "Esc": "\x1b",
         "Space": " ", "Backspace": "\x7f", "Delete": "\x1b[3~", "Insert": "\x1b[2~", "F1": "\x1bOP"}
COLOUR = re.compile(r"\x1b\[(?:[0-9:;]*;)?(?:3[0-7]|38|4[0-7]|48|9[0-7]|10[0-7])(?:[;:][0-9;:]*)?m")


def fake(options="", store=False):
    """The arguments that make isplit use the worker without a network (fake_engine.py); without `store` it measures
    all, although the worker's images are always the same."""
    return ["a.cfg", "a.weights", "-d", "data", *([] if store else ["--no-store"]), "--engine",
            "exec %s %s %s" % (shlex.quote(sys.executable), shlex.quote(FAKE), options)]


def eventually(question, timeout=TIMEOUT, pause=0.02):
    """The first true answer, or the last false one when the time is over."""
    end = time.monotonic() + timeout
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(pause)
    return answer


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def status_fields(pid):
    """What the kernel says of a process, from its state on; None when it is gone."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def runs(pid):
    """Neither gone nor a zombie that nobody has fetched yet."""
    fields = status_fields(pid)
    return fields is not None and fields[0] not in "ZX"


def kill_worker(t):
    """Of the screen in a Terminal or a Pty: its process number."""
    worker = eventually(lambda: next((pid for pid in children(t.pid) if runs(pid)), None))
    os.kill(worker, signal.SIGKILL)
    return worker


def lose_worker(t):
    """Until it stays lost: the first time it is started again by itself."""
    first = kill_worker(t)
    t.wait_for("it is started again")
    os.kill(eventually(lambda: next((pid for pid in children(t.pid) if pid != first and runs(pid)), None)),
            signal.SIGKILL)
    t.wait_for("worker lost")


def has_terminfo(name):
    return subprocess.run(["infocmp", name], capture_output=True, check=False).returncode == 0


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Home:
    """A folder that stands for the user's own, where state is kept; nothing of the caller's is read."""
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="isplit-screen-")

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def environment(self, locale="C.UTF-8", term=None):
        env = {name: value for name, value in os.environ.items()
               if name not in ("NO_COLOR", "TMUX", "TMUX_PANE", "COLUMNS", "LINES", "LANG", "COLORTERM")
               and not name.startswith(("LC_", "XDG_"))}
        env.update(HOME=self.folder, XDG_CONFIG_HOME=self.path("config"), XDG_STATE_HOME=self.path("state"),
                   XDG_DATA_HOME=self.path("share"), XDG_CACHE_HOME=self.path("cache"), LC_ALL=locale)
        if term:
            env["TERM"] = term
        return env

    def files(self):
        """Everything kept, as paths from the folder on."""
        return sorted(os.path.relpath(os.path.join(where, name), self.folder)
                      for where, _, names in os.walk(self.folder) for name in names)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Control:
    """A client that gives commands to a tmux server over one pipe (its control mode): a process for each would take
    more time than all that the tests wait for."""
    END = re.compile(rb"^%(end|error) \d+ \d+ 1$")

    def __init__(self, command, env):
        self.process = subprocess.Popen([*command, "-C", "attach-session", "-f", "no-output,ignore-size"], env=env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        bufsize=0)  # nothing is left to be written when the server is gone
        self.rest = b""

    def line(self, end):
        """The next line; None when the server is gone."""
        pipe = self.process.stdout.fileno()
        while b"\n" not in self.rest:
            if not select.select([pipe], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError("tmux does not answer")
            portion = os.read(pipe, 1 << 16)
            if not portion:
                return None
            self.rest += portion
        line, self.rest = self.rest.split(b"\n", 1)
        return line

    def ask(self, words):
        """(whether it was done, what it printed)"""
        end = time.monotonic() + TIMEOUT
        try:
            self.process.stdin.write(" ".join(map(shlex.quote, words)).encode() + b"\n")
        except BrokenPipeError:
            return False, b"no server"
        printed = None
        while (line := self.line(end)) is not None:
            if printed is None:  # what happens, and the answer to the attaching, come before
                printed = [] if re.match(rb"%begin \d+ \d+ 1$", line) else None
            elif match := self.END.match(line):
                return match.group(1) == b"end", b"\n".join(printed)
            else:
                printed.append(line)
        return False, b"no server"

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Terminal:
    """A program in a terminal of its own. `with Terminal([...]) as t:` ends all of it, whatever happened.

    TERM is tmux's own by default: its keys are those that tmux sends.
    """
    numbers = itertools.count()

    def __init__(self, arguments, size=(100, 30), term="tmux-256color", locale="C.UTF-8", environment=None, home=None,
                 command=None, cwd=TOP):
        self.own = home is None
        self.home = home or Home()
        self.server = "isplit-%d-%d" % (os.getpid(), next(self.numbers))
        self.config = self.home.path(self.server + ".conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("set -g status off\nset -g remain-on-exit on\nset -g remain-on-exit-format ''\nset -g default-terminal %s\n"
                       "set -s escape-time 0\nset -g history-limit 100\n" % term)
        env = self.home.environment(locale, term)
        env.update(environment or {})
        # The server has the locale of UTF-8, whatever the program believes.
        self.env = dict(self.home.environment("C.UTF-8", "xterm-256color"))
        server = ["tmux", "-u", "-L", self.server, "-f", self.config]
        subprocess.run([*server, "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "-c", cwd, "env", "-i",
                        *("%s=%s" % item for item in env.items()), *(command or [PROGRAM]), *arguments], env=self.env,
                       check=True, timeout=TIMEOUT)
        self.control = Control(server, self.env)
        self.pid = int(self.ask("#{pane_pid}"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def tmux(self, *words, check=True):
        done, printed = self.control.ask(words)
        if check and not done:
            raise AssertionError("tmux %s: %s" % (words, printed.decode(errors="replace")))
        return printed.decode(errors="replace")

    def ask(self, what):
        return self.tmux("display-message", "-p", "-t", ":", what).strip()

    def text(self, colours=False):
        """The screen, a line each, without the spaces at their ends; with the colours' sequences on request."""
        shown = self.tmux("capture-pane", "-p", *(["-e"] if colours else []))
        return "\n".join(line.rstrip() for line in shown.split("\n")).rstrip("\n")

    def lines(self):
        return self.text().split("\n")

    def cursor(self):
        return tuple(int(word) for word in self.ask("#{cursor_y} #{cursor_x}").split())

    def press(self, *keys):
        """Keys by the names of the help; a string of several characters that is no name is typed."""
        for key in keys:
            if key in TMUX_NAMES or key in SAME_NAMES or re.fullmatch(r"F\d+", key):
                self.tmux("send-keys", TMUX_NAMES.get(key, key))
            elif key.startswith("Ctrl-"):
                self.tmux("send-keys", "C-" + key[5:].lower())
            elif key.isascii():
                self.tmux("send-keys", "-H", *("%x" % ord(one) for one in key))
            else:
                self.tmux("send-keys", "-l", "--", key)

    def wait_for(self, pattern, timeout=TIMEOUT):
        """The match, when the screen has it. The dead are not waited for."""
        end = time.monotonic() + timeout
        while True:
            dead = not runs(self.pid)
            shown = self.text()
            match = re.search(pattern, shown, re.M)
            if match:
                return match
            if dead or time.monotonic() > end:
                raise AssertionError("%r does not appear%s:\n%s" % (pattern, ", the program ended" if dead else "",
                                                                    shown))
            time.sleep(0.03)

    def wait_gone(self, pattern, timeout=TIMEOUT):
        if not eventually(lambda: not re.search(pattern, self.text(), re.M), timeout):
            raise AssertionError("%r stays:\n%s" % (pattern, self.text()))

    def settled(self, calm=0.12, timeout=TIMEOUT):
        """The screen when it has stopped to change."""
        end = time.monotonic() + timeout
        before = self.text()
        while time.monotonic() < end:
            time.sleep(calm)
            now = self.text()
            if now == before:
                return now
            before = now
        raise AssertionError("the screen does not come to rest:\n" + before)

    def changed(self, before, timeout=TIMEOUT):
        """The first screen that is another; None when none comes."""
        return eventually(lambda: (lambda now: now if now != before else None)(self.text()), timeout)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def alive(self):
        return runs(self.pid)

    def worker(self):
        """Process number of the worker, when there is one."""
        return eventually(lambda: (children(self.pid) or [None])[0], 5)

    def status(self, timeout=TIMEOUT):
        """The exit status, once the program has ended; a signal as its negative number."""
        ended = eventually(self.ending, timeout)
        if ended is None:
            raise AssertionError("the program does not end:\n" + self.text())
        # The status comes before the last of the output: the terminal is dead when all of it was read.
        eventually(lambda: self.ask("#{pane_dead}") == "1", 2)
        return ended[0]

    def ending(self):
        """(status,), or None while the program runs. tmux at times misses that a child ended: then the dead tells."""
        status, number = self.ask("#{pane_dead_status},#{pane_dead_signal}").split(",")
        if number not in ("", "0"):
            return (-int(number),)
        if status:
            return (int(status),)
        fields = status_fields(self.pid)
        return (os.waitstatus_to_exitcode(int(fields[-1])),) if fields and fields[0] == "Z" else None

    def quit(self):
        self.press("Q")
        return self.status()

    def kill_terminal(self):
        """As when the connection is lost."""
        self.tmux("kill-server", check=False)

    def close(self):
        self.tmux("kill-server", check=False)
        self.control.close()
        eventually(lambda: not runs(self.pid), 10)
        if runs(self.pid):
            os.kill(self.pid, signal.SIGKILL)
        if self.own:
            self.home.remove()


class Emulator:
    """What an xterm shows that was sent these bytes. A sequence it does not know is an error."""
    SEQUENCE = re.compile(r"\x1b(?:\[([?>=]?)([0-9;:]*)([@-~])|[()][A-Z0-9]|[=>78Mc]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P_][^\x1b]*\x1b\\)")
    STRING = re.compile(r"\x1b[P_][^\x1b]*\x1b?")

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.saved = 0, 0
        self.first_row, self.last_row = 0, rows  # the region that scrolls
        self.alternate = False
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = ""
        self.last = " "

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cells)

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        self.rest = ""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self.character(text[at])
                at += 1
                continue
            match = self.SEQUENCE.match(text, at)
            if match:
                if match.group() == "\x1bM":  # up, and down with the region where that is at its top
                    self.scroll(self.first_row, -1 if self.row == self.first_row else 0)
                    self.row = max(self.row - (self.row != self.first_row), 0)
                if match.group()[1] in "P_":
                    self.string(match.group())
                if match.group() == "\x1b7":
                    self.saved = self.row, self.column
                if match.group() == "\x1b8":
                    self.row, self.column = self.saved
                if match.group(3):
                    self.control(*match.groups())
                at = match.end()
            elif len(text) - at > 64 and not self.STRING.fullmatch(text, at):
                raise AssertionError("unknown sequence: %r" % text[at:at + 20])
            else:
                self.rest = text[at:]
                return

    def string(self, text):
        """For terminals that show pictures: DCS and APC."""

    def character(self, one):
        if one == "\r":
            self.column = 0
        elif one == "\n":
            self.down()
        elif one == "\b":
            self.column = max(self.column - 1, 0)
        elif one == "\t":
            self.column = min((self.column // 8 + 1) * 8, self.columns - 1)
        elif one >= " ":
            self.put(one)

    def put(self, one):
        width = 2 if unicodedata.east_asian_width(one) in "WF" else 1
        if self.column + width > self.columns:  # curses keeps to the line itself but for the last column
            self.column = 0
            self.down()
        line = self.cells[self.row]
        line[self.column] = self.last = one
        if width == 2:
            line[self.column + 1] = ""
        self.column += width

    def down(self):
        if self.row == self.last_row - 1:
            self.scroll(self.first_row, 1)
        else:
            self.row = min(self.row + 1, self.rows - 1)

    def scroll(self, first, n):
        """Lines from `first` to the region's end: n up, new ones below; down where n is negative."""
        lines = self.cells[first:self.last_row]
        new = [[" "] * self.columns for _ in range(min(abs(n), len(lines)))]
        self.cells[first:self.last_row] = lines[len(new):] + new if n > 0 else new + lines[:len(lines) - len(new)]

    def control(self, private, parameters, final):
        numbers = [int(word) if word.isdigit() else 0 for word in re.split("[;:]", parameters)]
        n = max(1, numbers[0])
        line = self.cells[self.row]
        if private:
            if numbers[0] in (47, 1047, 1049):
                self.alternate = final == "h"
        elif final in "Hf":
            self.row = min(n, self.rows) - 1
            self.column = min(max(1, numbers[1] if len(numbers) > 1 else 1), self.columns) - 1
        elif final in "ABCDGd":
            step = {"A": (-n, 0), "B": (n, 0), "C": (0, n), "D": (0, -n), "G": (0, n - 1 - self.column),
                    "d": (n - 1 - self.row, 0)}[final]
            self.row = min(max(self.row + step[0], 0), self.rows - 1)
            self.column = min(max(min(self.column, self.columns - 1) + step[1], 0), self.columns - 1)
        elif final == "Z":
            self.column = max(0, (self.column - 1) // 8 * 8)
        elif final == "J":
            self.erase(numbers[0])
        elif final == "K":
            first, last = {0: (self.column, self.columns), 1: (0, self.column + 1), 2: (0, self.columns)}[numbers[0]]
            line[first:last] = [" "] * (last - first)
        elif final == "X":
            last = min(self.column + n, self.columns)
            line[self.column:last] = [" "] * (last - self.column)
        elif final == "P":
            line[self.column:] = line[self.column + n:] + [" "] * min(n, self.columns - self.column)
        elif final == "@":
            line[self.column:] = ([" "] * n + line[self.column:])[:self.columns - self.column]
        elif final == "b":
            for _ in range(n):
                self.put(self.last)
        elif final in "STLM":
            self.scroll(self.row if final in "LM" else self.first_row, n if final in "SM" else -n)
        elif final == "r":
            self.first_row = n - 1
            self.last_row = numbers[1] if len(numbers) > 1 and numbers[1] else self.rows
            self.row = self.column = 0
        elif final not in "mhltncq":
            raise AssertionError("unknown control: %r %r" % (parameters, final))

    def erase(self, what):
        if what == 0:
            self.cells[self.row][self.column:] = [" "] * (self.columns - self.column)
        for row in range(self.row + 1 if what == 0 else 0, self.row if what == 1 else self.rows):
            self.cells[row] = [" "] * self.columns


class Pty:
    """A program that leads the session on a pseudo-terminal of its own."""
    def __init__(self, arguments, size=(100, 30), term="xterm-256color", locale="C.UTF-8", environment=None, home=None,
                 ignore=(), cwd=TOP):
        self.own = home is None
        self.home = home or Home()
        env = self.home.environment(locale, term)
        env.update(environment or {})
        self.emulator = Emulator(*size)
        self.sent = b""
        self.bursts = []  # (when, bytes)
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.slave = os.dup(slave)
        self.modes = termios.tcgetattr(slave)
        self.ended = None  # status and resources
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            self.become(slave, arguments, env, ignore, cwd)
        os.close(slave)

    @staticmethod
    def become(slave, arguments, env, ignore, cwd):
        try:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(slave, fd)
            os.closerange(3, 1024)
            for number in ignore:
                signal.signal(number, signal.SIG_IGN)
            os.chdir(cwd)
            os.execve(PROGRAM, [PROGRAM, *arguments], env)
        finally:
            os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, seconds):
        """Takes what comes until nothing has come for so long. How many bytes those were."""
        before = len(self.sent)
        while self.take(seconds):
            pass
        return len(self.sent) - before

    def take(self, seconds):
        """What comes first within so many seconds; False for nothing, and when the other side is closed."""
        if not select.select([self.master], [], [], max(0, seconds))[0]:
            return False
        try:
            portion = os.read(self.master, 1 << 16)
        except OSError:
            return False
        self.bursts.append((time.monotonic(), len(portion)))
        self.sent += portion
        self.emulator.feed(portion)
        return bool(portion)

    def rest(self, calm=0.4, timeout=TIMEOUT):
        """Takes what comes until nothing has come for so long; an error if it never ends."""
        end = time.monotonic() + timeout
        while self.take(calm):
            if time.monotonic() > end:
                raise AssertionError("it does not come to rest:\n" + self.text())

    def collect(self, seconds):
        """All that comes in so many seconds, as (when, bytes)."""
        first = len(self.bursts)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.take(left)
        return self.bursts[first:]

    def text(self):
        return self.emulator.text()

    def wait_for(self, pattern, timeout=TIMEOUT):
        end = time.monotonic() + timeout
        while not (match := re.search(pattern, self.text(), re.M)):
            if time.monotonic() > end or self.poll() is not None and not self.take(0.2):
                raise AssertionError("%r does not appear:\n%s" % (pattern, self.text()))
            self.take(0.1)
        return match

    def press(self, *keys):
        for key in keys:
            if key in XTERM:
                key = XTERM[key]
            elif key.startswith("Ctrl-"):
                key = chr(ord(key[5]) & 0x1f)
            os.write(self.master, key.encode())

    def answer(self, key, timeout=TIMEOUT):
        """Presses a key: seconds until the first byte of the answer, and how many bytes it has."""
        before = len(self.sent)
        begin = time.monotonic()
        self.press(key)
        seconds = time.monotonic() - begin if self.take(timeout) else None
        self.read(0.04 * PATIENCE)
        return seconds, len(self.sent) - before

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.emulator = Emulator(columns, rows)

    def poll(self):
        if self.ended is None:
            pid, status, used = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.ended = os.waitstatus_to_exitcode(status), used
        return self.ended

    def wait(self, timeout=TIMEOUT):
        """(exit status, resources), once the program has ended."""
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end:
                raise AssertionError("the program does not end:\n" + self.text())
            if self.master is None:
                time.sleep(0.005)
            else:
                self.take(0.02)
        while self.master is not None and self.take(0):
            pass
        return self.ended

    def hang_up(self):
        """As when the connection is lost: nobody is at the other side any more."""
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = None

    def modes_now(self):
        return termios.tcgetattr(self.slave)

    def waiting(self):
        """Bytes typed that nobody has read."""
        return struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0\0\0\0"))[0]

    def close(self):
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        if self.master is not None:
            self.hang_up()
        if self.own:
            self.home.remove()


def dump(size, arguments, script="", locale="C.UTF-8", expect=0, home=None, cwd=TOP):
    """What --dump prints, without the spaces at the ends of lines."""
    own = home or Home()
    played = ["--script", script] if script else []
    run = subprocess.run([PROGRAM, "--dump", "%dx%d" % size, *played, *arguments], cwd=cwd, check=False,
                         env=own.environment(locale), capture_output=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL)
    if not home:
        own.remove()
    if run.returncode != expect:
        raise AssertionError("status %d: %s" % (run.returncode, run.stderr.decode(errors="replace")))
    return "\n".join(line.rstrip() for line in run.stdout.decode().split("\n")).rstrip("\n")


@functools.cache
def views():
    """key -> name of each view, as the tabs of a wide screen have them: 1 to 9, 0, then those that are no digits."""
    tabs = dump((200, 40), fake("--layers 3 --images 4")).split("\n")[2]
    found = dict(re.findall(r"([\d!]) (\w+)", tabs))
    if len(found) < 2 or list(found) != sorted(found, key=lambda key: (not key.isdigit(), key == "0", key)):
        raise AssertionError("no tabs: " + tabs)
    return found


class Key:
    """A row of the action table, as `isplit docs keys` prints it."""
    def __init__(self, line):
        keys, self.name, self.help, where = line.split("\t")
        self.keys = keys.split(" ")
        key_of = {name: key for key, name in views().items()}
        names = key_of if where == "all" else where.split(",")
        self.views = {key_of[name] for name in names}


def key_table():
    run = subprocess.run([PROGRAM, "docs", "keys"], capture_output=True, check=True, timeout=TIMEOUT)
    return [Key(line) for line in run.stdout.decode().splitlines()]


class ScreenTest(unittest.TestCase):
    """Terminals that are gone when the test is."""
    maxDiff = None

    def home(self):
        home = Home()
        self.addCleanup(home.remove)
        return home

    def terminal(self, *arguments, **how):
        terminal = Terminal(list(arguments), **how)
        self.addCleanup(terminal.close)
        return terminal

    def pty(self, *arguments, **how):
        made = Pty(list(arguments), **how)
        self.addCleanup(made.close)
        return made

    def curve(self, *arguments, expect=0):
        """What the batch command prints for the same rows."""
        home = Home()
        run = subprocess.run([PROGRAM, "curve", *arguments], cwd=TOP, env=home.environment(), capture_output=True,
                             timeout=10 * TIMEOUT, check=False, stdin=subprocess.DEVNULL)
        home.remove()
        self.assertEqual(run.returncode, expect, run.stderr)
        return list(csv.DictReader(io.StringIO(run.stdout.decode(), newline="")))
