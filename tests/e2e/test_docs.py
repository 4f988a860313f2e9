#!/usr/bin/python3
"""The manual, the man pages and the completions as the programs that read them take them: no warnings from groff and
mandoc, and what bash and zsh offer when Tab is pressed. Programs that are not installed are skipped."""
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

TOP = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))
SECONDS = 180


def isplit(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=True, timeout=SECONDS).stdout


def document(*what):
    return isplit('docs', *what)


def commands():
    """As `isplit --help` lists them."""
    found = re.findall(r'^  ([a-z]+) +\S.*$', isplit('--help').split('\n\n')[2], re.M)
    assert len(found) > 8, found
    return found


def pages():
    return sorted(path.stem for path in (TOP / 'tui/manual').glob('*.md') if path.stem != 'README')


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


class Commands(Docs):
    """What `isplit --help` lists is in every document."""

    def test_the_manual_has_a_page(self):
        for name in commands():
            page = (TOP / 'tui/manual' / f'{name}.md').read_text()
            self.assertTrue(page.startswith(f'# isplit {name}\n'), name)
            self.assertIn(f'isplit {name}', page.split('## Synopsis')[1].split('##')[0])

    def test_the_man_pages_have_them(self):
        for name in commands():
            self.assertIn(f'isplit\\-{name} \\- ', document('man', name))
            self.assertIn(f'isplit\\-{name}', document('man'))

    def test_the_completions_have_them(self):
        bash, zsh, fish = document('bash'), document('zsh'), document('fish')
        for name in commands():
            self.assertRegex(bash, rf'(?m)^ *{name}\) options=')
            self.assertRegex(bash, rf"compgen -W '[a-z ]*\b{name}\b")
            self.assertRegex(zsh, rf"(?m)^ *'{name}:")
            self.assertRegex(zsh, rf'(?m)^ *\({name}\)$')
            self.assertRegex(fish, rf'(?m)^complete -c isplit -n __fish_use_subcommand -a {name} -d ')
            for option in re.findall(r'^ +(?:-\w, )?--([\w-]+)', isplit(name, '--help'), re.M):
                self.assertRegex(fish, rf"(?m)^complete -c isplit -n '__fish_seen_subcommand_from {name}'(?: -s \w)? -l {option} ")

    def test_the_readme_names_them(self):
        readme = (TOP / 'README.md').read_text()
        for name in commands():
            self.assertRegex(readme, rf'isplit {name}\b')

    def test_the_record_is_that_of_the_study(self):
        """The manual and view 7 have the figures of the study's last run, and how large it was."""
        results = (TOP / 'tests/study/RESULTS.md').read_text(encoding='utf-8')
        page = (TOP / 'tui/manual/isplit.md').read_text(encoding='utf-8')
        view = re.sub(r'"\s+"', '', (TOP / 'tui/panes/detail_why.c').read_text(encoding='utf-8'))
        sets, all_sets, networks = re.search(r'\*\*Measured: (\d+) of (\d+) sets, of (\d+) networks', results).groups()
        self.assertIn(f'{sets} of {all_sets} sets, of {networks} networks', page.replace('\n', ' '))
        self.assertIn(f'{sets} sets of {networks} networks', view)
        table = results.split(f'### All sets ({sets})')[1].split('###')[0]
        for name in ('CUI', 'depth', 'trapped energy'):
            figures = re.search(rf'^\| {name} \| ([^|]+) \| ([^|]+) \|', table, re.M).groups()
            row = re.search(rf'^\| {name} \|.*', page, re.M)[0]
            for figure in figures:
                self.assertTrue(figure == '-' or figure in row, (name, figure))
                self.assertTrue(figure == '-' or figure in view, (name, figure))

    def test_each_has_its_help(self):
        for name in commands():
            self.assertTrue(isplit(name, '--help').startswith(f'usage: isplit {name}'), name)
            self.assertTrue(isplit('help', name).startswith(f'isplit {name}\n'), name)


