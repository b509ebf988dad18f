// Folders and files: which of them are rule documents, and in which order they are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "compiler/rule_reader.h"
#include "tests/compiler/rule_texts.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Folder {
 public:
  Folder() {
    std::string pattern = ::testing::TempDir() + "tripline_rules_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void Put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path_ + "/" + name).parent_path());
    ASSERT_TRUE(WriteFileAtomically(path_ + "/" + name, text));
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::string> IdsOf(const ReadRules& read) {
  std::vector<std::string> ids;
  for (const Rule& rule : read.rules) {
    ids.push_back(rule.rule_id);
  }
  return ids;
}

TEST(RulePaths, FoldersAreReadByPathWithoutTheirTests) {
  const Folder folder;
  folder.Put("b/rule.toml", TomlRule());
  folder.Put("b/events.ndjson", "{\"not\":\"a rule\"}\n");
  folder.Put("b/expected.ndjson", "{\"not\":\"a rule\"}\n");
  folder.Put("b/readme.md", "text");
  folder.Put("a.json", JsonRule("", "from-json"));
  folder.Put("c.ndjson", JsonRule("", "c-1") + "\n" + JsonRule("", "c-2"));
  folder.Put("b/job.json", R"({"job_id":"j","analysis_config":{}})");

  const auto read = ReadRulePaths({folder.path()});

  ASSERT_TRUE(read);
  EXPECT_EQ(Codes(*read), "");
  EXPECT_THAT(IdsOf(*read), ElementsAre("from-json", "r-1", "c-1", "c-2"));
  EXPECT_EQ(read->jobs.size(), 1U);
  EXPECT_EQ(read->num_files, 4U);
}

TEST(RulePaths, AFileThatIsNamedIsReadWhateverItIsCalled) {
  const Folder folder;
  folder.Put("events.ndjson", JsonRule("", "x"));
  folder.Put("rule.txt", TomlRule());

  const auto read = ReadRulePaths({folder.path() + "/events.ndjson", folder.path() + "/rule.txt"});

  ASSERT_TRUE(read);
  EXPECT_THAT(IdsOf(*read), ElementsAre("x", "r-1"));
}

TEST(RulePaths, AFileReachedTwiceIsReadOnce) {
  const Folder folder;
  folder.Put("r.toml", TomlRule());

  const auto read = ReadRulePaths(
      {folder.path(), folder.path() + "/r.toml", folder.path() + "/./r.toml", folder.path()});

  ASSERT_TRUE(read);
  EXPECT_EQ(Codes(*read), "");
  EXPECT_EQ(read->num_files, 1U);
}

TEST(RulePaths, OneIdInTwoFilesNamesBoth) {
  const Folder folder;
  folder.Put("a.toml", TomlRule());
  folder.Put("b.json", JsonRule());

  const auto read = ReadRulePaths({folder.path()});

  ASSERT_TRUE(read);
  EXPECT_EQ(Codes(*read), "rule.duplicate_id@1:12");
  EXPECT_EQ(read->diagnostics[0].file, folder.path() + "/b.json");
  EXPECT_THAT(read->diagnostics[0].message, HasSubstr(folder.path() + "/a.toml:2:11"));
  EXPECT_EQ(read->rules.size(), 1U);
}

TEST(RulePaths, AFolderWithoutRulesIsSaid) {
  const Folder folder;
  folder.Put("events.ndjson", "{}");

  const auto read = ReadRulePaths({folder.path()});

  ASSERT_TRUE(read);
  EXPECT_EQ(Codes(*read), "rule.no_rules@1:1");
  EXPECT_EQ(read->diagnostics[0].file, folder.path());
  EXPECT_TRUE(HasErrors(read->diagnostics));
}

TEST(RulePaths, ABrokenFileLosesNoOther) {
  const Folder folder;
  folder.Put("a.toml", "[rule\n");
  folder.Put("b.toml", TomlRule());

  const auto read = ReadRulePaths({folder.path()});

  ASSERT_TRUE(read);
  EXPECT_THAT(IdsOf(*read), ElementsAre("r-1"));
  EXPECT_EQ(read->num_rejected, 1U);
  EXPECT_EQ(read->num_files, 2U);
}

TEST(RulePaths, AnAbsentPathIsAnErrorOfTheWorld) {
  const auto read = ReadRulePaths({"/no/such/folder"});

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadRulePaths({}).error().code, ErrorCode::kUsage);
}

TEST(RulePaths, AFileBeyondEveryLimitIsSaidAndTheOthersAreRead) {
  const Folder folder;
  folder.Put("a.json", "");
  std::filesystem::resize_file(folder.path() + "/a.json", std::uintmax_t{257} * 1024 * 1024);
  folder.Put("b.toml", TomlRule());

  const auto read = ReadRulePaths({folder.path()});

  ASSERT_TRUE(read);
  EXPECT_EQ(Codes(*read), "rule.too_large@1:1");
  EXPECT_EQ(read->rules.size(), 1U);
}

}  // namespace
}  // namespace tripline::compiler
