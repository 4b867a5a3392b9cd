// SPDX-License-Identifier: MIT
// Stage 4: the errors of a loop's items, where they do not fail the job; from queue/loop, to the waiter.
#include <cstdlib>
#include <cstring>

#include "queue/loop.h"

namespace tp::core {

/// Takes over the error. Without memory the item's status has to do.
void Loop::keep_error(std::size_t index, Error* error) {
  if (task_.value_size) std::memset(values_ + index * task_.value_size, 0, task_.value_size);
  if (Error** const kept = kept_errors())
    kept[index] = error;
  else
    error->release();
}

/// Made by the first item that fails; calloc of many is untouched pages. nullptr without memory.
Error** Loop::kept_errors() noexcept {
  Error** kept = kept_.load();
  if (kept) return kept;
  auto** const made = static_cast<Error**>(std::calloc(shape_.count, sizeof(Error*)));
  if (!made) return nullptr;
  if (kept_.compare_exchange_strong(kept, made)) return made;
  std::free(made);
  return kept;
}

Error* Loop::item_error(std::size_t index) noexcept {
  if (!shape_.keeps_errors) return Job::item_error(index);
  const int status = item_status(index);
  if (status != TP_ETASK && status != TP_ELOST) return Job::item_error(index);
  Error** const kept = kept_.load();
  return kept && kept[index] ? kept[index] : Error::of(status);
}

void Loop::drop_kept() {
  Error** const kept = kept_.exchange(nullptr);
  if (!kept) return;
  const Finally memory([&] { std::free(kept); });
  call_in_turn([this, kept, next = std::size_t{0}]() mutable {
    while (next < shape_.count && !kept[next]) ++next;
    if (next == shape_.count) return false;
    kept[next++]->release();
    return true;
  });
}

}  // namespace tp::core
