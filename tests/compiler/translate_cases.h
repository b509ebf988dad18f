// Golden tables of `translate`: a file of queries, one a line, and a file of their answers.
//
// tests/golden/translate/<name>.in holds queries; a line that begins with # is a heading.
// <name>.out repeats each line, and under each query its answer.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/golden.h"

namespace tripline::compiler {

/// Expects the answers of `translate(query)` to be those of <name>.out.
template <class Translate>
void ExpectTranslations(const std::string& name, const Translate& translate) {
  const std::string path = "translate/" + name;
  std::ifstream in(std::string(TRIPLINE_SOURCE_DIR) + "/tests/golden/" + path + ".in");
  ASSERT_TRUE(in) << path << ".in is missing";
  std::string answers;
  int num_queries = 0;
  for (std::string line; std::getline(in, line);) {
    answers += line + "\n";
    if (!line.starts_with('#')) {
      answers += "  " + translate(line) + "\n";
      ++num_queries;
    }
  }
  ASSERT_GT(num_queries, 0);
  testing::ExpectGolden(path + ".out", answers);
}

}  // namespace tripline::compiler
