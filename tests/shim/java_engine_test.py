#!/usr/bin/env python3
"""The Java modules' JUnit tests, in a JVM with the shared library in $TRIPLINE_LIBRARY: run by Maven, without a network if
everything that it needs was downloaded before."""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts" / "cluster"), str(ROOT / "tests" / "acceptance")]
import jdk  # noqa: E402 -- these folders come into reach only here
from program import skip  # noqa: E402

# What Maven says when it cannot have an artifact, and nothing is wrong with the tests.
NOT_TO_BE_HAD = ("Cannot access ", "Could not transfer artifact", "could not be resolved", "Could not find artifact")


def run_maven(home, library, *options):
    """(exit code, what Maven said)."""
    done = subprocess.run(
        ["mvn", "-q", "-B", *options, "-pl", "engine,opensearch", f"-Dtripline.native={library.parent}", "test"],
        cwd=ROOT / "plugin-shim" / "java", env={**os.environ, "JAVA_HOME": str(home)}, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def main():
    if not os.environ.get("TRIPLINE_LIBRARY"):
        skip("cluster", "libtripline.so is not built here (plugin-shim/native/CMakeLists.txt says when): no JUnit test ran")
    if shutil.which("mvn") is None:
        skip("cluster", "mvn is not there (scripts/setup.sh --cluster installs it): no JUnit test ran")
    try:
        home = jdk.find_jdk().home
    except jdk.NoJdk as error:
        skip("cluster", f"no JUnit test ran: {error}")
    library = pathlib.Path(os.environ["TRIPLINE_LIBRARY"]).resolve()
    if not library.is_file():
        sys.exit(f"FAILED: {library} is not there; build the target tripline_jni first")
    code, said = run_maven(home, library, "-o")
    if code != 0 and any(words in said for words in NOT_TO_BE_HAD):
        code, said = run_maven(home, library)
        if code != 0 and any(words in said for words in NOT_TO_BE_HAD):
            print(said)
            skip("cluster", "Maven could not download what the JUnit tests need: none ran")
    print(said)
    return 1 if code != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
