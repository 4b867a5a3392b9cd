// SPDX-License-Identifier: MIT
// One process's copy of an object that rank 0 shares. Stage: base, used by cluster/*.
#include "cluster/copy.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "cluster/packing.h"

namespace tp::cluster {

/// For every type of C++, and a cache line.
static constexpr std::size_t kAlign = 64;

Copy::Copy(std::size_t size, Place codec, Bytes message, std::size_t from) noexcept
    : size_(size), from_(from), place_(std::move(codec)), message_(std::move(message)) {}

Copy::Copy(std::shared_ptr<Copy> object, Place fn) noexcept
    : size_(sizeof(tp_cluster_bound_t)), place_(std::move(fn)), bound_to_(std::move(object)) {}

void Copy::drop() {
  if (std::exchange(is_made_, false)) cluster::drop(codec_, memory_ + kAlign);
}

void* Copy::object() {
  std::call_once(once_, [this] {
    if (why_.empty()) make();
  });
  return is_made_ ? memory_ + kAlign : nullptr;
}

/// A codec that throws, or ends the thread, leaves no object: who needs it next tries again.
void Copy::make() {
  if (!bound_to_ && !place_.name.is_null())
    codec_ = static_cast<const tp_codec_t*>(Identity::here().find(place_, Sort::constant, why_));
  if (why_.empty()) fill();
}

void Copy::fill() {
  const std::size_t room = (size_ + 2 * kAlign - 1) & ~(kAlign - 1);
  if (!memory_ && room > size_) memory_ = static_cast<char*>(std::aligned_alloc(kAlign, room));
  if (!memory_) {
    why_ = "there is no memory for the shared object";
    return;
  }
  if (bound_to_) return bind();
  const char* const bytes = message_.data() + from_;
  const std::size_t count = message_.size() - from_;
  if (!codec_)
    std::memcpy(memory_ + kAlign, bytes, size_);
  else if (codec_->unpack(memory_ + kAlign, bytes, count) != 0)
    why_ = "the codec can't unpack the shared object";
  is_made_ = why_.empty();
  Bytes().swap(message_);
}

/// As fill.
void Copy::bind() {
  const void* const object = bound_to_->object();
  if (!object) {
    why_ = bound_to_->why();
    return;
  }
  const void* const fn = Identity::here().find(place_, Sort::code, why_);
  if (!fn) return;
  const auto code = reinterpret_cast<void (*)()>(const_cast<void*>(fn));
  new (memory_ + kAlign) tp_cluster_bound_t{object, code};
  is_made_ = true;
}

void Copy::set_owner(void* owner) noexcept { std::memcpy(memory_, &owner, sizeof owner); }

void* Copy::owner_of(const void* object) noexcept {
  void* owner;
  std::memcpy(&owner, static_cast<const char*>(object) - kAlign, sizeof owner);
  return owner;
}

}  // namespace tp::cluster
