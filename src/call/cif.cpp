// SPDX-License-Identifier: MIT
// Stage 3: prepares libffi's description of a call; from call/call, to the native function.
#include "call/cif.h"

#ifdef TPOOL_FFI

#include <bit>

namespace tp::core {
namespace {

ffi_type* native(Type type) noexcept {
  if (type.is_void()) return &ffi_type_void;
  if (type.kind == Type::Kind::pointer) return &ffi_type_pointer;
  if (type.kind == Type::Kind::floating)
    return type.size == sizeof(float) ? &ffi_type_float : &ffi_type_double;
  static ffi_type* const kIntegers[][2] = {{&ffi_type_uint8, &ffi_type_sint8},
                                           {&ffi_type_uint16, &ffi_type_sint16},
                                           {&ffi_type_uint32, &ffi_type_sint32},
                                           {&ffi_type_uint64, &ffi_type_sint64}};
  return kIntegers[std::countr_zero(type.size)][type.kind == Type::Kind::signed_int];
}

}  // namespace

bool Cif::prepare(const Signature& signature) noexcept {
  for (std::size_t i = 0; i < signature.count; ++i) args_[i] = native(signature.args[i]);
  return ffi_prep_cif(&cif_, FFI_DEFAULT_ABI, static_cast<unsigned>(signature.count),
                      native(signature.result), args_) == FFI_OK;
}

std::size_t Cif::value_at(Type result) noexcept {
  const bool widened = result.kind != Type::Kind::floating && result.size < sizeof(ffi_arg);
  return widened && std::endian::native == std::endian::big ? sizeof(ffi_arg) - result.size : 0;
}

}  // namespace tp::core

#endif
