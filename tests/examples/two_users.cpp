// SPDX-License-Identifier: MIT
// Two users of one pool, each with a group: one of them drops its own work, and the other's goes on. Each has its share
// of the workers, however long the queue of the other is.
//
//   c++ two_users.cpp $(pkg-config --cflags --libs tpool)
#include "check.h"

#include <tpool/tpool.hpp>

static void submit(tp::Group& group, int n) {
  for (; n > 0; --n) group.apply_async(tp::forget, [] { sleep_tenths(0.01); });
}

int main() {
  tp::ThreadPool pool;
  tp::Group indexer(pool), editor(pool);
  submit(indexer, 100'000);
  submit(editor, 20);  // not behind the 100000
  editor.wait();
  submit(editor, 20);

  indexer.cancel();  // the editor's jobs are not touched
  indexer.wait();
  editor.wait();
  CHECK(editor.stats().completed == 40 && editor.stats().cancelled == 0);
  CHECK(indexer.stats().cancelled > 50'000);
  std::puts("the editor's 40 jobs ran; most of the indexer's were dropped");
}
