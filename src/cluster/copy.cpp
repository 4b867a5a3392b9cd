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
  if (void* const made = object_.exchange(nullptr)) cluster::drop(codec_, made);
}

/// A codec that throws, or ends the thread, leaves no object: who needs it next tries again. So does a lack of memory.
void* Copy::object(std::string* why) {
  if (void* const made = object_.load()) return made;
  std::lock_guard lock(making_);
  if (!object_.load() && why_.empty()) make();
  void* const made = object_.load();
  if (why && !made) *why = why_.empty() ? "there is no memory for the shared object" : why_;
  return made;
}

bool Copy::is_unmakeable() {
  std::lock_guard lock(making_);
  return !why_.empty();
}

/// No object, and why_ says why; or it stays empty: there is no memory.
void Copy::make() {
  if (!bound_to_ && !place_.name.is_null()) codec_ = Identity::here().find_codec(place_, why_);
  const std::size_t room = (size_ + 2 * kAlign - 1) & ~(kAlign - 1);
  if (!memory_ && room > size_) memory_ = static_cast<char*>(std::aligned_alloc(kAlign, room));
  if (!why_.empty() || !memory_) return;
  bound_to_ ? bind() : fill();
}

void Copy::fill() {
  const char* const bytes = message_.data() + from_;
  const std::size_t count = message_.size() - from_;
  if (!codec_)
    std::memcpy(memory_ + kAlign, bytes, size_);
  else if (codec_->unpack(memory_ + kAlign, bytes, count) != 0)
    why_ = "the codec can't unpack the shared object";
  if (why_.empty()) object_ = memory_ + kAlign;
  Bytes().swap(message_);
}

void Copy::bind() {
  std::string why;
  const void* const object = bound_to_->object(&why);
  if (!object) {
    if (bound_to_->is_unmakeable()) why_ = std::move(why);
    return;
  }
  const void* const fn = Identity::here().find(place_, Sort::code, why_);
  if (!fn) return;
  const auto code = reinterpret_cast<void (*)()>(const_cast<void*>(fn));
  object_ = new (memory_ + kAlign) tp_cluster_bound_t{object, code};
}

void Copy::set_owner(void* owner) noexcept { std::memcpy(memory_, &owner, sizeof owner); }

void* Copy::owner_of(const void* object) noexcept {
  void* owner;
  std::memcpy(&owner, static_cast<const char*>(object) - kAlign, sizeof owner);
  return owner;
}

}  // namespace tp::cluster
