#!/usr/bin/env python3
"""What libtripline.so asks of the machine that loads it, and what it shows: read from the file by readelf and nm.

It must load wherever glibc is 2.34 or newer and sit in a stranger's process without touching anything of it: so it needs
four system libraries, no symbol newer than that, and exports nothing but the functions that Native.java declares and JNI_OnLoad.
$TRIPLINE_LIBRARY is the file; without it the test is skipped.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))
from program import skip  # noqa: E402 -- its folder comes into reach only here

NATIVE_JAVA = ROOT / "plugin-shim" / "java" / "engine" / "src" / "main" / "java" / "org" / "tripline" / "engine" / "Native.java"
PREFIX = "Java_org_tripline_engine_Native_"
SYSTEM_LIBRARIES = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}
FLOOR = (2, 34)


def output_of(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout


def needed_libraries(dynamic):
    """Names out of `readelf -dW`."""
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic))


def symbol_versions(version_info):
    """Names of versions that are asked for, out of `readelf -VW`."""
    needs = version_info.split("Version needs section", 1)
    return set(re.findall(r"Name: (\S+)", needs[1])) if len(needs) == 2 else set()


def too_new(versions):
    """Those that glibc 2.34 with its libgcc does not have; of C++ none is welcome."""
    wrong = set()
    for version in versions:
        glibc = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", version)
        is_fine = (int(glibc[1]), int(glibc[2])) <= FLOOR if glibc else re.fullmatch(r"GCC_[34]\.[\d.]+", version)
        if not is_fine:
            wrong.add(version)
    return wrong


def exported_names(symbols):
    """Names out of `nm -D --defined-only`."""
    return {line.split()[-1].split("@")[0] for line in symbols.splitlines() if line.strip()}


def native_methods(java):
    """Names of the methods that Native.java declares."""
    return re.findall(r"\bstatic\s+native\s+[\w\[\]]+\s+(\w+)\s*\(", java)


class ReadingTest(unittest.TestCase):
    """The readers above can see what they look for."""

    def test_a_newer_version_and_one_of_the_cpp_library_are_too_new(self):
        versions = {"GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.36", "GLIBC_3.0", "GLIBC_PRIVATE", "GLIBCXX_3.4", "CXXABI_1.3",
                    "GCC_3.0", "GCC_14.0.0"}
        self.assertEqual({"GLIBC_2.36", "GLIBC_3.0", "GLIBC_PRIVATE", "GLIBCXX_3.4", "CXXABI_1.3", "GCC_14.0.0"},
                         too_new(versions))

    def test_versions_are_those_that_are_asked_for(self):
        text = "Version definition section\n Name: OWN_1\nVersion needs section '.gnu.version_r'\n 0x0010:   Name: GLIBC_2.3  Flags"
        self.assertEqual({"GLIBC_2.3"}, symbol_versions(text))

    def test_methods_over_several_lines_count(self):
        self.assertEqual(["a", "b"], native_methods("static native byte[] a(\n  long x);\n  static native void b();"))

    def test_names_lose_their_versions(self):
        self.assertEqual({"f", "g"}, exported_names("0000 T f\n0000 T g@@V1\n"))


class SharedLibraryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = pathlib.Path(os.environ["TRIPLINE_LIBRARY"])
        cls.dynamic = output_of("readelf", "-dW", cls.library)

    def test_it_needs_nothing_but_the_system(self):
        self.assertEqual(SYSTEM_LIBRARIES, needed_libraries(self.dynamic))

    def test_it_loads_where_glibc_is_2_34(self):
        versions = symbol_versions(output_of("readelf", "-VW", self.library))
        self.assertIn("GLIBC_2.2.5", versions, "every library on x86-64 asks for this one")
        self.assertEqual(set(), too_new(versions))

    def test_its_code_is_not_written_to_when_it_is_loaded(self):
        self.assertNotIn("TEXTREL", self.dynamic)

    def test_its_stack_is_not_executable(self):
        (stack,) = re.findall(r"GNU_STACK.*", output_of("readelf", "-lW", self.library))
        self.assertNotIn("E", stack.split()[-2])

    def test_it_shows_what_java_declares_and_nothing_else(self):
        methods = native_methods(NATIVE_JAVA.read_text(encoding="utf-8"))
        self.assertGreater(len(methods), 20)
        self.assertEqual({PREFIX + name for name in methods} | {"JNI_OnLoad"},
                         exported_names(output_of("nm", "-D", "--defined-only", self.library)))

    def test_its_size_is_known(self):
        with tempfile.TemporaryDirectory(prefix="tripline-") as folder:
            stripped = pathlib.Path(folder) / "libtripline.so"
            output_of("strip", "-o", stripped, self.library)
            size = stripped.stat().st_size
        print(f"{self.library.name}: {self.library.stat().st_size / 1e6:.1f} MB, {size / 1e6:.1f} MB stripped")
        self.assertLess(size, 100e6, "a plugin of this size would be a surprise")


if __name__ == "__main__":
    if not os.environ.get("TRIPLINE_LIBRARY"):
        skip("cluster", "libtripline.so is not built here (plugin-shim/native/CMakeLists.txt says when): nothing looked at it")
    if not pathlib.Path(os.environ["TRIPLINE_LIBRARY"]).is_file():
        sys.exit(f"FAILED: {os.environ['TRIPLINE_LIBRARY']} is not there; build the target tripline_jni first")
    unittest.main()
