"""Fetches sets of jars with Maven: one run over generated poms, one pom per set, so that Maven's start is paid once. The
user's own Maven settings decide where the jars come from."""
import shutil
import subprocess
from xml.sax.saxutils import escape

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_LINES_OF_A_FAILURE = 20


class MavenFailed(Exception):
    """Maven is not there or could not fetch; the message holds the end of what it said."""


def _pom(artifact, inside):
    return ('<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            f"<groupId>tripline.assembly</groupId><artifactId>{escape(artifact)}</artifactId><version>1</version>"
            f"<packaging>pom</packaging>{inside}</project>\n")


def _dependency(coordinate):
    group, artifact, version, *kind = map(escape, coordinate)
    # An archive has what it needs in it.
    alone = (f"<type>{kind[0]}</type><exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>"
             "</exclusions>") if kind else ""
    return (f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
            f"<version>{version}</version>{alone}</dependency>")


def write_poms(folder, sets):
    """One aggregate pom over one pom per set; sets maps a name to (group, artifact, version) triples; a
    fourth part says the file's type, if it is not a jar, and then nothing that it depends on comes with it."""
    for name, coordinates in sets.items():
        (folder / name).mkdir(parents=True)
        dependencies = "".join(map(_dependency, coordinates))
        (folder / name / "pom.xml").write_text(
            _pom(name, f"<dependencies>{dependencies}</dependencies>"), encoding="utf-8")
    modules = "".join(f"<module>{escape(name)}</module>" for name in sets)
    (folder / "pom.xml").write_text(_pom("all-of-it", f"<modules>{modules}</modules>"), encoding="utf-8")


def fetch(folder, sets):
    """Fetches every set with what it needs at run time; answers {name: files below folder, sorted by name}."""
    if shutil.which("mvn") is None:
        raise MavenFailed("mvn is not there; scripts/setup.sh --cluster installs it")
    write_poms(folder, sets)
    done = subprocess.run(["mvn", "-B", "-ntp", "-Dstyle.color=never", _COPY, "-DincludeScope=runtime"], cwd=folder,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    if done.returncode != 0:
        errors = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")] or done.stdout.splitlines()
        raise MavenFailed("Maven could not fetch the jars; it said:\n" + "\n".join(errors[:_LINES_OF_A_FAILURE]))
    return {name: sorted(path for path in (folder / name / "target" / "dependency").iterdir()
                         if path.suffix in (".jar", ".zip")) for name in sets}