class Help(Docs):
    """isplit help, which finds its pages without any file."""

    def show(self, *words):
        done = self.run_in(PROGRAM, 'help', *words)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    def test_lists_the_pages(self):
        text = self.show()
        for name in pages():
            self.assertRegex(text, rf'(?m)^ *{name} +\S')

    def test_shows_each_page(self):
        for name in pages():
            page = (TOP / 'tui/manual' / f'{name}.md').read_text()
            text = self.show(name)
            for heading in re.findall(r'^##+ (.*)$', page, re.M):
                self.assertRegex(text, r'(?m)^ *' + re.escape(heading.replace('`', '')))
            self.assertNotRegex(text, r'(?m)^ *<!--')
            self.assertNotIn('](', text)

    def test_options_are_those_of_the_command(self):
        text = self.show('plan')
        for option in re.findall(r'^ +(?:-\w, )?(--[\w-]+)', isplit('plan', '--help'), re.M):
            self.assertRegex(text, rf'(?m)^ +(-\w, )?{option}\b')

    def test_fits_the_terminal(self):
        for name in ('screen', 'plan'):
            text = re.search(r'^Options\n(.*?)(?=^\w)', self.show(name) + 'End', re.M | re.S)[1]
            self.assertGreater(len(text.split('\n')), 20)
            self.assertLessEqual(max(map(len, text.split('\n'))), 80)

    def test_a_page_that_is_none(self):
        for word, nearest in (('plam', 'nearest: plan'), ('xxxxxxxx', 'isplit help lists them')):
            done = self.run_in(PROGRAM, 'help', word)
            self.assertEqual((done.returncode, done.stdout), (2, ''))
            self.assertIn(f"no page '{word}' in the manual ({nearest})", done.stderr)


class ManPage(Docs):
    def check(self, *command, page='isplit'):
        done = self.run_in(*command, str(self.put(f'{page}.1', document('man', page))))
        self.assertEqual((page, done.returncode, done.stderr), (page, 0, ''))
        return done.stdout

    @needs('groff')
    def test_groff_has_nothing_to_say(self):
        for page in pages():
            self.check('groff', '-t', '-man', '-ww', '-z', page=page)

    @needs('mandoc')
    def test_mandoc_has_nothing_to_say(self):
        for page in pages():
            self.assertEqual(self.check('mandoc', '-T', 'lint', '-W', 'warning', page=page), '')

    @needs('groff')
    def test_text_can_be_copied(self):
        def text(page):
            return ' '.join(self.check('groff', '-t', '-man', '-Tutf8', '-P-cbou', page=page).split())
        self.assertIn("-c 'cat,dog,n02*' \\ -o curve.csv --chart", text('isplit'))
        self.assertIn('~/.config/isplit/settings.json', text('isplit'))
        self.assertIn('\'3 / "cat" Enter Space\'', text('screen'))
        self.assertIn(r' \ filter: only rows', text('screen'))
        self.assertNotIn('\u2010', text('screen'))  # nothing is hyphenated

    @needs('man')
    def test_man_finds_the_page_of_a_command(self):
        for page in ('isplit', 'isplit-plan'):
            self.put(f'man/man1/{page}.1', document('man', page.replace('isplit-', '')))
        done = self.run_in('man', '-M', str(self.folder / 'man'), 'isplit-plan',
                           env=dict(os.environ, MANPAGER='cat', PAGER='cat', MANWIDTH='80'))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('--optimize', done.stdout)


