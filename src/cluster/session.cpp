// SPDX-License-Identifier: MIT
// One process's part in a cluster, from the start of the engine to its end. Stage: base, used by cluster/*.
#include "cluster/session.h"

#include <signal.h>

#include <algorithm>
#include <new>
#include <utility>

#include "cluster/service.h"
#include "result/seam.h"

namespace tp::cluster {
namespace {

void pause(unsigned& looks) {
  const unsigned ms = std::min(++looks / 64, 10u);
  ms ? std::this_thread::sleep_for(std::chrono::milliseconds(ms)) : std::this_thread::yield();
}

/// Waits until a send or a receive is over. False: the engine can't.
bool await(const Engine& engine, void* under_way) {
  if (!under_way) return false;
  int state;
  for (unsigned looks = 0; (state = engine.ended(under_way)) == 0;) pause(looks);
  return state == 1;
}

bool send(const Engine& engine, int to, const Bytes& bytes) {
  return await(engine, engine.send(to, bytes.data(), bytes.size()));
}

/// Waits for a message, without a limit.
bool receive(const Engine& engine, int& from, Bytes& bytes) {
  std::size_t count = 0;
  int state;
  for (unsigned looks = 0; (state = engine.arrived(&from, &count)) == 0;) pause(looks);
  if (state < 0) return false;
  bytes.resize(count);
  return await(engine, engine.receive(bytes.data(), count));
}

/// Threads that are made in its scope get no signals: those are for the program's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

Session::Session(const Engine& engine, const Launch& launch, Part part)
    : engine_(engine), launch_(launch), part_(std::move(part)) {}

int Session::run(tp_pool_t** pool, std::string& why, void (*dropped)()) {
  std::thread thread;
  {
    const SignalsBlocked blocked;
    thread = std::thread([self = shared_from_this()] { self->main(); });
  }
  std::unique_lock lock(mutex_);
  told_.wait(lock, [this] { return has_told_; });
  if (status_ == TP_OK) {
    *pool = leader_->pool();
    leader_->adopt(std::move(thread), dropped);
    return TP_OK;
  }
  lock.unlock();
  thread.join();
  why = why_;
  return status_;
}

void Session::tell(int status) {
  std::lock_guard lock(mutex_);
  status_ = status;
  has_told_ = true;
  told_.notify_all();
}

int Session::refuse(int status, std::string why) {
  why_ = std::move(why);
  return status;
}

/// The thread of the engine. A rank that has no memory to begin can't tell the others: they may wait for it until the
/// program, which is told, ends its process.
void Session::main() noexcept {
  int status = TP_ENOMEM;
  bool is_known_to_all = false;
  try {
    status = join_others();
    is_known_to_all = true;
  } catch (const std::exception&) {  // bad_alloc, or length_error
  }
  if (status == TP_OK && rank_ != 0) return tell(serve());
  if (status != TP_OK && has_engine_) engine_.stop(is_known_to_all);
  Leader* const leader = leader_;
  tell(status);
  if (status == TP_OK) leader->serve();
}

int Session::join_others() {
  const int status = begin();
  if (status != TP_OK) return status;
  return rank_ == 0 ? open() : await_welcome();
}

/// Without memory rank 0 hears nothing of this rank any more.
int Session::serve() noexcept try {
  Service service(engine_, rank_, ranks_, lost_after_, part_.local);
  part_.local = nullptr;
  has_served_ = true;
  return service.serve(why_);
} catch (const std::exception&) {
  return TP_ENOMEM;
}

int Session::begin() {
  char why[300] = "";
  if (const int status = engine_.start(launch_.group, &rank_, &ranks_, why, sizeof why))
    return refuse(status, why);
  has_engine_ = true;
  if (!launch_.group && launch_.ranks > ranks_)
    return refuse(TP_ENOTSUP, "the launcher has started " + std::to_string(launch_.ranks) +
                                  " processes, but this MPI finds " + std::to_string(ranks_) +
                                  ": start the program with the launcher of the same MPI");
  if (numbered) numbered(rank(), ranks());
  return TP_OK;
}

/// Rank 0 hears all, makes the pool if it can, and tells all how that went.
int Session::open() {
  std::vector<std::size_t> workers(static_cast<std::size_t>(ranks_));
  int status = hear_all(workers);
  const auto pack = [&] { return Welcome{status, part_.settings.lost_after, why_}.pack(); };
  Bytes answer = pack();  // nothing fails once there is a pool
  if (status == TP_OK) status = lead(std::move(workers));
  if (status != TP_OK) answer = pack();
  // one that can't be reached gives no sign of life
  for (int to = 1; to < ranks_; ++to) send(engine_, to, answer);
  return status;
}

int Session::hear_all(std::vector<std::size_t>& workers) {
  const Hello mine = Hello::of_this_process();
  int status = part_.status;
  if (status != TP_OK) why_ = "rank 0: " + part_.why;
  if (part_.local) tp_pool_workers(part_.local, &workers[0]);
  for (int left = ranks_ - 1; left; --left) {
    int from = 0;
    Bytes bytes;
    Hello hello;
    std::string why;
    if (!receive(engine_, from, bytes))
      return refuse(TP_ELOST, "MPI has failed while ranks said hello");
    int said = hello.read(bytes) ? compare(mine, hello, from, why) : TP_EINVAL;
    if (said != TP_OK && why.empty()) why = "rank " + std::to_string(from) + " sent no hello";
    workers[static_cast<std::size_t>(from)] = hello.workers;
    if (status == TP_OK && said != TP_OK) {
      status = said;
      why_ = why;
    }
  }
  return status;
}

int Session::await_welcome() {
  Hello hello = Hello::of_this_process();
  hello.status = part_.status;
  hello.why = part_.why;
  std::size_t workers = 0;
  if (part_.local) tp_pool_workers(part_.local, &workers);
  hello.workers = workers;
  int from = 0;
  Bytes bytes;
  Welcome welcome;
  if (!send(engine_, 0, hello.pack()) || !receive(engine_, from, bytes) || !welcome.read(bytes))
    return refuse(TP_ELOST, "rank 0 has not answered");
  lost_after_ = welcome.lost_after;
  return welcome.status == TP_OK ? TP_OK : refuse(welcome.status, welcome.why);
}

int Session::lead(std::vector<std::size_t> workers) try {
  auto leader = std::make_unique<Leader>(engine_, part_.settings, std::move(workers), part_.local);
  const int status = leader->create(part_.handle);
  if (status != TP_OK) return refuse(status, "rank 0 has no memory or threads for the pool");
  part_.local = nullptr;
  leader_ = leader.release();  // it goes with the pool
  return TP_OK;
} catch (const std::bad_alloc&) {
  return TP_ENOMEM;
}

}  // namespace tp::cluster
