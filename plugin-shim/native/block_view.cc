// Reader checks that arrays lie inside the buffer and are aligned; what stands in them is then
// checked by runtime::CheckBatch, as for every foreign Batch.
#include "plugin-shim/native/block_view.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/matcher.h"

namespace tripline::shim {
namespace {

enum class Layout : std::uint32_t { kOneSlotARow, kOffsets, kRows };

struct ColumnEntry {
  std::uint32_t field;
  std::uint32_t kind;
  std::uint64_t answers;
  std::uint32_t num_slots;
  Layout layout;
  std::uint32_t layout_at;
  std::uint32_t values_at;
  std::uint32_t present_at;
  std::uint32_t dictionary_at;
  std::uint32_t num_values;
  std::uint32_t zero;
};
static_assert(sizeof(ColumnEntry) == kBlockColumnBytes);

struct GivenEntry {
  std::uint32_t leaf;
  std::uint32_t words_at;
};

struct Header {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t num_rows;
  std::uint32_t num_columns;
  std::uint32_t num_given;
  std::uint32_t eligible_at;
  std::uint64_t zero;
};
static_assert(sizeof(Header) == kBlockHeaderBytes);

std::unexpected<Error> Wrong(const std::string& what) {
  return Fail(ErrorCode::kInvalid, "a block's buffer: " + what);
}

}  // namespace

class BlockView::Reader {
 public:
  Reader(BlockView& view, std::span<const std::byte> bytes, const jit::Program& program,
         const FindAnswers& find_answers)
      : view_(view), bytes_(bytes), program_(program), find_answers_(find_answers) {}

  Result<const runtime::Batch*> Run() {
    runtime::Batch& batch = view_.batch_;
    TRIPLINE_TRY(const std::span<const Header> headers, Array<Header>(0, 1, "the header"));
    header_ = headers[0];
    if (header_.magic != kBlockMagic || header_.version != kBlockVersion || header_.zero != 0) {
      return Wrong("expected the header of version " + std::to_string(kBlockVersion));
    }
    if (header_.num_rows > runtime::kMaxBlockRows) {
      return Fail(ErrorCode::kLimit, "a block has " + std::to_string(header_.num_rows) +
                                         " rows; at most " +
                                         std::to_string(runtime::kMaxBlockRows) + " are taken");
    }
    batch.num_rows = header_.num_rows;
    batch.columns.assign(program_.fields.size(), runtime::Column{});
    view_.dictionaries_.resize(program_.fields.size());
    view_.answers_.clear();
    TRIPLINE_TRY(batch.eligible, OptionalWords(header_.eligible_at, "the eligible rows"));
    TRIPLINE_TRY_VOID(ReadColumns());
    TRIPLINE_TRY_VOID(ReadGiven());
    TRIPLINE_TRY_VOID(runtime::CheckBatch(batch, program_));
    return &batch;
  }

 private:
  template <class T>
  Result<std::span<const T>> Array(std::uint64_t at, std::uint64_t count,
                                   std::string_view what) const {
    const std::byte* const begin = bytes_.data();
    if (at > bytes_.size() || count > (bytes_.size() - at) / sizeof(T)) {
      return Wrong(std::string(what) + " at byte " + std::to_string(at) + " does not end inside " +
                   std::to_string(bytes_.size()) + " bytes");
    }
    if (reinterpret_cast<std::uintptr_t>(begin + at) % alignof(T) != 0) {
      return Wrong(std::string(what) + " at byte " + std::to_string(at) + " is not aligned to " +
                   std::to_string(alignof(T)) + " bytes");
    }
    return std::span(reinterpret_cast<const T*>(begin + at), count);
  }

  Result<std::span<const std::uint64_t>> OptionalWords(std::uint32_t at,
                                                       std::string_view what) const {
    if (at == 0) {
      return std::span<const std::uint64_t>{};
    }
    return Array<std::uint64_t>(at, runtime::WordsFor(header_.num_rows), what);
  }

  Result<void> ReadColumns() {
    TRIPLINE_TRY(const std::span<const ColumnEntry> entries,
                 Array<ColumnEntry>(kBlockHeaderBytes, header_.num_columns, "the list of columns"));
    std::uint64_t first_field = 0;
    for (const ColumnEntry& entry : entries) {
      if (entry.field >= program_.fields.size() || entry.field < first_field) {
        return Wrong("a column names field " + std::to_string(entry.field) +
                     "; expected rising numbers below " + std::to_string(program_.fields.size()));
      }
      first_field = std::uint64_t{entry.field} + 1;
      TRIPLINE_TRY_VOID(ReadColumn(entry));
    }
    return {};
  }

