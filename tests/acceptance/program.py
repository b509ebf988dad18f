"""What the acceptance scripts share: the program under test, ../shared, scratch space, and how to skip loudly."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
# The key that `compile` makes on first use stays out of the home of whoever runs the tests.
os.environ["XDG_CONFIG_HOME"] = str(ROOT / "build" / "test-config")


def tripline(*arguments, expects=0, **options):
    """Runs the program and answers its standard output; its talk goes through to standard error. expects: the exit code, or
    a tuple of those that will do."""
    command = [os.environ.get("TRIPLINE", str(ROOT / "build" / "tripline")), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode not in (expects if isinstance(expects, tuple) else (expects,)):
        sys.exit(f"FAILED: {' '.join(command)} ended with {done.returncode}, not {expects}")
    return done.stdout


def skip(requirement, reason):
    """Ends the script as skipped, or as failed where $TRIPLINE_REQUIRE names the requirement."""
    if requirement in os.environ.get("TRIPLINE_REQUIRE", "").split(","):
        sys.exit(f"FAILED: TRIPLINE_REQUIRE names {requirement}, but {reason}")
    print(reason)
    sys.exit(SKIPPED)


def shared_folder():
    folder = pathlib.Path(os.environ.get("TRIPLINE_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        skip("shared", "../shared is not there: this test over public rules and events did not run")
    return folder


def python_with_numpy():
    """The generator needs numpy; Debian's package serves /usr/bin/python3, which need not be the one that runs here."""
    if importlib.util.find_spec("numpy"):
        return sys.executable
    debian = "/usr/bin/python3"
    if subprocess.run([debian, "-c", "import numpy"], capture_output=True, check=False).returncode == 0:
        return debian
    skip("shared", "numpy is not there (scripts/setup.sh --test installs it): nothing was generated")
    return None


def generated_events(folder, count, seed):
    """Paths of generated events and of their labels: the 0-based numbers of the events that the seed rule's query matches."""
    generator = shared_folder() / "tools" / "gen_events.py"
    events, labels = pathlib.Path(folder) / "events.ndjson", pathlib.Path(folder) / "labels.txt"
    subprocess.run([python_with_numpy(), "-B", generator, "-n", str(count), "--seed", str(seed), "-o", events,
                    "--labels", labels], check=True)
    return events, labels


def scratch():
    return tempfile.TemporaryDirectory(prefix="tripline-")


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.strip()]
