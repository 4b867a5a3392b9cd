// SPDX-License-Identifier: MIT
// Objects of which each thread that runs tasks of a pool has its own. Since 1.2.
#ifndef TPOOL_PER_WORKER_HPP
#define TPOOL_PER_WORKER_HPP

#include "detail/prologue.hpp"

#include <tpool/task.h>

#include <cstddef>
#include <forward_list>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "pool.hpp"

namespace tp::v1 {

// One T for each worker of the pool, and one for each thread outside that helps: scratch memory, a
// random generator, a partial result. Must outlive the tasks that use it.
//
//     tp::PerWorker<Histogram> local(pool, [] { return Histogram(256); });
//     pool.for_each(pixels, [&](int pixel) { local.get().add(pixel); });
//     for (Histogram& each : local) all += each;
template <class T>
class PerWorker {
 public:
  // make() returns a T, and must not call get(). Many threads may call it at a time.
  PerWorker(const ThreadPool& pool, std::function<T()> make)
      : pool_(pool.capi()), make_(std::move(make)), of_workers_(pool.workers()) {}
  PerWorker(const PerWorker&) = delete;
  PerWorker& operator=(const PerWorker&) = delete;

  // Returns the T of the calling thread, which no other thread gets. Makes it when the thread calls
  // for the first time; from then on a worker takes no lock. While an item waits its thread may run
  // other items, which get the same T. Throws what make() throws, and std::bad_alloc.
  T& get() {
    T*& own = place();
    if (own == nullptr) own = &make();
    return *own;
  }

  // Over all that were made, in no given order. No thread may call get() meanwhile.
  typename std::forward_list<T>::iterator begin() { return all_.begin(); }
  typename std::forward_list<T>::iterator end() { return all_.end(); }

 private:
  // Makes a T that can't be moved where it is to be.
  struct Maker {
    const std::function<T()>& make;
    operator T() const { return make(); }
  };

  T*& place() {
    const int index = tp_worker_pool() == pool_ ? tp_worker_index() : -1;
    const auto worker = static_cast<std::size_t>(index);
    if (index >= 0 && worker < of_workers_.size()) return of_workers_[worker];
    const std::lock_guard<std::mutex> lock(mutex_);
    return of_others_[std::this_thread::get_id()];
  }

  T& make() {
    std::forward_list<T> made;
    if constexpr (std::is_move_constructible_v<T>) {
      made.push_front(make_());
    } else {
      made.emplace_front(Maker{make_});
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    all_.splice_after(all_.before_begin(), made);
    return all_.front();
  }

  tp_pool_t* const pool_;
  const std::function<T()> make_;
  std::vector<T*> of_workers_;               // each is used by one worker at a time
  std::map<std::thread::id, T*> of_others_;  // also of workers of a pool that has grown
  std::forward_list<T> all_;
  std::mutex mutex_;
};

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