  Result<void> ReadColumn(const ColumnEntry& entry) {
    const jit::Field& field = program_.fields[entry.field];
    if (entry.kind != static_cast<std::uint32_t>(field.kind)) {
      return Wrong("column `" + field.name + "` has kind " + std::to_string(entry.kind) +
                   "; expected " + std::to_string(static_cast<std::uint32_t>(field.kind)));
    }
    runtime::Column& column = view_.batch_.columns[entry.field];
    column.kind = field.kind;
    column.form = field.form;
    column.scale = field.scale;
    column.is_empty = false;
    TRIPLINE_TRY_VOID(ReadLayout(entry, column));
    if (entry.present_at != 0) {
      TRIPLINE_TRY(column.present, Array<std::uint64_t>(entry.present_at,
                                                        (std::uint64_t{entry.num_slots} + 63) / 64,
                                                        "the bits of present slots"));
    }
    switch (field.kind) {
      case jit::ColumnKind::kString:
      case jit::ColumnKind::kText:
      case jit::ColumnKind::kAddress: {
        TRIPLINE_TRY(column.codes, Array<std::uint32_t>(entry.values_at, entry.num_slots, "codes"));
        return entry.answers != 0 ? TakeAnswers(entry, column) : ReadDictionary(entry, column);
      }
      case jit::ColumnKind::kInteger:
      case jit::ColumnKind::kDate:
      case jit::ColumnKind::kBoolean: {
        TRIPLINE_TRY(column.integers,
                     Array<std::int64_t>(entry.values_at, entry.num_slots, "integers"));
        return {};
      }
      case jit::ColumnKind::kFloat: {
        TRIPLINE_TRY(column.floats, Array<double>(entry.values_at, entry.num_slots, "floats"));
        return {};
      }
      case jit::ColumnKind::kObject:  // the host answers their leaves
      case jit::ColumnKind::kDelegated:
        break;
    }
    return {};
  }

  Result<void> ReadLayout(const ColumnEntry& entry, runtime::Column& column) {
    switch (entry.layout) {
      case Layout::kOneSlotARow:
        return {};
      case Layout::kOffsets: {
        TRIPLINE_TRY(column.offsets,
                     Array<std::uint32_t>(entry.layout_at, std::uint64_t{header_.num_rows} + 1,
                                          "the offsets of slots"));
        return {};
      }
      case Layout::kRows: {
        TRIPLINE_TRY(column.rows,
                     Array<std::uint32_t>(entry.layout_at, entry.num_slots, "the rows of slots"));
        column.is_empty = entry.num_slots == 0;
        return {};
      }
    }
    return Wrong("a column has layout " + std::to_string(static_cast<std::uint32_t>(entry.layout)) +
                 "; expected 0, 1 or 2");
  }

  Result<void> TakeAnswers(const ColumnEntry& entry, runtime::Column& column) {
    TRIPLINE_TRY(auto answers, find_answers_(entry.answers));
    if (answers->program != &program_) {
      return Fail(ErrorCode::kUsage, "column `" + program_.fields[entry.field].name +
                                         "` names the answers of another ruleset");
    }
    if (answers->field != entry.field) {
      return Wrong("column `" + program_.fields[entry.field].name +
                   "` names the answers of field " + std::to_string(answers->field));
    }
    column.answers = &answers->answers;
    view_.answers_.push_back(std::move(answers));
    return {};
  }

  Result<void> ReadDictionary(const ColumnEntry& entry, runtime::Column& column) {
    TRIPLINE_TRY(const std::span<const std::uint32_t> ends,
                 Array<std::uint32_t>(entry.dictionary_at, std::uint64_t{entry.num_values} + 1,
                                      "the ends of a dictionary's values"));
    if (ends.front() != 0 || !std::ranges::is_sorted(ends)) {
      return Wrong("the ends of a dictionary's values begin at 0 and do not decrease");
    }
    const std::uint64_t bytes_at = std::uint64_t{entry.dictionary_at} + ends.size_bytes();
    TRIPLINE_TRY(const std::span<const char> text,
                 Array<char>(bytes_at, ends.back(), "the bytes of a dictionary"));
    std::vector<std::string_view>& values = view_.dictionaries_[entry.field];
    values.clear();
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
      values.emplace_back(text.data() + ends[i], ends[i + 1] - ends[i]);
    }
    column.dictionary = {.id = view_.next_dictionary_++, .values = values};
    return {};
  }

  Result<void> ReadGiven() {
    const std::uint64_t at =
        kBlockHeaderBytes + std::uint64_t{header_.num_columns} * kBlockColumnBytes;
    TRIPLINE_TRY(const std::span<const GivenEntry> entries,
                 Array<GivenEntry>(at, header_.num_given, "the list of given leaves"));
    view_.batch_.given.clear();
    for (const GivenEntry& entry : entries) {
      TRIPLINE_TRY(const std::span<const std::uint64_t> rows,
                   Array<std::uint64_t>(entry.words_at, runtime::WordsFor(header_.num_rows),
                                        "a given leaf's rows"));
      view_.batch_.given.push_back({.leaf = entry.leaf, .rows = rows});
    }
    return {};
  }

  BlockView& view_;
  std::span<const std::byte> bytes_;
  const jit::Program& program_;
  const FindAnswers& find_answers_;
  Header header_{};
};

Result<const runtime::Batch*> BlockView::Read(std::span<const std::byte> bytes,
                                              const jit::Program& program,
                                              const FindAnswers& find_answers) {
  return Reader(*this, bytes, program, find_answers).Run();
}

}  // namespace tripline::shim
