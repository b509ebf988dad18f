"""A plugin of a test's own beside the real one: sources compiled against parts of the real archive, which go along.

    archive = second_plugin.build(PLUGIN, folder, "failing", "org.tripline.failing.FailingPlugin",
                                  ["tripline-engine", "libtripline.so"])
"""
import pathlib
import subprocess
import zipfile

import assemble
import jdk
import releases

DESCRIPTOR = """description=For a test
version=1
name={name}
classname={main}
java.version=21
opensearch.version={version}
"""


def build(plugin, folder, name, main, parts, version=releases.DEFAULT_VERSION):
    """The archive; its sources are in the folder `<name>_plugin`. parts: how the files' names begin that are taken along."""
    sources = sorted((pathlib.Path(__file__).resolve().parent / f"{name}_plugin").glob("*.java"))
    folder = pathlib.Path(folder)
    with zipfile.ZipFile(plugin) as packed:
        taken = [file for file in packed.namelist() if file.startswith(tuple(parts))]
        for file in taken:
            packed.extract(file, folder)
    classes = folder / f"{name}-classes"
    path = ":".join([*(str(folder / file) for file in taken if file.endswith(".jar")), f"{assemble.assemble(version)}/lib/*"])
    subprocess.run([jdk.find_jdk().home / "bin" / "javac", "--release", "21", "-d", classes, "-cp", path, *sources], check=True)
    with zipfile.ZipFile(folder / f"{name}.jar", "w") as jar:
        for compiled in classes.rglob("*.class"):
            jar.write(compiled, compiled.relative_to(classes))
    archive = folder / f"{name}.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("plugin-descriptor.properties", DESCRIPTOR.format(name=name, main=main, version=version))
        for file in [*taken, f"{name}.jar"]:
            made.write(folder / file, file)
    return archive
