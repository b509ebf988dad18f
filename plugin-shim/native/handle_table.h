// HandleTable: objects that Java owns, by number. A number carries what kind it is of and which
// life of its slot, so that a number that was closed, made up or of another kind is an error and
// never an address.
//
//   HandleTable<Ruleset> rulesets(1, "ruleset");
//   const std::uint64_t handle = rulesets.Put(std::make_shared<Ruleset>(...));
//   TRIPLINE_TRY(const auto ruleset, rulesets.Get(handle));   // keeps it alive while it is used
//   TRIPLINE_TRY_VOID(rulesets.Close(handle));
//
//   handle = kind (8 bits) | life (24 bits) | slot (32 bits); 0 is never a handle
//
// Thread-safety: any thread at any time. An object dies when it is closed and no call uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tripline::shim {

using Handle = std::uint64_t;

template <class T>
class HandleTable {
 public:
  /// `kind` is not 0; `name` is what messages call the kind.
  HandleTable(std::uint8_t kind, std::string name) : kind_(kind), name_(std::move(name)) {}

  /// Errors: throws std::bad_alloc.
  [[nodiscard]] Handle Put(std::shared_ptr<T> object) {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      slots_.emplace_back();
      free_.reserve(slots_.size());
      free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot].object = std::move(object);
    ++num_open_;
    return Number(slot);
  }

  /// Errors: kUsage.
  [[nodiscard]] Result<std::shared_ptr<T>> Get(Handle handle) const {
    const std::lock_guard lock(mutex_);
    const std::uint32_t slot = SlotOf(handle);
    if (slot == kNoSlot) {
      return Unknown();
    }
    return slots_[slot].object;
  }

  /// Errors: kUsage.
  [[nodiscard]] Result<void> Close(Handle handle) {
    std::shared_ptr<T> dying;  // outside the lock
    const std::lock_guard lock(mutex_);
    const std::uint32_t slot = SlotOf(handle);
    if (slot == kNoSlot) {
      return Unknown();
    }
    dying = std::move(slots_[slot].object);
    slots_[slot].life = (slots_[slot].life + 1) & kLifeMask;
    free_.push_back(slot);
    --num_open_;
    return {};
  }

  [[nodiscard]] std::size_t num_open() const {
    const std::lock_guard lock(mutex_);
    return num_open_;
  }

  /// Calls `see(object)` for every open object.
  template <class See>
  void ForEach(const See& see) const {
    const std::lock_guard lock(mutex_);
    for (const Slot& slot : slots_) {
      if (slot.object) {
        see(*slot.object);
      }
    }
  }

 private:
  struct Slot {
    std::shared_ptr<T> object;
    std::uint32_t life = 0;
  };

  static constexpr std::uint32_t kNoSlot = 0xFFFFFFFFU;
  static constexpr std::uint32_t kLifeMask = 0xFFFFFFU;

  [[nodiscard]] Handle Number(std::uint32_t slot) const {
    return Handle{kind_} << 56U | Handle{slots_[slot].life} << 32U | slot;
  }
  [[nodiscard]] std::uint32_t SlotOf(Handle handle) const {
    const auto slot = static_cast<std::uint32_t>(handle);
    const bool is_open = slot < slots_.size() && slots_[slot].object && Number(slot) == handle;
    return is_open ? slot : kNoSlot;
  }
  [[nodiscard]] std::unexpected<Error> Unknown() const {
    return Fail(ErrorCode::kUsage, "this is no open " + name_ + "; it was closed, or never opened");
  }

  std::uint8_t kind_;
  std::string name_;
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t num_open_ = 0;
};

}  // namespace tripline::shim
