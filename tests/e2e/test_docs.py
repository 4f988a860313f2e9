#!/usr/bin/python3
"""The man page and the completions as the programs that read them take them: no warnings from groff and mandoc,
and what bash and zsh offer when Tab is pressed. Programs that are not installed are skipped."""
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))
SECONDS = 60


def document(what):
    return subprocess.run([PROGRAM, 'docs', what], capture_output=True, text=True, check=True, timeout=SECONDS).stdout


def needs(program):
    return unittest.skipUnless(shutil.which(program), f'{program} is not installed')


class Docs(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix='isplit-docs-'))
        self.addCleanup(shutil.rmtree, self.folder)

    def put(self, name, text=''):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run_in(self, *command, **more):
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=SECONDS,
                              **more)


class ManPage(Docs):
    def check(self, *command):
        done = self.run_in(*command, str(self.put('isplit.1', document('man'))))
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    @needs('groff')
    def test_groff_has_nothing_to_say(self):
        self.check('groff', '-man', '-ww', '-z')

    @needs('mandoc')
    def test_mandoc_has_nothing_to_say(self):
        self.assertEqual(self.check('mandoc', '-T', 'lint', '-W', 'warning'), '')

    @needs('groff')
    def test_text_can_be_copied(self):
        text = ' '.join(self.check('groff', '-man', '-Tutf8', '-P-cbou').split())
        self.assertIn("-c 'cat,dog,n02*' -o curve.csv --chart", text)
        self.assertIn('\'3 / "cat" Enter Space\'', text)
        self.assertIn(r' \ show only rows', text)
        self.assertIn('~/.config/isplit/settings.json', text)


@needs('bash')
class Bash(Docs):
    def setUp(self):
        super().setUp()
        self.script = self.put('completion', document('bash'))
        for name in ('nets/a.cfg', 'nets/b c.cfg', 'net.weights', 'data/x.png'):
            self.put(name)

    def test_syntax(self):
        done = self.run_in('bash', '-n', str(self.script))
        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def complete(self, *words):
        """What is offered for the last of the words."""
        code = ('source "$1"; shift; COMP_WORDS=(isplit "$@"); COMP_CWORD=$#; _isplit isplit "${!#}" x; '
                'for w in "${COMPREPLY[@]}"; do printf "%s\\n" "$w"; done')
        done = self.run_in('bash', '--norc', '-c', code, 'bash', str(self.script), *words)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return sorted(done.stdout.split('\n')[:-1])

    def test_commands_and_files(self):
        first = self.complete('')
        for word in ('curve', 'layers', 'docs', 'nets', 'net.weights'):
            self.assertIn(word, first)
        self.assertEqual(self.complete('cu'), ['curve'])
        self.assertEqual(self.complete('curve', 'nets/'), ['nets/a.cfg', 'nets/b c.cfg'])
        self.assertEqual(self.complete('docs', 'm'), ['man', 'markdown'])
        self.assertEqual(self.complete('store', ''), ['export', 'ls', 'merge', 'rm', 'verify'])
        self.assertEqual(self.complete('store', 'merge', 'nets/'), ['nets/a.cfg', 'nets/b c.cfg'])
        self.assertNotIn('curve', self.complete('nets/a.cfg', ''))

    def test_options_of_each_command(self):
        self.assertEqual(self.complete('--the'), ['--theme'])
        self.assertEqual(self.complete('nets/a.cfg', '--dum'), ['--dump'])
        self.assertEqual(self.complete('curve', '--theme'), [])
        self.assertEqual(self.complete('curve', '--cl'), ['--classes', '--classes-csv'])
        self.assertEqual(self.complete('store', 'rm', '--a'), ['--all'])
        self.assertEqual(self.complete('layers', '-'), ['--engine', '--help', '--layers', '--output', '-h', '-o'])
        self.assertEqual(self.complete('--vers'), ['--version'])

    def test_arguments_of_options(self):
        self.assertEqual(self.complete('--theme', ''), ['auto', 'dark', 'light', 'mono'])
        self.assertEqual(self.complete('--theme', '=', 'l'), ['light'])
        self.assertEqual(self.complete('--theme', '='), ['auto', 'dark', 'light', 'mono'])
        self.assertEqual(self.complete('curve', 'a.cfg', '--tap', 'p'), ['post', 'pre'])
        self.assertEqual(self.complete('curve', 'a.cfg', '-d', 'da'), ['data'])
        self.assertEqual(self.complete('curve', '--seed', ''), [])
        self.assertEqual(self.complete('--split', 't'), ['test', 'train'])
        self.assertIn('bash', self.complete('--engine', 'bas'))


@needs('zsh')
class Zsh(Docs):
    def setUp(self):
        super().setUp()
        self.put('functions/_isplit', document('zsh'))
        for name in ('here/nets/a.cfg', 'here/data/x.png'):
            self.put(name)

    def test_syntax(self):
        done = self.run_in('zsh', '-n', 'functions/_isplit')
        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def read_until(self, fd, mark, seconds=SECONDS):
        text, end = '', time.monotonic() + seconds
        while mark not in text and time.monotonic() < end:
            if select.select([fd], [], [], 0.1)[0]:
                text += os.read(fd, 65536).decode(errors='replace')
        self.assertIn(mark, text)
        return text

    def complete(self, line):
        """The line as it is after Tab, in a real zsh on a pty, and what was shown."""
        start = ('PS1="ready> "; fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; '
                 'setopt no_beep; zstyle ":completion:*" verbose yes; cd here; '
                 'show() { print -r -- "<<$BUFFER>>"; BUFFER=; zle accept-line }; zle -N show; bindkey "^X" show\n')
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.environ.update(TERM='dumb', HOME=str(self.folder), COLUMNS='200')
            os.execvp('zsh', ['zsh', '-f', '-i'])
        try:
            os.write(fd, start.encode())
            time.sleep(0.2)
            os.write(fd, b'print -r -- st""arted\n')
            self.read_until(fd, 'started')
            os.write(fd, line.encode() + b'\t')
            time.sleep(0.5)
            os.write(fd, b'\x18')
            text = self.read_until(fd, '>>')
        finally:
            os.close(fd)
            os.waitpid(pid, 0)
        return re.findall(r'<<(.*?)>>', text, re.S)[-1], text

    def test_words_and_files(self):
        self.assertEqual(self.complete('isplit cu')[0].strip(), 'isplit curve')
        self.assertEqual(self.complete('isplit --theme=l')[0].strip(), 'isplit --theme=light')
        self.assertEqual(self.complete('isplit curve nets/')[0].strip(), 'isplit curve nets/a.cfg')
        self.assertEqual(self.complete('isplit curve x y -d da')[0].strip(), 'isplit curve x y -d data/')
        self.assertEqual(self.complete('isplit docs z')[0].strip(), 'isplit docs zsh')
        self.assertEqual(self.complete('isplit store ver')[0].strip(), 'isplit store verify')
        self.assertEqual(self.complete('isplit store merge nets/')[0].strip(), 'isplit store merge nets/a.cfg')

    def test_help_is_shown_beside_options(self):
        line, text = self.complete('isplit curve --ch')
        self.assertEqual(line.strip(), 'isplit curve --chart')
        text = self.complete('isplit layers --')[1]
        self.assertIn('features: clean cuts before the classifier', text)


if __name__ == '__main__':
    unittest.main()
