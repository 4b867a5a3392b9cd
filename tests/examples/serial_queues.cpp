// SPDX-License-Identifier: MIT
// Serial queues for 500 keys on one pool: the jobs of a key run one at a time and in order, those of different keys at
// the same time. So the accounts need no lock.
//
//   c++ serial_queues.cpp $(pkg-config --cflags --libs tpool)
#include "check.h"

#include <tpool/tpool.hpp>
#include <vector>

int main() {
  constexpr std::size_t kKeys = 500;
  constexpr int kRounds = 40;
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
    for (std::size_t key = 0; key < kKeys; ++key) queues.emplace_back(pool, serial);
    for (int round = 0; round < kRounds; ++round)
      for (std::size_t key = 0; key < kKeys; ++key)
        queues[key].apply_async(tp::forget, [&account = accounts[key], round] {
          CHECK(account.entries++ == round);  // in order
          account.balance += round;
        });
  }  // each queue waits for its jobs

  for (const Account& account : accounts) CHECK(account.balance == kRounds * (kRounds - 1) / 2);
  std::printf("%zu accounts, %d entries each\n", kKeys, kRounds);
}