class Install(Docs):
    """`make install` puts a man page for each page of the manual, and `make uninstall` takes all away."""

    @unittest.skipUnless(shutil.which('make') and (TOP / 'isplit').exists()
                         and os.path.samefile(TOP / 'isplit', PROGRAM), 'not the build at the top')
    def test_install_and_uninstall(self):
        folder = self.folder / 'to'
        rules = ('make', '-C', str(TOP), f'DESTDIR={folder}', 'PREFIX=/usr', '-o', 'all')
        done = self.run_in(*rules, 'install')
        self.assertEqual(done.returncode, 0, done.stderr)
        there = sorted(path.name for path in (folder / 'usr/share/man/man1').iterdir())
        self.assertEqual(there, sorted('isplit.1' if page == 'isplit' else f'isplit-{page}.1' for page in pages()))
        for name in pages():
            page = folder / 'usr/share/man/man1' / ('isplit.1' if name == 'isplit' else f'isplit-{name}.1')
            self.assertIn(f'.SH NAME\nisplit{"" if name == "isplit" else chr(92) + "-" + name} ', page.read_text())
        self.assertIn('__isplit_layers', (folder / 'usr/share/fish/vendor_completions.d/isplit.fish').read_text())
        done = self.run_in(*rules, 'uninstall')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([str(path) for path in folder.rglob('*') if path.is_file()], [])


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
        env = {name: value for name, value in os.environ.items() if name != 'XDG_STATE_HOME'}
        env.update(HOME=str(self.folder), PATH=f'{self.folder}:{os.environ["PATH"]}')
        done = self.run_in('bash', '--norc', '-c', code, 'bash', str(self.script), *words, env=env)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return sorted(done.stdout.split('\n')[:-1])

    def test_commands_and_files(self):
        first = self.complete('')
        for word in ('curve', 'layers', 'docs', 'nets', 'net.weights'):
            self.assertIn(word, first)
        self.assertEqual(self.complete('cu'), ['curve'])
        self.assertEqual(self.complete('curve', 'nets/'), ['nets/a.cfg', 'nets/b c.cfg'])
        self.assertEqual(self.complete('docs', 'm'), ['man', 'markdown'])
        self.assertEqual(self.complete('help', 'gl'), ['glossary'])
        self.assertEqual(self.complete('pl'), ['plan'])
        self.assertEqual(self.complete('fea'), ['features'])
        self.assertEqual(self.complete('store', ''), ['export', 'ls', 'merge', 'rm', 'shards', 'verify'])
        self.assertEqual(self.complete('store', 'merge', 'nets/'), ['nets/a.cfg', 'nets/b c.cfg'])
        self.assertNotIn('curve', self.complete('nets/a.cfg', ''))

    def test_options_of_each_command(self):
        self.assertEqual(self.complete('--the'), ['--theme'])
        self.assertEqual(self.complete('nets/a.cfg', '--dum'), ['--dump'])
        self.assertEqual(self.complete('curve', '--theme'), [])
        self.assertEqual(self.complete('curve', '--cl'), ['--classes', '--classes-csv'])
        self.assertEqual(self.complete('store', 'rm', '--a'), ['--all'])
        self.assertEqual(self.complete('layers', '-'), ['--columns', '--engine', '--format', '--help', '--layers', '--output', '-h', '-o'])
        self.assertEqual(self.complete('--vers'), ['--version'])

    def test_arguments_of_options(self):
        self.assertEqual(self.complete('--theme', ''), ['auto', 'dark', 'light', 'mono'])
        self.assertEqual(self.complete('--theme', '=', 'l'), ['light'])
        self.assertEqual(self.complete('--theme', '='), ['auto', 'dark', 'light', 'mono'])
        self.assertEqual(self.complete('curve', 'a.cfg', '--tap', 'p'), ['post', 'pre'])
        self.assertEqual(self.complete('curve', 'a.cfg', '-d', 'da'), ['data'])
        self.assertEqual(self.complete('curve', '--seed', ''), [])
        self.assertEqual(self.complete('plan', '--dtype', 'i'), ['int2', 'int3', 'int4', 'int5', 'int6', 'int8'])
        self.assertEqual(self.complete('plan', '--optimize', 'la'), ['latency'])
        self.assertEqual(self.complete('plan', '--link', 'l'), ['lora', 'lte'])
        self.assertEqual(self.complete('plan', '--edge', 'net.w'), ['net.weights'])
        self.assertEqual(self.complete('curve', '--layers', ''), ['all', 'backbone', 'clean'])
        self.assertEqual(self.complete('--split', 't'), ['test', 'train'])
        self.assertIn('bash', self.complete('--engine', 'bas'))

    def test_names_that_the_program_knows(self):
        """Layers of the cfg in the line, and subsets of classes that were saved for any network. Bash takes an @ for a
        word."""
        text = '{"isplit":"state","version":1,"subsets":[{"name":"%s","classes":"0"}]}'
        self.put('.local/state/isplit/networks/a.json', text % 'pets')
        self.put('.local/state/isplit/networks/b.json', text % 'my birds')
        (self.folder / 'isplit').symlink_to(PROGRAM)
        cfg = str(TOP / 'cfg/letters-vgg16.cfg')
        self.assertEqual(self.complete('split', cfg, '--at', 'block2_p'), ['block2_pool'])
        self.assertEqual(self.complete('curve', cfg, '-c', '@'), ['@my\\ birds', '@pets'])
        self.assertEqual(self.complete('curve', cfg, '-c', '@', 'p'), ['pets'])
        self.assertEqual(self.complete('curve', cfg, '-c', 'cat,', '@', 'p'), ['pets'])
        self.assertEqual(self.complete('curve', cfg, '-c', 'p'), [])


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
        self.assertEqual(self.complete('isplit help gl')[0].strip(), 'isplit help glossary')
        self.assertEqual(self.complete('isplit plan x y --opt')[0].strip(), 'isplit plan x y --optimize=')
        self.assertEqual(self.complete('isplit docs z')[0].strip(), 'isplit docs zsh')
        self.assertEqual(self.complete('isplit store ver')[0].strip(), 'isplit store verify')
        self.assertEqual(self.complete('isplit store merge nets/')[0].strip(), 'isplit store merge nets/a.cfg')

    def test_help_is_shown_beside_options(self):
        line, text = self.complete('isplit curve --ch')
        self.assertEqual(line.strip(), 'isplit curve --chart')
        text = self.complete('isplit layers --')[1]
        self.assertIn('backbone: clean cuts before the classifier', text)


if __name__ == '__main__':
    unittest.main()
