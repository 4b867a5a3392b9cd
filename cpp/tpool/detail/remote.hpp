// SPDX-License-Identifier: MIT
// Stage 7: callables without data and ranges as tasks whose items may run in another process.
#ifndef TPOOL_DETAIL_REMOTE_HPP
#define TPOOL_DETAIL_REMOTE_HPP

#include "prologue.hpp"

#include <tpool/cluster.h>
#include <tpool/result.h>

#include <cxxabi.h>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "../codec.hpp"
#include "../error.hpp"
#include "cell.hpp"
#include "range_job.hpp"
#include "traits.hpp"
#include "values.hpp"

namespace tp::v1::detail {

// A callable of many arguments that is called with a tuple.
template <class F>
struct Spread {};

template <class F>
struct Callee {
  using Function = F;
  template <class Callable, class Item>
  static decltype(auto) call(Callable& f, const Item& item) {
    return std::invoke(f, item);
  }
};
template <class F>
struct Callee<Spread<F>> {
  using Function = F;
  template <class Callable, class Item>
  static decltype(auto) call(Callable& f, const Item& item) {
    return std::apply(f, item);
  }
};

// A callable that is called with a value of an earlier stage (RemoteSource of a stream).
template <class F>
struct Staged {};
template <class F>
struct Callee<Staged<F>> {
  using Function = F;
  template <class Callable, class Item>
  static decltype(auto) call(Callable& f, const Item& item) {
    if (!item.first) std::rethrow_exception(remote_exception_in(item.second.c_str()));
    return std::invoke(f, *item.first);
  }
};

template <class F>
inline constexpr bool is_function =
    std::is_pointer_v<F>&& std::is_function_v<std::remove_pointer_t<F>>;

// An F without data, which is called with a shared object in front of its arguments.
template <class T, class F>
struct With {
  const T* object;

  void* ctx() const noexcept { return const_cast<void*>(static_cast<const void*>(object)); }
  static With of(void* ctx) noexcept { return {static_cast<const T*>(ctx)}; }

  template <class... Args>
  decltype(auto) operator()(Args&&... args) const {
    const void* const here = this;
    const F& empty = *std::launder(static_cast<const F*>(here));  // it has no data
    return std::invoke(empty, *object, std::forward<Args>(args)...);
  }
};
// The same of a function.
template <class T, class Code>
struct With<T, Code*> {
  std::shared_ptr<tp_cluster_bound_t> bound;

  void* ctx() const noexcept { return bound.get(); }
  static With of(void* ctx) noexcept {
    return {
        {std::shared_ptr<void>(), static_cast<tp_cluster_bound_t*>(ctx)}};  // the library owns it
  }

  template <class... Args>
  decltype(auto) operator()(Args&&... args) const {
    return std::invoke(reinterpret_cast<Code*>(bound->fn), *static_cast<const T*>(bound->object),
                       std::forward<Args>(args)...);
  }
};
template <class F>
inline constexpr bool is_with = false;
template <class T, class F>
inline constexpr bool is_with<With<T, F>> = true;

// The name of an exception's type as one writes it.
inline std::string type_name(const std::exception& exception) {
#ifdef __GXX_RTTI
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(typeid(exception).name(), nullptr, nullptr, &status), std::free);
  return name ? name.get() : typeid(exception).name();
#else
  static_cast<void>(exception);
  return {};
#endif
}

// An exception in words that remote_exception_in reads.
inline std::string remote_words(const char* what, const std::string& type, std::size_t rank) {
  return what + (kRemoteMark + type) + kRemoteMark + std::to_string(rank);
}

// The exception that is being handled. What was thrown in another rank, at an earlier stage, stays what it is.
inline std::string remote_words() {
  std::size_t rank = 0;
  tp_cluster_rank(&rank, nullptr);
  try {
    throw;
  } catch (const RemoteError& error) {
    return remote_words(error.what(), error.type(), static_cast<std::size_t>(error.rank()));
  } catch (const std::exception& exception) {
    return remote_words(exception.what(), type_name(exception), rank);
  } catch (...) {
    return remote_words("an exception that is no std::exception", {}, rank);
  }
}

// A task that calls an F with an Item. The task's ctx is a function, or a shared object: these are known in every rank.
template <class F, class Item>
struct RemoteCall {
  using Function = typename Callee<F>::Function;
  using Value = std::decay_t<decltype(Callee<F>::call(std::declval<Function&>(),
                                                      std::declval<const Item&>()))>;

  static tp_task_t task(Function& f) {
    static_assert(is_function<Function> || is_with<Function> || std::is_empty_v<Function>,
                  "what runs in another rank may capture nothing: share what it needs (tp::with), "
                  "or put it into the items");
    static_assert(alignof(Item) <= alignof(std::max_align_t) &&
                      alignof(Stored<Value>) <= alignof(std::max_align_t),
                  "what crosses between ranks arrives aligned for std::max_align_t, and no more: "
                  "send a type without alignas, and copy it into yours there");
    static_assert(
        std::is_nothrow_move_constructible_v<Stored<Value>>,
        "a value that crosses between ranks must move without an exception: make its move "
        "constructor noexcept");
    tp_task_t task = make_task(run, nullptr);
    if constexpr (is_function<Function>) task.ctx = reinterpret_cast<void*>(f);
    if constexpr (is_with<Function>) task.ctx = f.ctx();
    static_cast<void>(f);
    task.item_size = sizeof(Item);
    task.item_codec = codec_for<Item>();
    describe_value<Value>(task);
    if constexpr (!std::is_void_v<Value>) task.value_codec = codec_for<Value>();
    return task;
  }

