// SPDX-License-Identifier: MIT
// Serial queues for 500 keys on one pool: the jobs of a key run one at a time and in order, those of different keys at
// the same time. So the accounts need no lock.
//
//   c++ serial_queues.cpp $(pkg-config --cflags --libs tpool)
#include "check.h"

#include <tpool/tpool.hpp>
#include <vector>

int main() {
  constexpr int kKeys = 500, kRounds = 40;
  struct Account {
    long balance = 0;
    int entries = 0;
  };
  std::vector<Account> accounts(kKeys);
  tp::ThreadPool pool;
  {
    tp::group_options serial;
    serial.max_running = 1;
    std::vector<tp::Group> queues;
    for (int key = 0; key < kKeys; ++key) queues.emplace_back(pool, serial);
    for (int round = 0; round < kRounds; ++round)
      for (int key = 0; key < kKeys; ++key)
        queues[key].apply_async(tp::forget, [&account = accounts[key], round, key] {
          CHECK(account.entries++ == round);  // in order
          account.balance += key + round;
        });
  }  // each queue waits for its jobs

  for (int key = 0; key < kKeys; ++key)
    CHECK(accounts[key].balance == long{key} * kRounds + kRounds * (kRounds - 1) / 2);
  std::printf("%d accounts, %d entries each\n", kKeys, kRounds);
}
