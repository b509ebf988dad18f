"""Another program of ours: under which user it runs, whether it still is the one that was started, its memory, its end.

A process is named by its id and the time it started, so that an id that the system has given to somebody else is never
signalled. Linux only: all of this is read from /proc.
"""
import dataclasses
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import time

NODE_USER = "tripline-node"
_POLL_S = 0.05


class CannotRun(Exception):
    """The user or the tool that a node needs cannot be had; the message says what to do."""


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    start_ticks: int  # since boot, as in /proc/<pid>/stat


@dataclasses.dataclass(frozen=True)
class _Stat:
    state: str
    num_threads: int
    start_ticks: int


def _stat(pid):
    """What the kernel says of a process; None where there is none."""
    try:
        # The second field is the program's name in parentheses and may hold anything: split after the last one.
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return _Stat(fields[0], int(fields[17]), int(fields[19]))


def identify(pid):
    """The Process with this id now; None where there is none."""
    stat = _stat(pid)
    return Process(pid, stat.start_ticks) if stat else None


def is_running(process):
    """Whether the process still runs; one that only waits to be collected by its parent does not. While a process ends,
    its first thread is a zombie before the others are gone, and files and ports are still held."""
    stat = _stat(process.pid)
    return (stat is not None and stat.start_ticks == process.start_ticks
            and (stat.state not in "ZX" or stat.num_threads > 1))


def _ended_within(seconds, has_ended):
    deadline = time.monotonic() + seconds
    while not has_ended():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def stop(process, patience_s=30, has_ended=None):
    """Ends the process and waits until it is gone: asked first, killed after `patience_s`. A parent passes has_ended,
    which collects its child. Returns True if it had to be killed."""
    has_ended = has_ended or (lambda: not is_running(process))
    for number, seconds in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 10)):
        if has_ended():
            return False
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return False
        if _ended_within(seconds, has_ended):
            return number == signal.SIGKILL
    raise CannotRun(f"process {process.pid} outlives SIGKILL")


def memory(process):
    """{"resident", "anonymous"} in bytes: what the kernel counts for the process, and its part that no file backs, which
    is where native memory shows."""
    wanted = {"VmRSS": "resident", "RssAnon": "anonymous"}
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    fields = dict(line.partition(":")[::2] for line in lines)
    return {name: int(fields[key].split()[0]) * 1024 for key, name in wanted.items() if key in fields}


def node_user():
    """Who a node runs as: nobody special, None, where the caller is not root; else a system user, made if missing, since
    the server refuses to be root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(NODE_USER)
    except KeyError:
        pass
    made = subprocess.run(["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell",
                           "/usr/sbin/nologin", NODE_USER], capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(NODE_USER)
    except KeyError:
        raise CannotRun(f"useradd could not make the user {NODE_USER}: {made.stderr.strip()}") from None


def prefix(user, dies_with_parent):
    """The words in front of a command that make it run as `user`, or as the caller where that is None. With
    dies_with_parent the kernel kills it when the thread that started it is gone, however that came about, from the moment
    on that setpriv has run."""
    if shutil.which("setpriv") is None:
        raise CannotRun("setpriv is not there; scripts/setup.sh --cluster installs it (package util-linux)")
    words = ["setpriv"]
    if user is not None:
        words += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if dies_with_parent:
        words.append("--pdeathsig=KILL")
    return [*words, "--"] if len(words) > 1 else []


def require_readable(user, paths):
    """Raises CannotRun for the first path that the node's user cannot read."""
    for path in paths:
        done = subprocess.run([*prefix(user, dies_with_parent=False), "test", "-r", str(path)], cwd="/", check=False)
        if done.returncode != 0:
            name = user.pw_name if user else "this user"
            raise CannotRun(f"{name} cannot read {path}: a folder above it is closed to others, or it is not there; "
                            "TRIPLINE_CACHE, TRIPLINE_JAVA_HOME and --work choose other places")
