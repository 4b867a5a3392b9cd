// SPDX-License-Identifier: MIT
// Stage 3: the commonest signatures, compiled: they need no libffi; from call/call, to the native function.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "call/call.h"

namespace tp::core {
namespace {

/// Neither a row nor a value need be aligned.
template <class T>
T load(const char* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// A signature that the compiler knows.
template <class R, class... Args>
struct Direct {
  static bool matches(const Signature& signature) noexcept {
    constexpr Type args[] = {Type::of<Args>()...};
    return signature.result == Type::of<R>() &&
           std::equal(std::begin(args), std::end(args), signature.args,
                      signature.args + signature.count);
  }

  static int run(void* ctx, const void* row, void* value) {
    const auto& call = *static_cast<const TypedCall*>(ctx);
    invoke(call, static_cast<const char*>(row), value, std::index_sequence_for<Args...>());
    return 0;
  }

  template <std::size_t... kIndex>
  static void invoke(const TypedCall& call, const char* row, void* value,
                     std::index_sequence<kIndex...>) {
    const auto fn = reinterpret_cast<R (*)(Args...)>(call.native());
    const R result = fn(load<Args>(row + call.layout().offsets[kIndex])...);
    std::memcpy(value, &result, sizeof result);
  }
};

struct Way {
  bool (*matches)(const Signature&) noexcept;
  tp_task_fn run;
};

template <class R, class... Args>
constexpr Way way() noexcept {
  return {Direct<R, Args...>::matches, Direct<R, Args...>::run};
}

constexpr Way kWays[] = {
    way<double, double>(),
    way<double, double, double>(),
    way<void*, void*>(),
    way<std::size_t, void*>(),
    way<int, void*>(),
    way<int, int>(),
    way<int, int, int>(),
    way<unsigned long, unsigned long, void*, unsigned>(),  // zlib's checksums
};

}  // namespace

tp_task_fn direct_run(const Signature& signature) noexcept {
  for (const Way& way : kWays)
    if (way.matches(signature)) return way.run;
  return nullptr;
}

}  // namespace tp::core
