// SPDX-License-Identifier: MIT
// Tests of the clean-ups that run when a thread ends.
#include "base/thread_exit.h"

#include "support/test.hpp"

using tp::core::at_thread_exit;
using tp::core::ThreadExit;

namespace {

// A clean-up that writes itself down.
struct Hook : ThreadExit {
  Hook(std::vector<int>& log, int number) : book(log), id(number) {
    run = [](ThreadExit& self) {
      Hook& hook = static_cast<Hook&>(self);
      hook.book.push_back(hook.id);
      hook.thread = std::this_thread::get_id();
      if (hook.another) at_thread_exit(*hook.another);
    };
  }

  std::vector<int>& book;
  int id;
  Hook* another = nullptr;
  std::thread::id thread;
};

}  // namespace

TEST_CASE("Clean-ups run at their thread's end, the last one first") {
  std::vector<int> book;
  Hook first(book, 1), second(book, 2), third(book, 3);
  std::thread thread([&] {
    for (Hook* hook : {&first, &second, &third}) {
      if (!at_thread_exit(*hook)) std::abort();
    }
    if (!book.empty()) std::abort();
  });
  const std::thread::id id = thread.get_id();
  thread.join();
  CHECK(book == std::vector<int>{3, 2, 1});
  CHECK(first.thread == id);
}

TEST_CASE("Each thread has its own clean-ups") {
  std::vector<int> book;
  Hook mine(book, 1), other(book, 2);
  support::Gate gate;
  std::thread waiting([&] {
    at_thread_exit(mine);
    gate.wait();
  });
  gate.await(1);
  std::thread([&] { at_thread_exit(other); }).join();
  CHECK(book == std::vector<int>{2});
  gate.open();
  waiting.join();
  CHECK(book == std::vector<int>{2, 1});
}

TEST_CASE("A clean-up may register another") {
  std::vector<int> book;
  Hook first(book, 1), second(book, 2);
  first.another = &second;
  std::thread([&] { at_thread_exit(first); }).join();
  CHECK(book == std::vector<int>{1, 2});
}

TEST_CASE("What a thread keeps is its own, starts empty and is there for its clean-ups") {
  struct Kept {
    int number = 7;
  };
  const auto mine = [] { return tp::core::per_thread<Kept>(tp::core::PerThread::stack); };
  struct Seen : ThreadExit {
    int number = 0;
  } seen;
  seen.run = [](ThreadExit& self) {
    const auto* const kept = tp::core::per_thread<Kept>(tp::core::PerThread::stack);
    static_cast<Seen&>(self).number = kept ? kept->number : -1;
  };
  for (int round = 0; round < 2; ++round) {
    int first = 0;
    bool same = false;
    std::thread([&] {
      first = mine()->number;
      mine()->number = 9;
      same = mine() == mine();
      at_thread_exit(seen);
    }).join();
    CHECK(first == 7);
    CHECK(same);
    CHECK(seen.number == 9);
  }
}

TEST_CASE("A clean-up that registers itself anew each time ends with its thread") {
  static int runs;
  static ThreadExit again;
  runs = 0;
  again.run = [](ThreadExit& self) {
    ++runs;
    at_thread_exit(self);
  };
  std::thread([] { at_thread_exit(again); }).join();
  CHECK(runs > 1);
}

TEST_CASE("Clean-ups do not run at the end of the process") {
  CHECK(support::in_child([]() -> int {
          static ThreadExit exit;
          exit.run = [](ThreadExit&) { _exit(1); };
          if (!at_thread_exit(exit)) return 2;
          std::exit(0);
        }) == 0);
}
