// SPDX-License-Identifier: MIT
// Items that a rank has, and how each of them ends. Stage: base, used by cluster/*.
#include "cluster/batch.h"

#include <cxxabi.h>

#include <cstring>
#include <new>
#include <utility>

namespace tp::cluster {

core::TakenItems Batch::items() const noexcept {
  core::TakenItems own = taken;
  own.first += first;
  own.count = held.items;
  if (own.items) own.items += first * own.item_stride;
  if (own.values) own.values += first * own.value_stride;
  return own;
}

void Batch::end_all(int status, bool unrun, const char* why) noexcept {
  received.values.clear();
  received.ends.clear();  // one has room
  End& end = received.ends.emplace_back(End{0, held.items, status, 0, unrun, {}});
  try {
    end.message = why;
  } catch (const std::bad_alloc&) {
  }
}

void Batch::trace() const noexcept {
  core::TakenItems ran = items();
  const std::size_t begin = ran.first;
  ran.count = 0;
  const auto tell = [&] {
    if (ran.count) tp_seam_trace(&ran, static_cast<int>(held.rank), began);
    ran.count = 0;
  };
  for (const End& end : received.ends) {
    if (end.unrun) {
      tell();
      continue;
    }
    if (!ran.count) ran.first = begin + end.at;
    ran.count += end.count;
  }
  tell();
}

const End* Batch::next() const noexcept {
  return next_ < received.ends.size() ? &received.ends[next_] : nullptr;
}

void Batch::move_on(std::size_t count) noexcept {
  End& end = received.ends[next_];
  end.at += count;
  end.count -= count;
  if (end.count == 0) ++next_;
}

void Batch::finish_next() {
  const End& end = *next();
  const char* message = end.message.empty() ? nullptr : end.message.c_str();
  core::TakenEnd told{first + end.at, 1, end.status, end.code, end.unrun, {}};
  if (ends_at_once(end)) told.count = end.count;
  if (end.status == TP_OK) told.status = place_values(end.at, told.count, message);
  move_on(told.count);
  tp_seam_finish(&taken, &told, message);
}

/// Whether the items end by one call: each that has failed has an error of its own, and hooks may end the thread.
bool Batch::ends_at_once(const End& end) const noexcept {
  const tp_task_t& task = *taken.task;
  const bool unpacks = task.value_codec && !received.values.empty();
  return !task.item_drop && !task.value_drop && (end.unrun || (end.status == TP_OK && !unpacks));
}

/// TP_OK, or why says what is wrong with the value.
int Batch::place_values(std::size_t at, std::size_t count, const char*& why) {
  if (received.values.empty()) return TP_OK;
  const core::TakenItems own = items();
  if (!own.task->value_codec) {
    for (std::size_t i = at; i < at + count; ++i)
      std::memcpy(own.values + i * own.value_stride, received.values[i].first,
                  own.task->value_size);
    return TP_OK;
  }
  const bool has_ended = std::exchange(is_unpacking_, true);
  const bool is_unpacked = !has_ended && unpack(at);
  is_unpacking_ = false;
  if (is_unpacked) return TP_OK;
  why = has_ended ? "the codec of the task ended the thread that unpacked the value"
                  : "the codec of the task can't unpack the value";
  return has_ended ? TP_ELOST : TP_ETASK;
}

bool Batch::unpack(std::size_t index) {
  const auto [from, size] = received.values[index];
  void* const to = taken.values + (first + index) * taken.value_stride;
  try {
    return taken.task->value_codec->unpack(to, from, size) == 0;
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return false;
  }
}

}  // namespace tp::cluster
