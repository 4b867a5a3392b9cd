// SPDX-License-Identifier: MIT
// Stage 3: a signature as libffi needs it; from call/call, to the native function. Only this room knows libffi.
#pragma once

#include <cstddef>
#include <cstdint>

#include "call/signature.h"

#ifdef TPOOL_FFI
#include <ffi.h>
#endif

namespace tp::core {

using NativeFn = void (*)();

/// Where libffi writes the value of a function. It writes a whole word even for a small integer, so this must
/// not be the user's memory.
union ReturnSlot {
  std::uint64_t integer;
  double floating;
  void* pointer;
};

#ifdef TPOOL_FFI

inline constexpr bool kHasTypedCalls = true;

/// Prepared once and then only read, so any number of threads may call through it.
class Cif {
 public:
  /// False when libffi refuses the signature.
  bool prepare(const Signature& signature) noexcept;

  /// Where in ReturnSlot a value of this type begins.
  static std::size_t value_at(Type result) noexcept;

  /// args point to the arguments.
  void call(NativeFn fn, ReturnSlot& returned, void** args) const {
    ffi_call(const_cast<ffi_cif*>(&cif_), fn, &returned, args);
  }

 private:
  static_assert(sizeof(ffi_arg) <= sizeof(ReturnSlot));

  ffi_cif cif_;
  ffi_type* args_[kMostArgs];
};

#else

inline constexpr bool kHasTypedCalls = false;

/// Without libffi no signature can be called.
class Cif {
 public:
  bool prepare(const Signature&) noexcept { return false; }
  static std::size_t value_at(Type) noexcept { return 0; }
  void call(NativeFn, ReturnSlot& returned, void**) const { returned = {}; }
};

#endif

}  // namespace tp::core
