// SPDX-License-Identifier: MIT
// Rank 0's workers end the items that have come back, or hand them on. Stage: base, used by cluster/*.
#include <cxxabi.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cluster/leader.h"

namespace tp::cluster {

void Leader::absorb(core::Posted& posted) {
  struct Rest {  // a hook may end the thread: then another worker goes on
    Leader& leader;
    std::unique_ptr<Batch> batch;
    ~Rest() {
      if (batch->next < batch->received.ends.size()) leader.post(std::move(batch));
    }
  } rest{*this, std::unique_ptr<Batch>(static_cast<Batch*>(&posted))};
  finish(*rest.batch);
}

/// Whether the items end by one call: each that has failed has an error of its own, and hooks may end the thread.
bool Leader::end_at_once(const Batch& batch, const End& end) noexcept {
  const tp_task_t& task = *batch.taken.task;
  const bool unpacks = task.value_codec && !batch.received.values.empty();
  return !task.item_drop && !task.value_drop && (end.unrun || (end.status == TP_OK && !unpacks));
}

/// Puts values where the job wants them, and ends the items. The batch has moved on before user code may run.
void Leader::finish(Batch& batch) {
  const core::TakenItems taken = batch.taken;
  while (batch.next < batch.received.ends.size()) {
    const End& end = batch.received.ends[batch.next];
    if (end.unrun && !tp_seam_stops(&taken, batch.cancels)) {
      hand_on(batch, end);
      continue;
    }
    const char* message = end.message.empty() ? nullptr : end.message.c_str();
    const std::size_t at = end.at + batch.done;
    core::TakenEnd told{batch.first + at, 1, end.status, end.code, end.unrun, {}};
    if (end_at_once(batch, end)) told.count = end.count - batch.done;
    if (end.status == TP_OK) told.status = place_values(batch, at, told.count, message);
    if (end.status == TP_EINIT) tp_seam_break(pool_, end.code, message);
    move_on(batch, told.count);
    tp_seam_finish(&taken, &told, message);
  }
}

void Leader::move_on(Batch& batch, std::size_t count) noexcept {
  batch.done += count;
  if (batch.done < batch.received.ends[batch.next].count) return;
  ++batch.next;
  batch.done = 0;
}

/// Items that their rank has given back go to another one that has room, whole chunks of them.
void Leader::hand_on(Batch& batch, const End& end) {
  const std::size_t first = batch.first + end.at + batch.done, left = end.count - batch.done;
  void* room = nullptr;
  std::size_t count = std::min(reserve(*batch.taken.task, left, true, &room), left);
  if (const std::size_t chunk = batch.taken.chunk; chunk && count % chunk)
    count += std::min(chunk - count % chunk, left - count);
  move_on(batch, count);
  take(room, batch.taken, first, count);
}

/// TP_OK, or why says what is wrong with the value. A codec that ended the thread before is not called again.
int Leader::place_values(Batch& batch, std::size_t at, std::size_t count, const char*& why) {
  if (batch.received.values.empty()) return TP_OK;
  const core::TakenItems own = items_of(batch);
  if (!own.task->value_codec) {
    for (std::size_t i = at; i < at + count; ++i)
      std::memcpy(own.values + i * own.value_stride, batch.received.values[i].first,
                  own.task->value_size);
    return TP_OK;
  }
  const bool has_ended = std::exchange(batch.is_unpacking, true);
  const bool is_unpacked = !has_ended && unpack(batch, at);
  batch.is_unpacking = false;
  if (is_unpacked) return TP_OK;
  why = has_ended ? "the codec of the task ended the thread that unpacked the value"
                  : "the codec of the task can't unpack the value";
  return has_ended ? TP_ELOST : TP_ETASK;
}

bool Leader::unpack(const Batch& batch, std::size_t index) {
  const auto [from, size] = batch.received.values[index];
  void* const to = batch.taken.values + (batch.first + index) * batch.taken.value_stride;
  try {
    return batch.taken.task->value_codec->unpack(to, from, size) == 0;
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return false;
  }
}

}  // namespace tp::cluster
