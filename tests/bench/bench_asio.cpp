// SPDX-License-Identifier: MIT
// Boost.Asio's thread_pool, which has tasks without results and no loops.
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "harness.hpp"

namespace {

struct Post {
  static constexpr auto name = "post";

  explicit Post(size_t workers) : pool_(workers) {}
  ~Post() { pool_.join(); }

  template <void (*fn)(void*)>
  void submit(void* arg) {
    boost::asio::post(pool_, [this, arg] {
      fn(arg);
      done_.add();
    });
  }
  void wait(size_t total) { done_.wait(total); }

  template <uint64_t (*fn)(uint64_t)>
  std::future<uint64_t> async(uint64_t i) {
    return bench::promise_through<fn>([this](auto f) { boost::asio::post(pool_, std::move(f)); },
                                      i);
  }
  uint64_t take(std::future<uint64_t>& future) { return future.get(); }

 private:
  bench::Done done_;
  boost::asio::thread_pool pool_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<Post>(argc, argv); }
