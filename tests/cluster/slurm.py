"""A Slurm cluster of this machine alone: munge, slurmctld and slurmd as children of the test, everything that they write
in a folder of its own. Nothing of it is left when it ends."""
import os
import shutil
import signal
import socket
import subprocess
import time

PROGRAMS = ('munged', 'slurmctld', 'slurmd', 'sbatch', 'scontrol', 'scancel', 'squeue')
PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
SECONDS = 60

CONFIGURATION = '''
ClusterName=isplit
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,bf_interval=1,batch_sched_delay=0
KillWait=2
CompleteWait=0
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
'''


def lacks():
    """Why there can be no cluster here; '' where there can."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
    if missing:
        return 'Slurm is not installed here: no ' + ', '.join(missing)
    return '' if os.geteuid() == 0 else 'Slurm\'s daemons are started by root only'


def free_ports(n):
    held = [socket.create_server(('127.0.0.1', 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Slurm:
    def __init__(self, folder):
        self.folder = str(folder)
        self.daemons = []
        for name in ('state', 'spool'):
            os.mkdir(os.path.join(self.folder, name))
        host = socket.gethostname().split('.')[0]
        self.configuration = self.put('slurm.conf', CONFIGURATION.format(folder=self.folder, host=host,
                                                                         ports=free_ports(2)))
        self.environment = dict(os.environ, SLURM_CONF=self.configuration, PATH=PATH + ':' + os.environ['PATH'])

    def put(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def start(self):
        key = os.path.join(self.folder, 'munge.key')
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o400), 'wb') as file:
            file.write(os.urandom(128))
        at = os.path.join(self.folder, 'munge.')
        self.daemon('munged', '--foreground', '--force', '--socket=' + at + 'socket', '--key-file=' + key,
                    '--pid-file=' + at + 'pid', '--log-file=' + at + 'log', '--seed-file=' + at + 'seed')
        self.until(lambda: os.path.exists(at + 'socket'), 'munged')
        self.daemon('slurmctld', '-D', '-f', self.configuration)
        self.until(lambda: self.run('scontrol', 'ping', check=False).returncode == 0, 'slurmctld')
        self.daemon('slurmd', '-D', '-f', self.configuration)
        self.until(lambda: 'State=IDLE' in self.run('scontrol', 'show', 'node', '-o').stdout, 'slurmd')

    def daemon(self, *words):
        with open(os.path.join(self.folder, words[0] + '.out'), 'wb') as out:
            self.daemons.append(subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=out,
                                                 stderr=out, start_new_session=True))

    def until(self, question, what):
        end = time.monotonic() + SECONDS
        while not (answer := question()):
            if time.monotonic() > end:
                raise AssertionError('waited in vain for %s\n%s' % (what, self.state()))
            time.sleep(0.1)
        return answer

    def state(self):
        shown = [self.run('scontrol', 'show', 'job', check=False).stdout]
        for name in ('slurmctld', 'slurmd'):
            with open(os.path.join(self.folder, name + '.log'), encoding='utf-8', errors='replace') as file:
                shown.append(file.read()[-2000:])
        return '\n'.join(shown)

    def run(self, *words, check=True, **more):
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, check=check, timeout=SECONDS,
                              **more)

    def tasks(self, job):
        """{number of the task: its state} of an array, {None: state} of a job."""
        out = self.run('squeue', '--noheader', '--array', '--states=all', '--format=%K %T', '--jobs', job).stdout
        pairs = [line.split() for line in out.splitlines()]
        return {None if number == 'N/A' else int(number): state for number, state in pairs}

    def stop(self):
        """The jobs end before the daemon that would end them."""
        if len(self.daemons) == 3:
            self.run('scancel', '--full', '--signal=KILL', '--user=root', check=False)
            self.run('scancel', '--user=root', check=False)
            end = time.monotonic() + 10
            while time.monotonic() < end and self.run('squeue', '--noheader', check=False).stdout.strip():
                time.sleep(0.1)
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(daemon.pid, signal.SIGKILL)
                daemon.wait()
