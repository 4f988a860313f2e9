#!/bin/sh
# `sbatch --wait` ends with 0 for a job that Slurm cancelled because its shares failed: nothing was joined, and all looks well.
#
# Expected: sbatch --wait ends with the exit code of the job and with 1 where it did not come to one, so a script may go on
# after the job that joins an array's results.
# Found (Slurm 22.05.8-4+deb12u3): so it is for jobs that ran: 3 for exit 3, 1 for SIGKILL, a limit of time and scancel. But a
# job with --dependency=afterok:ARRAY --kill-on-invalid-dep=yes whose array fails is cancelled before it starts (state
# CANCELLED, DependencyNeverSatisfied) with exit code 0:0, and so is one that is cancelled while it waits: sbatch --wait says
# 0 for both. It says 0 as well for a job beyond its limit (TIMEOUT) whose script caught SIGTERM and ended with 0.
#
# Seen: status of sbatch --wait, state and exit code of the job, in `expected` below; five minutes.
# What isplit does with it: the job that joins shares begins after the last share however that ended (afterany), and looks
# itself for what is missing; the manual (shards.md) says to look for the curve, not at the status of --wait.
set -eu

VERSION=22.05.8-4+deb12u3
[ "$(id -u)" = 0 ] || { echo "Slurm's daemons are started by root only" >&2; exit 1; }
work=$(mktemp -d)
pids=
stop() {
    for pid in $pids; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop EXIT

# The packages with all they need, as for an empty system, unpacked into a folder.
mkdir -p "$work/archives/partial" "$work/root" "$work/state" "$work/spool"
: >"$work/status"
apt-get -qq install -y --no-install-recommends --download-only -o Dir::State::status="$work/status" \
    -o Dir::Cache::archives="$work/archives" "slurmctld=$VERSION" "slurmd=$VERSION" "slurm-client=$VERSION" munge \
    >"$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }
for package in "$work"/archives/*.deb; do
    case ${package##*/} in
    slurm* | munge* | libmunge* | libslurm* | libhwloc* | libpmix* | libhttp* | libjwt* | libyaml* | librrd* | libipmi* | libnuma* | libpam*)
        dpkg -x "$package" "$work/root" ;;
    esac
done
plugins=$(dirname "$(find "$work/root" -name auth_munge.so)")
export LD_LIBRARY_PATH="$plugins:$work/root/usr/lib/$(uname -m)-linux-gnu" SLURM_CONF="$work/slurm.conf"
export PATH="$work/root/usr/sbin:$work/root/usr/bin:$PATH"
host=$(uname -n | cut -d. -f1)
cat >"$SLURM_CONF" <<CONF
ClusterName=finding
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=46817
SlurmdPort=46818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
PluginDir=$plugins
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=2
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
(umask 077 && head -c 128 /dev/urandom >"$work/munge.key")
munged --foreground --force --socket="$work/munge.socket" --key-file="$work/munge.key" --pid-file="$work/munge.pid" \
    --log-file="$work/munge.log" --seed-file="$work/munge.seed" >"$work/munge.out" 2>&1 &
pids="$!"
sleep 2
slurmctld-wlm -D -f "$SLURM_CONF" >"$work/slurmctld.out" 2>&1 &
pids="$! $pids"
sleep 3
slurmd-wlm -D -f "$SLURM_CONF" -d "$(find "$work/root" -name slurmstepd-wlm)" >"$work/slurmd.out" 2>&1 &
pids="$! $pids"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    scontrol show node -o 2>/dev/null | grep -q State=IDLE && break
    sleep 1
done
scontrol show node -o | grep -q State=IDLE || { tail -n 3 "$work/slurmd.out" >&2; exit 1; }

cd "$work"
script() { printf '#!/bin/sh\n%s\n' "$1"; }

# tell WHAT SCRIPT OPTIONS...: the status of sbatch --wait, and what Slurm says of the job
tell() {
    what=$1 text=$2 status=0
    shift 2
    script "$text" | timeout 300 sbatch --wait --parsable "$@" >job 2>"$work/log" || status=$?
    scontrol -o show job "$(cat job)" | sed -E "s/.* JobState=([A-Z]+) Reason=([A-Za-z]+) .* ExitCode=([0-9:]+) .*/$what: --wait $status, \1 (\2), \3/"
}

later() { (sleep 5; scancel --user=root) & }

failing=$(script 'exit $SLURM_ARRAY_TASK_ID' | sbatch --parsable --array=0-1)
{
    tell 'exit 3' 'exit 3'
    tell 'SIGKILL' 'kill -9 $$'
    later
    tell 'scancel while it runs' 'sleep 100'
    tell 'limit of time' 'sleep 300' --time=1
    tell 'limit of time, SIGTERM caught' 'trap "kill $!; exit 0" TERM; sleep 300 & wait' --time=1
    later
    tell 'scancel while it waits' 'exit 3' --begin=now+1hour
    tell 'after shares that failed' 'exit 3' --dependency="afterok:$failing" --kill-on-invalid-dep=yes
} >seen
cat seen
cat >expected <<'TXT'
exit 3: --wait 3, FAILED (NonZeroExitCode), 3:0
SIGKILL: --wait 1, FAILED (JobLaunchFailure), 0:9
scancel while it runs: --wait 1, CANCELLED (None), 0:15
limit of time: --wait 1, TIMEOUT (TimeLimit), 0:15
limit of time, SIGTERM caught: --wait 0, TIMEOUT (TimeLimit), 0:0
scancel while it waits: --wait 0, CANCELLED (BeginTime), 0:0
after shares that failed: --wait 0, CANCELLED (DependencyNeverSatisfied), 0:0
TXT
diff expected seen
echo "as described"
