"""Assembles OpenSearch from the Maven registry into a cache folder outside the work tree, as its distribution is laid out:
lib/, modules/, agent/ and config/. There is no archive of it in the registry; the jars of its parts are.

Where: $TRIPLINE_CACHE, or $XDG_CACHE_HOME/tripline, or ~/.cache/tripline; for root, without TRIPLINE_CACHE,
/var/cache/tripline. A server refuses to run as root, so root's nodes run as another user, and that user cannot enter
root's home.

The folder appears by renaming, whole or not at all; its stamp says by which recipe it was made. A second call finds it and
returns; an interrupted one leaves a partial sibling that the next call removes; concurrent calls wait for each other.

    folder = assemble.assemble()      # pathlib.Path(".../opensearch-3.8.0")
"""
import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

import maven
import releases

# Raise this when what is assembled changes; folders made by another recipe are made again.
RECIPE = 1
_STAMP = "assembly.json"

# Everything to standard output, which the one who starts the node keeps as its log.
_LOG4J2 = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name]%marker %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


class CannotAssemble(Exception):
    """The jars could not be had, or do not fit together; the message says why and what to do."""


def cache_folder(environment=None, is_root=None):
    """Where assemblies live; the head of this file says why root has a place of its own."""
    environment = os.environ if environment is None else environment
    is_root = os.geteuid() == 0 if is_root is None else is_root
    if environment.get("TRIPLINE_CACHE"):
        return pathlib.Path(environment["TRIPLINE_CACHE"]).absolute()
    if is_root:
        return pathlib.Path("/var/cache/tripline")
    base = environment.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "tripline"


def artifact_name(jar_name):
    """"netty-common" for "netty-common-4.2.16.Final.jar"."""
    return re.sub(r"-\d[^/]*\.jar$", "", jar_name)


def without(jars, taken):
    """The jars whose artifacts are not among `taken`: the server dies of the same class in two jars ("jar hell")."""
    return [jar for jar in jars if artifact_name(jar.name) not in taken]


def _descriptor(module, version):
    lines = [f"name={module.name}", f"description=The module {module.name} of OpenSearch", f"version={version}",
             f"opensearch.version={version}", "java.version=21", f"classname={module.plugin_class}",
             f"extended.plugins={','.join(module.extends)}", "has.native.controller=false"]
    return "\n".join(lines) + "\n"


def _policy(module):
    return "grant {\n" + "".join(f"  {line}\n" for line in module.policy) + "};\n"


def _move(jars, folder):
    folder.mkdir(parents=True)
    for jar in jars:
        shutil.move(jar, folder / jar.name)


def lay_out(folder, version, jars):
    """Fills the folder from the fetched sets: lib, agent and module-<name>, each a list of jars, which are moved."""
    here = {name: [jar for jar in found if not any(mark in jar.name for mark in releases.FOREIGN_PLATFORMS)]
            for name, found in jars.items()}
    artifacts = {name: {artifact_name(jar.name) for jar in found} for name, found in here.items()}
    for module in releases.modules(version):
        taken = artifacts["lib"].union(*(artifacts[f"module-{other}"] for other in module.extends))
        place = folder / "modules" / module.name
        _move(without(here[f"module-{module.name}"], taken), place)
        if not any(place.iterdir()):
            raise CannotAssemble(f"the module {module.name} of OpenSearch {version} has no jar of its own")
        (place / "plugin-descriptor.properties").write_text(_descriptor(module, version), encoding="utf-8")
        if module.policy:
            (place / "plugin-security.policy").write_text(_policy(module), encoding="utf-8")
    _move(here["lib"], folder / "lib")
    _move(here["agent"], folder / "agent")
    # The agent's manifest names its neighbours with their versions; its own name is what the flags of node.py say.
    (folder / "agent" / f"opensearch-agent-{version}.jar").rename(folder / "agent" / "opensearch-agent.jar")
    (folder / "config").mkdir()
    (folder / "config" / "log4j2.properties").write_text(_LOG4J2, encoding="utf-8")


def _open_to_all(folder):
    """Everybody may read: the node runs as another user than the one who assembles."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def is_complete(folder):
    """Whether the folder was assembled to its end by this recipe."""
    try:
        return json.loads((folder / _STAMP).read_text(encoding="utf-8")).get("recipe") == RECIPE
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _locked(path):
    with open(path, "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(folder, version):
    for leftover in folder.parent.glob(f"{folder.name}.partial-*"):
        shutil.rmtree(leftover)
    partial = pathlib.Path(tempfile.mkdtemp(prefix=f"{folder.name}.partial-", dir=folder.parent))
    try:
        sets = {"lib": releases.lib_coordinates(version), "agent": releases.agent_coordinates(version)}
        sets.update({f"module-{module.name}": module.coordinates(version) for module in releases.modules(version)})
        lay_out(partial / "home", version, maven.fetch(partial / "poms", sets))
        (partial / "home" / _STAMP).write_text(json.dumps({"recipe": RECIPE, "version": version}), encoding="utf-8")
        _open_to_all(partial / "home")
        if folder.exists():
            folder.rename(partial / "old")
        (partial / "home").rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def assemble(version=releases.DEFAULT_VERSION, cache=None):
    """The folder of an assembled OpenSearch; assembles it first where it is not there."""
    cache = pathlib.Path(cache).absolute() if cache else cache_folder()
    folder = cache / f"opensearch-{version}"
    if is_complete(folder):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / f"opensearch-{version}.lock"):
            if not is_complete(folder):
                _build(folder, version)
    except (maven.MavenFailed, releases.UnknownVersion) as error:
        raise CannotAssemble(str(error)) from error
    except OSError as error:
        raise CannotAssemble(f"{error}; the cache folder is {cache}, TRIPLINE_CACHE names another") from error
    return folder


def main():
    arguments = argparse.ArgumentParser(description="Assembles OpenSearch from the Maven registry and prints its folder.")
    arguments.add_argument("--version", default=releases.DEFAULT_VERSION)
    try:
        print(assemble(arguments.parse_args().version))
    except CannotAssemble as error:
        sys.exit(f"assemble: {error}")


if __name__ == "__main__":
    main()
