// From the outside in: magic, version, checksum, section table.
#include "runtime/ruleset_sections.h"

#include <utility>

#include "base/bytes.h"
#include "runtime/digest.h"
#include "runtime/ruleset_file.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kMaxSections = 64;
constexpr std::size_t kHeaderBytes = 16;  // magic, version, number of sections
constexpr std::size_t kEntryBytes = 24;
constexpr std::size_t kDigestBytes = 32;
constexpr std::string_view kFormat = "a ruleset file";

std::string_view AsBytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Result<void> CheckHeader(std::string_view bytes) {
  if (!bytes.starts_with(kRulesetMagic)) {
    return Fail(ErrorCode::kInvalid,
                bytes.starts_with(kRulesetMagic.substr(0, 4))
                    ? "a ruleset file that was changed or cut off on its way (its first bytes are "
                      "damaged); copy it again, as binary"
                    : "no ruleset file: expected what `tripline compile` writes");
  }
  ByteReader reader(bytes.substr(kRulesetMagic.size()), kFormat);
  TRIPLINE_TRY(const auto version, reader.Number<std::uint32_t>());
  if (version != kRulesetVersion) {
    return Fail(ErrorCode::kUnsupported, "a ruleset file of version " + std::to_string(version) +
                                             ", but this build reads version " +
                                             std::to_string(kRulesetVersion) +
                                             "; compile the rules again with this build");
  }
  return {};
}

Result<void> CheckDigest(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kDigestBytes) {
    return Fail(ErrorCode::kInvalid, "a ruleset file that is cut off after " +
                                         std::to_string(bytes.size()) + " bytes; copy it again");
  }
  const std::size_t end = bytes.size() - kDigestBytes;
  if (AsBytes(Sha256Of(bytes.substr(0, end))) != bytes.substr(end)) {
    return Fail(ErrorCode::kInvalid,
                "a ruleset file that is damaged or cut off: its checksum does not fit its " +
                    std::to_string(bytes.size()) + " bytes; copy it again, or compile again");
  }
  return {};
}

}  // namespace

std::string WriteTable(std::span<const Section> sections) {
  ByteWriter writer;
  for (const char byte : kRulesetMagic) {
    writer.Number(byte);
  }
  writer.Number(kRulesetVersion);
  writer.Number(static_cast<std::uint32_t>(sections.size()));
  std::uint64_t offset = kHeaderBytes + sections.size() * kEntryBytes;
  for (const Section& section : sections) {
    writer.Number(section.kind);
    writer.Number(section.flags);
    writer.Number(offset);
    writer.Number(std::uint64_t{section.payload.size()});
    offset += section.payload.size();
  }
  return writer.Take();
}

std::string WriteSections(std::span<const Section> sections) {
  std::string bytes = WriteTable(sections);
  for (const Section& section : sections) {
    bytes += section.payload;
  }
  bytes += AsBytes(Sha256Of(bytes));
  return bytes;
}

std::string HashOf(std::span<const Section> sections) {
  Sha256 digest;
  digest.Add(WriteTable(sections));
  for (const Section& section : sections) {
    digest.Add(section.payload);
  }
  return ToHex(digest.Finish());
}

// Sections lie one behind the other, without gaps, in the order of the table.
Result<std::vector<Section>> ReadSections(std::string_view bytes) {
  TRIPLINE_TRY_VOID(CheckHeader(bytes));
  TRIPLINE_TRY_VOID(CheckDigest(bytes));
  const std::string_view body = bytes.substr(0, bytes.size() - kDigestBytes);
  ByteReader reader(body, kFormat);
  TRIPLINE_TRY_VOID(reader.Take(kRulesetMagic.size() + sizeof(kRulesetVersion)));
  TRIPLINE_TRY(const std::uint32_t count, reader.Count(kEntryBytes));
  if (count > kMaxSections) {
    return reader.Damaged("at most " + std::to_string(kMaxSections) + " sections");
  }
  std::vector<Section> sections;
  std::uint64_t next = kHeaderBytes + std::uint64_t{count} * kEntryBytes;
  for (std::uint32_t i = 0; i < count; ++i) {
    Section section;
    TRIPLINE_TRY(section.kind, reader.Number<std::uint32_t>());
    TRIPLINE_TRY(section.flags, reader.Number<std::uint32_t>());
    TRIPLINE_TRY(const auto offset, reader.Number<std::uint64_t>());
    TRIPLINE_TRY(const auto size, reader.Number<std::uint64_t>());
    if (offset != next || size > body.size() - next) {
      return reader.Damaged("a section that lies behind the one before it, inside the file");
    }
    section.payload = body.substr(offset, size);
    next += size;
    sections.push_back(section);
  }
  if (next != body.size()) {
    return reader.Damaged("nothing between the last section and the checksum");
  }
  return sections;
}

}  // namespace tripline::runtime
