"""Finds a Java development kit that OpenSearch 3 runs on: JDK 21 or newer.

Looked at in this order: $TRIPLINE_JAVA_HOME (taken or refused, never passed over), $JAVA_HOME when it is new enough, the
newest fitting one under /usr/lib/jvm. As a command it prints the folder found, or says on standard error what is missing
and ends with 1.
"""
import dataclasses
import os
import pathlib
import re
import sys

OLDEST = 21
SYSTEM_FOLDER = pathlib.Path("/usr/lib/jvm")
HOW_TO_GET_ONE = (
    f"OpenSearch 3 needs a JDK >= {OLDEST}, and Debian 12 packages none: unpack one (Eclipse Temurin, for example) and set "
    "TRIPLINE_JAVA_HOME to its folder")


class NoJdk(Exception):
    """No JDK that fits; the message says what was looked at and how to get one."""


@dataclasses.dataclass(frozen=True)
class Jdk:
    home: pathlib.Path
    feature: int  # 21, 25: the first number of a version, 8 for "1.8.0_402"

    @property
    def java(self):
        return self.home / "bin" / "java"

    @property
    def jcmd(self):
        return self.home / "bin" / "jcmd"


def feature_of(version):
    """25 for "25.0.1", 21 for "21-ea", 8 for "1.8.0_402"; None for what is no Java version."""
    found = re.match(r"(?:1\.)?(\d+)(?![\d])", version.strip())
    return int(found.group(1)) if found else None


def read_jdk(home):
    """The JDK in a folder, by its `release` file; None where there is none."""
    home = pathlib.Path(home)
    try:
        release = (home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    version = re.search(r'^JAVA_VERSION="?([^"\n]+)"?', release, re.MULTILINE)
    feature = feature_of(version.group(1)) if version else None
    if feature is None or not os.access(home / "bin" / "java", os.X_OK):
        return None
    return Jdk(home, feature)


def find_jdk(environment=None, system_folder=SYSTEM_FOLDER):
    """A JDK >= 21; raises NoJdk where there is none."""
    environment = os.environ if environment is None else environment
    chosen = environment.get("TRIPLINE_JAVA_HOME")
    if chosen:
        jdk = read_jdk(chosen)
        if jdk is None or jdk.feature < OLDEST:
            found = "no JDK is there" if jdk is None else f"it is JDK {jdk.feature}"
            raise NoJdk(f"TRIPLINE_JAVA_HOME is {chosen}, but {found}. {HOW_TO_GET_ONE}")
        return jdk
    jdk = read_jdk(environment["JAVA_HOME"]) if environment.get("JAVA_HOME") else None
    if jdk is not None and jdk.feature >= OLDEST:
        return jdk
    homes = sorted(system_folder.iterdir()) if system_folder.is_dir() else []
    fitting = [jdk for jdk in map(read_jdk, homes) if jdk is not None and jdk.feature >= OLDEST]
    if not fitting:
        raise NoJdk(f"no JDK >= {OLDEST} in JAVA_HOME or {system_folder}. {HOW_TO_GET_ONE}")
    return max(fitting, key=lambda jdk: jdk.feature)


if __name__ == "__main__":
    try:
        print(find_jdk().home)
    except NoJdk as error:
        sys.exit(str(error))
