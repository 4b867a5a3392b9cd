// SPDX-License-Identifier: MIT
// Copies that nobody uses any more, until a thread that may run user code drops them. Stage: base, used by cluster/*.
#include "cluster/unused_copies.h"

namespace tp::cluster {

UnusedCopies::~UnusedCopies() {
  while (take()) {
  }
}

std::shared_ptr<Copy> UnusedCopies::watch(std::unique_ptr<Copy> copy) {
  return {copy.release(), [this](Copy* unused) {
            std::lock_guard lock(mutex_);
            unused->next_unused = first_;
            first_ = unused;
          }};
}

bool UnusedCopies::any() {
  std::lock_guard lock(mutex_);
  return first_ != nullptr;
}

/// A copy that goes may have been the last user of another one.
void UnusedCopies::drop_all() {
  while (const std::unique_ptr<Copy> copy = take()) copy->drop();
}

std::unique_ptr<Copy> UnusedCopies::take() {
  std::lock_guard lock(mutex_);
  std::unique_ptr<Copy> copy(first_);
  if (copy) first_ = copy->next_unused;
  return copy;
}

}  // namespace tp::cluster
