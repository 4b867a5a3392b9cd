// SPDX-License-Identifier: MIT
// Stage 4: how partials are made and combined; from submit/loop, to result/call_scope.
#include "queue/reduction.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/order.h"
#include "base/this_thread.h"
#include "result/call_scope.h"

namespace tp::core {

constexpr int kNoMemory = -1;  // the code of a chunk

Reduction::~Reduction() {
  const bool is_whole = apart_ && apart_->begin == 0 && apart_->end == n_;
  for (std::size_t i = 0; i < n_places_ && !is_whole; ++i) hold(places_[i]);
  while (apart_) hold(std::exchange(apart_, apart_->next));
  std::free(places_);
}

bool Reduction::allocate(std::size_t participants) noexcept {
  const std::size_t chunks = chunksize_ && n_ ? (n_ - 1) / chunksize_ + 1 : 1;
  const std::size_t count = chunksize_ ? chunks : participants;
  places_ = static_cast<Partial**>(std::calloc(count, sizeof(Partial*)));  // untouched pages
  if (places_) n_places_ = count;
  return places_ != nullptr;
}

void Reduction::copy_to(void* value) const noexcept {
  if (how_.value_size == 0) return;
  std::memmove(value, apart_ ? apart_->value() : how_.identity, how_.value_size);
}

int Reduction::run(void* self, std::size_t begin, std::size_t end) {
  auto& reduction = *static_cast<Reduction*>(self);
  return reduction.chunksize_ ? reduction.run_chunk(begin, end) : reduction.run_span(begin, end);
}

/// nullptr without memory.
Reduction::Held Reduction::make(std::size_t begin) noexcept {
  void* const memory = slab_alloc(bytes());
  if (!memory) {
    lacks_memory_.store(true);
    return hold(nullptr);
  }
  order::acquire(memory);
  Held partial = hold(new (memory) Partial{begin, begin, nullptr});
  if (how_.value_size) std::memcpy(partial->value(), how_.identity, how_.value_size);
  return partial;
}

/// Adds the items behind the partial, up to end.
int Reduction::add(const Held& partial, std::size_t end) {
  if (!partial) return kNoMemory;
  const order::InTurn seen(partial.get());
  const std::size_t begin = std::exchange(partial->end, end);
  return how_.fn(how_.ctx, begin, end, partial->value());
}

/// Adds the right one to its left neighbour. A failure is that of the first item of both.
int Reduction::combine(Partial& left, Held right) {
  const order::InTurn seen(&left), seen_right(right.get());
  CallScope::current()->set_item(left.begin);
  left.end = right->end;
  return how_.combine(how_.ctx, left.value(), right->value());
}

/// Runs a chunk of the caller's, and combines all blocks that it is the last one of. A block is known by its middle.
int Reduction::run_chunk(std::size_t begin, std::size_t end) {
  Held partial = make(begin);
  if (const int code = add(partial, end)) return code;
  std::size_t first = begin / chunksize_;  // of the block
  for (std::size_t half = 1; half < n_places_; half *= 2) {
    first -= first % (2 * half);
    if (first + half >= n_places_) continue;  // it has no right half
    Held other = meet(first + half, partial);
    if (!other) return 0;
    if (other->begin < partial->begin) std::swap(partial, other);
    if (const int code = combine(*partial, std::move(other))) return code;
  }
  apart_ = partial.release();
  return 0;
}

/// Of the two that come to a place, the first is left there, and the second gets it.
Reduction::Held Reduction::meet(std::size_t place, Held& partial) noexcept {
  Lock lock(mutex_);
  Partial* const other = std::exchange(places_[place], nullptr);
  if (!other) places_[place] = partial.release();
  return hold(other);
}

/// Runs an automatic chunk.
int Reduction::run_span(std::size_t begin, std::size_t end) {
  Held partial = take(begin);
  if (const int code = add(partial, end)) return code;
  return put(std::move(partial), end - begin) ? fold() : 0;
}

/// The place of the calling thread; nullptr if the pool has grown meanwhile. Outside the pool one thread at a time
/// takes part.
Reduction::Partial** Reduction::own_place() noexcept {
  const bool is_worker = this_thread.pool == &pool_;
  const std::size_t place = is_worker ? static_cast<std::size_t>(this_thread.index) + 1 : 0;
  return place < n_places_ ? places_ + place : nullptr;
}

/// The partial of this thread if the items from begin on follow it, else a new one. While a thread adds to a partial it
/// is in no place, so nothing is left of one that fails.
Reduction::Held Reduction::take(std::size_t begin) noexcept {
  {
    Lock lock(mutex_);
    Partial** const place = own_place();
    if (place && *place && (*place)->end == begin) return hold(std::exchange(*place, nullptr));
  }
  return make(begin);
}

/// Keeps a partial to which so many items were added. Whether these were the last ones.
bool Reduction::put(Held partial, std::size_t count) noexcept {
  Lock lock(mutex_);
  Partial** const place = own_place();
  Partial* const rest = place ? std::exchange(*place, partial.release()) : partial.release();
  if (rest) set_apart(rest);
  done_ += count;
  return done_ == n_;
}

void Reduction::set_apart(Partial* partial) noexcept {
  Partial** at = &apart_;
  while (*at && (*at)->begin < partial->begin) at = &(*at)->next;
  partial->next = *at;
  *at = partial;
}

/// Combines all partials. No other thread has one any more.
int Reduction::fold() {
  for (std::size_t i = 0; i < n_places_; ++i)
    if (places_[i]) set_apart(std::exchange(places_[i], nullptr));
  while (Partial* const right = apart_->next) {
    apart_->next = right->next;
    if (const int code = combine(*apart_, hold(right))) return code;
  }
  return 0;
}

}  // namespace tp::core