 private:
  // A tp_task_fn.
  static int run(void* ctx, const void* item, void* value) {
    try {
      if constexpr (is_function<Function>) {
        Function f = reinterpret_cast<Function>(ctx);
        call(f, item, value);
      } else if constexpr (is_with<Function>) {
        Function f = Function::of(ctx);
        call(f, item, value);
      } else {
        Function* const empty =
            std::launder(reinterpret_cast<Function*>(&value));  // it has no data
        call(*empty, item, value);
      }
      return 0;
    } catch (...) {
      pass_forced_unwind();
      tp_task_set_error(remote_words().c_str(), nullptr, nullptr);
      return 1;
    }
  }

  static void call(Function& f, const void* item, void* value) {
    fill<Value, Value>(value, [&]() -> decltype(auto) {
      return Callee<F>::call(f, *static_cast<const Item*>(item));
    });
  }
};

// Memory for values, which the library constructs.
template <class T>
class Slots {
 public:
  explicit Slots(std::size_t n) : values_(n) {}
  void* data() { return values_.data(); }
  T take() { return std::move(values_.made().front()); }
  std::vector<T> take_all() { return values_.made(); }

 private:
  MapValues<T> values_;
};
template <>
class Slots<void> {
 public:
  explicit Slots(std::size_t) {}
  void* data() { return nullptr; }
  void take() {}
  void take_all() {}
};

// The elements of a range as an array: its own, or copies.
template <class Range, bool copies = false>
class RemoteItems {
 public:
  using Item = ElementValue<Range>;

  explicit RemoteItems(Range& range) {
    if constexpr (lies_in_array) {
      data_ = std::data(range);
      size_ = std::size(range);
    } else {
      for (auto&& element : range)
        copied_.push_back(Copied{Item(static_cast<decltype(element)>(element))});
      data_ = copied_.data();
      size_ = copied_.size();
    }
  }
  RemoteItems(const RemoteItems&) = delete;
  RemoteItems& operator=(const RemoteItems&) = delete;

  const void* data() const { return data_; }
  std::size_t size() const { return size_; }

  // The job uses them until it is ready. Without memory for that, waits.
  static void keep_until_ready(std::unique_ptr<RemoteItems> items, tp_result_t* result) {
    const auto drop = [](void* kept, tp_result_t*) { delete_as<RemoteItems>(kept); };
    if (tp_result_add_done_callback(result, drop, items.get()) == TP_OK)
      static_cast<void>(items.release());
    else
      tp_result_wait(result, TP_FOREVER);
  }

 private:
  template <class R>
  static auto data_of(R& range) -> decltype(std::data(range));
  static void data_of(...);
  static constexpr bool lies_in_array =
      !copies && std::is_pointer_v<decltype(data_of(std::declval<Range&>()))>;

  struct Copied {  // of a bool, too
    Item item;
  };

  const void* data_ = nullptr;
  std::size_t size_ = 0;
  std::vector<Copied> copied_;
};

// The source of a stream over a range that it keeps.
template <class Range, bool = is_stream<Range>>
class RemoteSource {
 public:
  explicit RemoteSource(Range range)
      : range_(std::move(range)), at_(std::begin(range_)), end_(std::end(range_)) {}
  RemoteSource(const RemoteSource&) = delete;
  RemoteSource& operator=(const RemoteSource&) = delete;
  using Item = ElementValue<Range>;
  template <class F>
  using Called = F;

  // A tp_source_fn.
  static int pull(void* self, void* item) {
    auto& source = *static_cast<RemoteSource*>(self);
    int pulled = 0;
    const int failed = guarded([&] {
      if (source.at_ == source.end_) return;
      ::new (item) Item(*source.at_);
      pulled = 1;
      ++source.at_;
    });
    return failed ? -1 : pulled;
  }

 private:
  Range range_;
  decltype(std::begin(std::declval<Range&>())) at_;
  decltype(std::end(std::declval<Range&>())) end_;
};

// The same over a stream. An item that failed there is one that fails here. Fails where that stream was cut short.
template <class Stream>
class RemoteSource<Stream, true> {
  using Value = typename Stream::value_type;

 public:
  explicit RemoteSource(Stream stream) : stream_(std::move(stream)) {}
  using Item = std::pair<std::optional<Value>, std::string>;  // a value, or what was thrown
  template <class F>
  using Called = Staged<F>;

  // A tp_source_fn.
  static int pull(void* self, void* item) {
    const auto& stream = static_cast<RemoteSource*>(self)->stream_;
    int pulled = 0;
    const int failed = guarded([&] {
      std::optional<Value> value;
      const int status = stream.pull(TP_FOREVER, value);
      const bool has_failed = status == TP_ETASK || status == TP_ELOST;
      if (!has_failed && check_last(status) != TP_OK) return;
      ::new (item) Item(std::move(value), has_failed ? words_of(take_exception(status)) : "");
      pulled = 1;
    });
    return failed ? -1 : pulled;
  }

 private:
  static std::string words_of(const std::exception_ptr& exception) {
    try {
      std::rethrow_exception(exception);
    } catch (...) {
      return remote_words();
    }
  }

  Stream stream_;
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
