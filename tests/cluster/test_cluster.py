#!/usr/bin/python3
"""The scripts of `isplit shards` run for real, with the demo network: by Slurm's own daemons on this machine, and by GNU
parallel. Tasks are killed, requeued and cancelled while they measure, repaired by the one line that isplit names, and the
joined curve equals the unsharded one to the byte. Skipped where Slurm, or parallel, is not installed.

Run from the top of the repository:  make test-cluster
"""
import os
import re
import shlex
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import closing
from pathlib import Path

import slurm

TOP = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get('ISPLIT', TOP / 'isplit')).resolve()
SHARES, IMAGES = 6, 60

# A worker that stops for a while after some rows: until the test lets its share go on.
GATED = '''import os, subprocess, sys, time
engine, folder = sys.argv[1:]
share = os.environ.get('SLURM_ARRAY_TASK_ID') or os.environ.get('PARALLEL_SEQ', '')
worker = subprocess.Popen([engine], stdout=subprocess.PIPE)
rows = 0
for line in worker.stdout:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    if b'"result"' not in line:
        continue
    rows += 1
    with open(os.path.join(folder, 'rows-' + share), 'a') as file:
        file.write('row\\n')
    while rows == 4 and os.path.exists(folder) and not os.path.exists(os.path.join(folder, 'open')) and not os.path.exists(
            os.path.join(folder, 'open-' + share)):
        time.sleep(0.05)
'''


def numbers(text):
    return re.findall(r'\b\d+\b', text.split(', which')[0])


class Shares(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix='isplit-cluster-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.work, self.gates = self.folder / 'my work', self.folder / 'gates'
        for folder in (self.work, self.gates, self.folder / 'cache'):
            folder.mkdir()
        (self.gates / 'gated.py').write_text(GATED)
        engine = PROGRAM.with_name('isplit-engine')
        self.engine = 'exec ' + shlex.join([sys.executable, str(self.gates / 'gated.py'), str(engine), str(self.gates)])
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(self.folder / 'cache'))

    def isplit(self, *words, expect=0):
        done = subprocess.run([PROGRAM, *words], cwd=self.work, env=self.environment, capture_output=True, text=True,
                              check=False, timeout=120)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout

    def write_script(self, how, name, *more):
        """As the manual has it, so that the script finds out its own name."""
        words = [PROGRAM, 'shards', str(SHARES), how, TOP / 'cfg/letters.data', '-n', str(IMAGES), '--seed', '2', '--batch', '4',
                 *more]
        with open(self.work / name, 'wb') as out:
            subprocess.run(words, cwd=self.work, env=self.environment, stdout=out, check=True, timeout=120)
        return (self.work / name).read_text()

    def allow(self, what='open'):
        (self.gates / what).touch()

    def rows(self, share):
        """What the worker has sent for a share, in all."""
        path = self.gates / f'rows-{share}'
        return len(path.read_text().splitlines()) if path.exists() else 0

    def kept(self, name, share):
        path = self.work / f'{name}-{share}.db'
        if not path.exists():
            return 0
        with closing(sqlite3.connect(f'{path.as_uri()}?mode=ro', uri=True)) as store:
            try:
                return store.execute('SELECT count(*) FROM measured').fetchone()[0]
            except sqlite3.OperationalError:
                return 0  # it is being made

    def kill_share(self, share):
        """Its isplit, as the kernel does where memory runs out."""
        killed = 0
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                words = Path('/proc', pid, 'cmdline').read_bytes().split(b'\0')
                here = os.path.samefile(Path('/proc', pid, 'cwd'), self.work)
            except OSError:
                continue  # it has ended
            if here and words[1:2] == [b'curve'] and b'%d/%d' % (share, SHARES) in words:
                os.kill(int(pid), signal.SIGKILL)
                killed += 1
        self.assertEqual(killed, 1)

    def end(self, run):
        """Nothing of it is left where the test has failed."""
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()

    def check_curve(self, name):
        """The joined curve is that of one run by the same tuning."""
        self.isplit('curve', str(TOP / 'cfg/letters.data'), '-n', str(IMAGES), '--seed', '2', '--batch', '4', '--threads', '1',
                    '--tuning', f'{name}.sh.tuning', '--no-store', '-o', 'whole.csv')
        self.assertEqual((self.work / f'{name}.csv').read_bytes(), (self.work / 'whole.csv').read_bytes())


