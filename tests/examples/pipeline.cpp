// SPDX-License-Identifier: MIT
// A bounded pipeline of three stages: each stage is a group. The bounds keep at most 8 jobs in each stage, so the
// reader waits while the others are busy. The last stage is a serial queue, so the writer needs no lock.
//
//   c++ pipeline.cpp $(pkg-config --cflags --libs tpool)
#include "check.h"

#include <tpool/tpool.hpp>

int main() {
  constexpr long kLines = 1000;
  constexpr std::size_t kDepth = 8;
  long written = 0, lines_written = 0;
  tp::ThreadPool pool;
  tp::group_options serial, bounded;
  serial.max_running = 1;
  bounded.max_pending = kDepth;
  tp::Group writing(pool, serial), parsing(pool, bounded);  // the one that feeds ends first

  const auto parse = [&](long line) {
    sleep_tenths(0.001);
    writing.apply_async(tp::forget, [&, parsed = 2 * line] {
      written += parsed;
      ++lines_written;
    });
  };
  for (long line = 0; line < kLines; ++line) {      // the first stage: this thread reads
    parsing.apply_async(tp::forget, parse, line);  // and waits here for room
    const tp_group_stats_t stats = parsing.stats();
    CHECK(stats.queued + stats.running <= kDepth);
  }
  parsing.wait();  // stage by stage
  writing.wait();
  CHECK(lines_written == kLines && written == kLines * (kLines - 1));
  std::printf("%ld lines\n", lines_written);
}
