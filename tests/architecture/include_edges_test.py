#!/usr/bin/env python3
"""The project keeps to its architecture, and the check that says so can fail."""
import pathlib
import unittest

import include_edges

ROOT = pathlib.Path(__file__).resolve().parents[2]


def complaints(path, text):
    return include_edges.check_file(path, text)


class Project(unittest.TestCase):
    def test_keeps_its_arrows_doors_and_sizes(self):
        found, num_files = include_edges.check_project(ROOT)
        self.assertEqual([], found, "\n" + "\n".join(found))
        self.assertGreater(num_files, 50)


class PlantedMistakes(unittest.TestCase):
    def assert_one(self, path, text, part):
        found = complaints(path, text)
        self.assertEqual(1, len(found), found)
        self.assertIn(part, found[0])

    def test_arrow_that_turns_back(self):
        self.assert_one("jit/glob.cc", '#include "runtime/batch.h"\n', "jit/glob.cc:1: jit may not include runtime")

    def test_arrow_between_branches(self):
        self.assert_one("jit/glob.cc", '// why\n#include "grammar/ast.h"\n', "jit/glob.cc:2: jit may not include grammar")

    def test_base_includes_no_room(self):
        self.assert_one("base/ip.cc", '#include "jit/program.h"\n', "may include nothing")

    def test_third_party_outside_its_door(self):
        self.assert_one("compiler/check.cc", "#include <llvm/IR/IRBuilder.h>\n", "LLVM")

    def test_generated_parser_outside_its_door(self):
        self.assert_one("grammar/hints.cc", '#include "KqlLexer.h"\n', "ANTLR")

    def test_third_party_type_in_a_header(self):
        self.assert_one("jit/emit_llvm.h", "#pragma once\n#include <llvm/IR/Module.h>\n", "behind its door")

    def test_unknown_third_party(self):
        self.assert_one("base/text.cc", "#include <boost/regex.hpp>\n", "neither a room's header")

    def test_spaces_in_an_include_hide_nothing(self):
        self.assert_one("base/text.cc", '  #  include  "cli/verbs.h"\n', "base may not include cli")

    def test_printing_and_dying_below_cli(self):
        self.assert_one("runtime/a.cc", "void F() {\n  std::cerr << 1;\n}\n", "runtime/a.cc:2: std::cerr")
        self.assert_one("runtime/a.cc", "void F() { std::abort(); }\n", "abort")
        self.assert_one("runtime/a.cc", "void F() { exit(1); }\n", "exit")
        self.assert_one("runtime/a.cc", "void F() { std::printf(\"x\"); }\n", "printf")

    def test_header_without_pragma_once(self):
        self.assert_one("base/a.h", "// #pragma once\nint F();\n", "no #pragma once")

    def test_file_too_long(self):
        self.assert_one("base/a.cc", "\n" * 401, "split it")


class Innocent(unittest.TestCase):
    def test_allowed_edges_and_doors(self):
        self.assertEqual([], complaints("compiler/check.cc", '#include <vector>\n#include <sys/stat.h>\n'
                                        '#include "grammar/ast.h"\n#include "base/ip.h"\n#include "compiler/check.h"\n'))
        self.assertEqual([], complaints("jit/pattern_set.cc", "#include <hs/hs.h>\n"))
        self.assertEqual([], complaints("cli/main.cc", "#include <CLI/CLI.hpp>\nint main() { std::cerr << 1; exit(2); }\n"))

    def test_words_in_comments_and_texts(self):
        self.assertEqual([], complaints("runtime/a.cc", '// never call exit(1) or std::cerr\nauto a = "abort()";\n'
                                        '/* std::cout\n */ auto b = R"(exit(1))"; auto c = 1\'000\'000;\n'))

    def test_names_that_only_look_alike(self):
        self.assertEqual([], complaints("runtime/a.cc", "on_exit(1); scope.exit(); std::snprintf(b, 1, \"x\"); is_abort(2);\n"))


if __name__ == "__main__":
    unittest.main()