@unittest.skipIf(slurm.lacks(), slurm.lacks())
class Slurm(Shares):
    def setUp(self):
        super().setUp()
        place = self.folder / 'slurm'
        place.mkdir()
        os.chmod(self.folder, stat.S_IRWXU | stat.S_IXGRP | stat.S_IXOTH)
        self.cluster = slurm.Slurm(place)
        self.cluster.environment['XDG_CACHE_HOME'] = str(self.folder / 'cache')
        self.addCleanup(self.cluster.stop)
        self.cluster.start()

    def submit(self, *words, sh=True):
        """-> the numbers of the jobs: shares and join, or of what was submitted."""
        done = self.cluster.run(*(['sh'] if sh else []), *words, cwd=self.folder)
        return numbers(done.stdout)

    def until(self, question, what):
        return self.cluster.until(question, what)

    def wait_half_measured(self, *shares):
        for share in shares:
            self.until(lambda s=share: self.rows(s) >= 4 and self.kept('job', s) >= 4, f'share {share} half measured')

    def ended(self, job):
        states = self.cluster.tasks(job)
        return states and not set(states.values()) & {'PENDING', 'RUNNING', 'COMPLETING', 'CONFIGURING', 'REQUEUED'} and states

    def test_a_run_with_troubles(self):
        text = self.write_script('--slurm', 'job.sh', '--speed', '10', '--threads', '1', '--memory', '300M', '--engine',
                                 self.engine)
        self.assertIn('#SBATCH --cpus-per-task=1\n', text)
        self.assertIn('#SBATCH --mem=500M\n', text)
        self.assertIn('10 images a second (as given)', text)
        script = str(self.work / 'job.sh')
        self.allow('open-3')
        job, join = self.submit(script, f'1-{SHARES}%3')
        # One is killed, one requeued, the job cancelled while others measure and wait.
        self.wait_half_measured(1, 2)
        self.kill_share(1)
        self.cluster.run('scontrol', 'requeue', f'{job}_2')
        self.until(lambda: self.cluster.tasks(job).get(3) == 'COMPLETED', 'share 3')
        self.wait_half_measured(4)
        self.cluster.run('scancel', job)
        states = self.until(lambda: self.ended(job), 'the end of the job')
        self.assertEqual((states[1], states[3], states[4]), ('FAILED', 'COMPLETED', 'CANCELLED'), states)
        # The join has not waited for ever, and says what is missing.
        self.until(lambda: self.ended(join), 'the join')
        self.assertEqual(self.cluster.tasks(join), {None: 'FAILED'})
        said = (self.work / 'job-join.log').read_text()
        self.assertIn('share 1: ', said)
        self.assertNotIn('share 3: ', said)
        command = [line for line in said.splitlines() if line.startswith('cd ')]
        self.assertEqual(command, [f"cd '{self.work}' && sh '{script}' 1-2,4-{SHARES}"])
        self.assertFalse((self.work / 'job.csv').exists())
        # A share that is none says so; the habit of submitting one alone works, whatever the number of tasks.
        self.allow()
        none, alone = [self.submit('sbatch', '--parsable', f'--chdir={self.work}', f'--array={n}', '--output=alone-%a.log', script,
                                   sh=False)[0] for n in (0, 4)]
        self.until(lambda: self.ended(none) and self.ended(alone), 'single shares')
        self.assertEqual((self.cluster.tasks(none), self.cluster.tasks(alone)), ({0: 'FAILED'}, {4: 'COMPLETED'}))
        self.assertIn("--shard '0/6'", (self.work / 'alone-0.log').read_text())
        # The one line that repairs.
        done = self.cluster.run('sh', '-c', self.isplit('store', 'shards', 'job-all.db', expect=1))
        job, join = numbers(done.stdout)
        self.until(lambda: self.ended(join), 'the second join')
        self.assertEqual(self.cluster.tasks(join), {None: 'COMPLETED'}, (self.work / 'job-join.log').read_text())
        for share in (1, 2, 4):  # what was measured before the trouble was not measured again
            self.assertLess(self.rows(share), 2 * IMAGES // SHARES)
        self.check_curve('job')


@unittest.skipUnless(shutil.which('parallel'), 'GNU parallel is not installed here')
class Parallel(Shares):
    def test_a_share_that_is_killed(self):
        script = self.write_script('--parallel', 'all.sh', '--threads', '1')
        self.assertIn('measured here, a guess for other machines', script)
        self.assertRegex(script, r'\n# Memory: 1\.5 times [^\n]*: \d+ MB\.\n')
        command = script.replace(' curve ', ' curve --engine ' + shlex.quote(self.engine) + ' ', 1)
        (self.work / 'all.sh').write_text(command)
        run = subprocess.Popen(['sh', 'all.sh', '1,2-6:1'], cwd=self.work, env=dict(self.environment, JOBS='2'),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.addCleanup(self.end, run)
        for share in range(1, SHARES + 1):
            if share != 2:
                self.allow(f'open-{share}')
        while self.kept('all', 2) < 4 and run.poll() is None:
            time.sleep(0.1)
        self.assertIsNone(run.poll(), run.poll() is None or run.communicate())
        self.kill_share(2)
        out, said = run.communicate(timeout=120)
        self.assertNotEqual(run.returncode, 0)
        self.assertRegex(said, r'share 2: [4-9] of 10 images')
        self.assertEqual(out.splitlines()[-1], f"cd '{self.work}' && sh '{self.work}/all.sh' 2")
        self.allow()
        subprocess.run(['sh', '-c', out.splitlines()[-1]], env=self.environment, check=True,
                       capture_output=True, timeout=120)
        self.check_curve('all')


if __name__ == '__main__':
    unittest.main()
