// SPDX-License-Identifier: MIT
// pthreadpool, which has loops and no single tasks; the caller takes part.
#include <pthreadpool.h>

#include "harness.hpp"

namespace {

struct Parallelize {
  static constexpr auto name = "parallelize";
  static constexpr bool helps = true;

  explicit Parallelize(size_t workers) : pool_(pthreadpool_create(workers)), workers_(workers) {}
  ~Parallelize() { pthreadpool_destroy(pool_); }
  Parallelize(const Parallelize&) = delete;
  Parallelize& operator=(const Parallelize&) = delete;

  // Its tiles are the caller's to choose: four for each thread.
  template <class Body>
  void for_range(size_t n, const Body& body) {
    const size_t tile = n / (4 * workers_) + 1;
    auto run = [](void* ctx, size_t begin, size_t count) {
      (*static_cast<const Body*>(ctx))(begin, begin + count);
    };
    pthreadpool_parallelize_1d_tile_1d(pool_, run, const_cast<Body*>(&body), n, tile, 0);
  }
  template <class Body>
  void for_each(size_t n, const Body& body) {
    auto run = [](void* ctx, size_t i) { (*static_cast<const Body*>(ctx))(i); };
    pthreadpool_parallelize_1d(pool_, run, const_cast<Body*>(&body), n, 0);
  }

 private:
  pthreadpool_t pool_;
  size_t workers_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<Parallelize>(argc, argv); }
