"""Reads the sources and says where they break the architecture: include edges between rooms, third-party headers outside
their doors, third-party types in headers, printing and dying below cli/, files that have outgrown their idea.

What is allowed stands in the tables right below; a new door or edge is a line here, reviewed with the change that needs
it. include_edges_test.py runs this over the project, and over planted mistakes to show that it can fail.
"""
import fnmatch
import pathlib
import re

# Who may include whom: base <- jit <- runtime <- compiler <- cli, base <- grammar <- compiler,
# runtime (+ compiler) <- plugin-shim. An arrow may skip levels, never turn back.
MAY_INCLUDE = {
    "base": [],
    "grammar": ["base"],
    "jit": ["base"],
    "runtime": ["base", "jit"],
    "compiler": ["base", "jit", "runtime", "grammar"],
    "cli": ["base", "jit", "runtime", "grammar", "compiler"],
    "plugin-shim": ["base", "jit", "runtime", "grammar", "compiler"],
}

# Third-party headers and the files that may see them. A door is a .cc file, so no header of a room below cli/ can hold a
# third-party type.
DOORS = {
    "ANTLR": (r"antlr4-runtime.*|Kql(Lexer|Parser|BaseListener|Listener|BaseVisitor|Visitor)\.h", ["grammar/parse*.cc"]),
    "LLVM": (r"llvm(-c)?/.*", ["jit/emit_*.cc", "jit/engine.cc"]),
    "Hyperscan": (r"hs(/.*)?\.h", ["jit/pattern_set.cc"]),
    "ICU": (r"unicode/.*", ["jit/unicode_from_icu.cc"]),
    "toml++": (r"toml\+\+/.*", ["compiler/document_toml*.cc"]),
    "nlohmann/json": (r"nlohmann/.*", ["compiler/diagnostics_json.cc", "compiler/document_json.cc", "compiler/translate_*.cc", "runtime/alert*.cc",
                                       "runtime/anomaly/anomaly_record.cc", "runtime/anomaly/bucket_results.cc",
                                       "runtime/detector_key.cc", "runtime/event.cc", "runtime/rule_runs_report.cc", "runtime/ruleset_manifest.cc",
                                       "runtime/term.cc", "cli/*.cc"]),
    "simdjson": (r"simdjson.*", ["runtime/json_structure.cc"]),
    "SQLite": (r"sqlite3.*", ["runtime/state_*.cc", "runtime/sqlite_statement.cc"]),
    "libsodium": (r"sodium(/.*)?(\.h)?", ["runtime/term_key.cc", "runtime/ruleset_signature.cc"]),
    "OpenSSL": (r"openssl/.*", ["runtime/digest.cc"]),
    "zlib": (r"zlib\.h|zconf\.h", ["runtime/gzip_source.cc"]),
    "zstd": (r"zstd(_errors)?\.h", ["runtime/zstd_source.cc"]),
    "CLI11": (r"CLI/.*", ["cli/*"]),
    "JNI": (r"jni(_md)?\.h", ["plugin-shim/native/*"]),
}

# Headers with a dot or a slash that belong to the operating system or the compiler.
SYSTEM = r"(unistd|fcntl|poll|sched|setjmp|signal|pthread|dlfcn|cpuid|immintrin|arpa/inet|netinet/in|sys/[a-z]+)\.h|cxxabi\.h"

# Below cli/ the process belongs to somebody else: nothing prints, nothing dies.
FORBIDDEN_BELOW_CLI = re.compile(
    r"(?<![\w.>])(?:std::)?(?:cout|cerr|clog)\b"
    r"|(?<![\w.>:])(?:std::|::)?(?:abort|exit|_exit|_Exit|quick_exit|terminate|printf|fprintf|vprintf|puts|fputs|putchar|perror)\s*\(")

MAX_LINES = {"sources": 400, "tests": 600}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")', re.MULTILINE)
_COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s\\]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def without_comments_and_literals(text):
    """The code alone; line breaks stay, so that line numbers do too."""
    return _COMMENT_OR_LITERAL.sub(lambda found: "\n" * found.group(0).count("\n") or " ", text)


def _check_include(path, header, is_quoted):
    room = path.split("/")[0]
    first = header.split("/")[0]
    if is_quoted and first in MAY_INCLUDE:
        if first != room and first not in MAY_INCLUDE[room]:
            return f"{room} may not include {first} ({header}); it may include {', '.join(MAY_INCLUDE[room]) or 'nothing'}"
        return None
    for name, (pattern, files) in DOORS.items():
        if re.fullmatch(pattern, header):
            if not any(fnmatch.fnmatchcase(path, allowed) for allowed in files):
                return f"{name} ({header}) belongs behind its door: {', '.join(files)}"
            return None
    if not is_quoted and (re.fullmatch(r"[a-z0-9_]+", header) or re.fullmatch(SYSTEM, header)):
        return None
    return f"{header} is neither a room's header nor in the tables of tests/architecture/include_edges.py"


def check_file(path, text):
    """Complaints about one source file; `path` is relative to the project, with slashes."""
    complaints = []
    code = without_comments_and_literals(text)
    for found in _INCLUDE.finditer(text):
        complaint = _check_include(path, found.group(1) or found.group(2), found.group(2) is not None)
        if complaint:
            complaints.append(f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {complaint}")
    if not path.startswith("cli/"):
        for found in FORBIDDEN_BELOW_CLI.finditer(code):
            complaints.append(f"{path}:{code.count(chr(10), 0, found.start()) + 1}: {found.group(0).strip('( ')} below cli/")
    if path.endswith(".h") and "#pragma once" not in code:
        complaints.append(f"{path}:1: no #pragma once")
    complaints += check_size(path, text, MAX_LINES["sources"])
    return complaints


def check_size(path, text, limit):
    lines = text.count("\n")
    return [f"{path}:{limit + 1}: {lines} lines; split it, {limit} is the most"] if lines > limit else []


def _sources(root, folder, endings):
    base = pathlib.Path(root) / folder
    return sorted(path for path in base.rglob("*") if path.suffix in endings and path.is_file())


def check_project(root):
    """(complaints, number of files read) for the whole project."""
    complaints = []
    num_files = 0
    for room in MAY_INCLUDE:
        for path in _sources(root, room, {".h", ".cc", ".inc"}):
            relative = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            num_files += 1
            if path.suffix != ".inc":
                complaints += check_file(relative, text)
    for path in _sources(root, "tests", {".h", ".cc", ".py"}) + _sources(root, "bench", {".h", ".cc", ".py"}):
        num_files += 1
        complaints += check_size(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"), MAX_LINES["tests"])
    return complaints, num_files
