#include "runtime/state_parts.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/digest.h"
#include "runtime/sqlite_statement.h"

namespace tripline::runtime {
namespace {

using Stepped = SqliteStatement::Stepped;

constexpr std::size_t kPieceBytes = std::size_t{8} << 20U;

std::unexpected<Error> Damaged(const StateDatabase& database, const PartOwner& owner,
                               const std::string& what) {
  return Fail(ErrorCode::kInvalid,
              "the kept state of " + std::string(owner.kind == "job" ? "the anomaly job" : "rule") +
                  " '" + owner.id + "' in '" + database.path() + "' is damaged: " + what);
}

std::string NameOf(std::int64_t number) {
  return number == 0 ? "its checkpoint" : "its change number " + std::to_string(number);
}

// True if exactly these parts are kept.
Result<bool> AreKept(const StateDatabase& database, const PartOwner& owner,
                     const std::vector<std::string>& checksums) {
  SqliteStatement kept(database.handle(),
                       "SELECT number, checksum FROM part WHERE owner = ? AND id = ? AND piece = 0"
                       " ORDER BY number");
  kept.Bind(owner.kind).Bind(owner.id);
  std::size_t num_same = 0;
  bool is_same = true;
  Stepped step = kept.Step();
  for (; step == Stepped::kRow; step = kept.Step()) {
    is_same = is_same && num_same < checksums.size() && kept.Bytes(1) == checksums[num_same];
    ++num_same;
  }
  if (step != Stepped::kDone) {
    return database.Failed("read");
  }
  return is_same && num_same == checksums.size();
}

Result<void> WritePart(const StateDatabase& database, const PartOwner& owner, std::int64_t number,
                       std::string_view bytes, const std::string& checksum) {
  std::size_t at = 0;
  std::int64_t num_pieces = 0;
  do {
    SqliteStatement piece(database.handle(), "INSERT INTO part VALUES(?, ?, ?, ?, ?, ?)");
    piece.Bind(owner.kind).Bind(owner.id).Bind(number).Bind(num_pieces).Bind(checksum);
    piece.BindBytes(bytes.substr(at, kPieceBytes));
    if (piece.Step() != Stepped::kDone) {
      return database.Failed("write");
    }
    at += kPieceBytes;
    ++num_pieces;
  } while (at < bytes.size());
  return {};
}

}  // namespace

Result<std::vector<std::string>> ReadParts(const StateDatabase& database, const PartOwner& owner,
                                           std::int64_t num_parts) {
  SqliteStatement row(database.handle(),
                      "SELECT number, piece, checksum, bytes FROM part WHERE owner = ? AND id = ?"
                      " ORDER BY number, piece");
  row.Bind(owner.kind).Bind(owner.id);
  std::vector<std::string> parts;
  std::vector<std::string> checksums;
  std::int64_t next_piece = 0;
  Stepped step = row.Step();
  for (; step == Stepped::kRow; step = row.Step()) {
    const std::int64_t number = row.Integer(0);
    if (number == std::ssize(parts)) {
      parts.emplace_back();
      checksums.push_back(row.Bytes(2));
      next_piece = 0;
    }
    if (number + 1 != std::ssize(parts)) {
      return Damaged(database, owner, NameOf(std::ssize(parts)) + " is missing");
    }
    if (row.Integer(1) != next_piece || row.Bytes(2) != checksums.back()) {
      return Damaged(database, owner,
                     NameOf(number) + " lacks its piece " + std::to_string(next_piece));
    }
    ++next_piece;
    parts.back() += row.Bytes(3);
  }
  if (step != Stepped::kDone) {
    return database.Failed("read");
  }
  if (std::ssize(parts) != num_parts) {
    return Damaged(database, owner,
                   std::to_string(num_parts) + " parts were written, and " +
                       std::to_string(parts.size()) + " are there");
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (Sha256Hex(parts[i]) != checksums[i]) {
      return Damaged(database, owner,
                     NameOf(static_cast<std::int64_t>(i)) + " does not have its checksum");
    }
  }
  return parts;
}

Result<std::int64_t> WriteParts(const StateDatabase& database, const PartOwner& owner,
                                const KeptParts& kept, bool is_delta,
                                const std::vector<std::string>& parts) {
  std::vector<std::string> checksums;
  checksums.reserve(parts.size());
  for (const std::string& part : parts) {
    checksums.push_back(Sha256Hex(part));
  }
  std::int64_t number = is_delta ? kept.count : 0;
  if (!is_delta) {
    TRIPLINE_TRY(const bool are_kept, AreKept(database, owner, checksums));
    if (are_kept && !kept.is_damaged) {
      return std::ssize(parts);
    }
    SqliteStatement forget(database.handle(), "DELETE FROM part WHERE owner = ? AND id = ?");
    if (forget.Bind(owner.kind).Bind(owner.id).Step() != Stepped::kDone) {
      return database.Failed("write");
    }
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    TRIPLINE_TRY_VOID(WritePart(database, owner, number, parts[i], checksums[i]));
    ++number;
  }
  return number;
}

}  // namespace tripline::runtime
