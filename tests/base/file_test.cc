#include "base/file.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace tripline {
namespace {

std::string TemporaryFolder() {
  std::string pattern = ::testing::TempDir() + "tripline_file_XXXXXX";
  return mkdtemp(pattern.data());
}

TEST(File, AtomicWriteReplacesTheWholeFile) {
  const std::string path = TemporaryFolder() + "/f";
  ASSERT_TRUE(WriteFileAtomically(path, "first version"));
  ASSERT_TRUE(WriteFileAtomically(path, "second"));
  EXPECT_EQ(*ReadFile(path, 100), "second");
}

TEST(File, AbsentOversizedAndUnwritableFilesSayWhy) {
  const std::string folder = TemporaryFolder();
  EXPECT_EQ(ReadFile(folder + "/none", 10).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(WriteFileAtomically(folder + "/f", "0123456789x"));
  EXPECT_EQ(ReadFile(folder + "/f", 10).error().code, ErrorCode::kLimit);
  EXPECT_FALSE(WriteFileAtomically(folder + "/no/such/folder/f", "x"));
}

TEST(File, AFullDiskIsAnErrorAndTheOldFileStays) {
  if (!std::filesystem::exists("/dev/full")) {
    GTEST_SKIP() << "no /dev/full here";
  }
  const std::string folder = TemporaryFolder();
  const std::string path = folder + "/f";
  ASSERT_TRUE(WriteFileAtomically(path, "old"));
  std::filesystem::create_symlink("/dev/full", path + ".part-" + std::to_string(getpid()));
  const auto written = WriteFileAtomically(path, "new");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("No space left"), std::string::npos)
      << written.error().message;
  EXPECT_EQ(*ReadFile(path, 100), "old");
}

TEST(File, ADeviceIsWrittenToAndStaysADevice) {
  const std::string folder = TemporaryFolder();
  std::filesystem::create_symlink("/dev/null", folder + "/null");
  ASSERT_TRUE(WriteFileAtomically(folder + "/null", "gone"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder + "/null"));
  EXPECT_FALSE(WriteFileAtomically(folder, "a folder")) << "a folder cannot be written";
}

TEST(File, ListsFoldersInOrderAndAnswersAFileAsItself) {
  const std::string folder = TemporaryFolder();
  std::filesystem::create_directory(folder + "/b");
  ASSERT_TRUE(WriteFileAtomically(folder + "/b/2.toml", ""));
  ASSERT_TRUE(WriteFileAtomically(folder + "/a.toml", ""));
  ASSERT_TRUE(WriteFileAtomically(folder + "/a.txt", ""));
  const auto files = ListFiles(folder, {".toml"});
  ASSERT_TRUE(files);
  EXPECT_EQ(*files, (std::vector<std::string>{folder + "/a.toml", folder + "/b/2.toml"}));
  EXPECT_EQ(ListFiles(folder + "/a.txt", {".toml"})->size(), 1U);
  EXPECT_EQ(ListFiles(folder + "/none", {".toml"}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tripline
