// SPDX-License-Identifier: MIT
// Copies that nobody uses any more, until a thread that may run user code drops them. Stage: base, used by cluster/*.
#include "cluster/unused_copies.h"

namespace tp::cluster {

UnusedCopies::~UnusedCopies() {
  while (take(false)) {
  }
}

std::shared_ptr<Copy> UnusedCopies::watch(std::unique_ptr<Copy> copy) {
  return {copy.release(), [this](Copy* unused) {
            std::lock_guard lock(mutex_);
            unused->next_unused = first_;
            unused->unused_by = std::this_thread::get_id();
            first_ = unused;
          }};
}

bool UnusedCopies::any() {
  std::lock_guard lock(mutex_);
  return first_ != nullptr;
}

/// A copy that goes may have been the last user of another one.
void UnusedCopies::drop_all() {
  while (const std::unique_ptr<Copy> copy = take(false)) copy->drop();
}

void UnusedCopies::drop_own() {
  while (const std::unique_ptr<Copy> copy = take(true)) copy->drop();
}

std::unique_ptr<Copy> UnusedCopies::take(bool own) {
  std::lock_guard lock(mutex_);
  Copy** at = &first_;
  while (own && *at && (*at)->unused_by != std::this_thread::get_id()) at = &(*at)->next_unused;
  std::unique_ptr<Copy> copy(*at);
  if (copy) *at = copy->next_unused;
  return copy;
}

}  // namespace tp::cluster
