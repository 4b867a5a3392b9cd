// SPDX-License-Identifier: MIT
// dlclose while a pool is at work.
#include <dlfcn.h>

#include <tpool/tpool.h>

#include "support/catch.hpp"
#include "support/gate.hpp"
#include "support/task.hpp"

using namespace support;

namespace {

struct Library {
  void* handle = dlopen(TPOOL_LIBRARY, RTLD_NOW | RTLD_LOCAL);

  template <class Function>
  Function* find(const char* name) const {
    return reinterpret_cast<Function*>(dlsym(handle, name));
  }
};

}  // namespace

TEST_CASE("the code stays while workers run it") {
  for (int round = 0; round < 100; ++round) {
    Gate gate;
    Arrivals done;
    Step task([&] {
      gate.wait();
      done.arrive();
    });
    const Library library;
    REQUIRE(library.handle != nullptr);
    tp_pool_options_t options{};
    options.size = sizeof options;
    options.workers = 2;
    tp_pool_t* pool = nullptr;
    REQUIRE(library.find<decltype(tp_pool_create)>("tp_pool_create")(&options, &pool) == TP_OK);
    const auto apply_async = library.find<decltype(tp_pool_apply_async)>("tp_pool_apply_async");
    for (int i = 0; i < 10; ++i)
      REQUIRE(apply_async(pool, &task, nullptr, nullptr, nullptr) == TP_OK);
    gate.await(2);
    REQUIRE(dlclose(library.handle) == 0);
    gate.open();
    done.wait(10);
    const Library again;
    again.find<decltype(tp_pool_destroy)>("tp_pool_destroy")(pool);
    REQUIRE(dlclose(again.handle) == 0);
  }
}
