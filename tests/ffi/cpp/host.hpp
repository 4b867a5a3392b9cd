// SPDX-License-Identifier: MIT
// What a language without a C compiler has: functions found by name and called through libffi, and
// functions of its own made callable for C by libffi's closures.
#pragma once

#include <dlfcn.h>
#include <ffi.h>

#include <cstdlib>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace host {

inline void* open(const char* library) {
  if (void* handle = library ? dlopen(library, RTLD_NOW) : nullptr) return handle;
  throw std::runtime_error(library ? dlerror() : "TPOOL_LIBRARY is not set");
}

inline void* find(void* library, const char* name) {
  if (void* symbol = dlsym(library, name)) return symbol;
  throw std::runtime_error(std::string("not found: ") + name);
}

template <class T>
ffi_type* type_of() {
  if constexpr (std::is_void_v<T>)
    return &ffi_type_void;
  else if constexpr (std::is_pointer_v<T>)
    return &ffi_type_pointer;
  else if constexpr (std::is_same_v<T, double>)
    return &ffi_type_double;
  else if constexpr (std::is_signed_v<T>)
    return &ffi_type_sint;
  else
    return sizeof(T) == 8 ? &ffi_type_uint64 : &ffi_type_uint32;
}

template <class R, class... A>
class Signature {
 public:
  Signature() {
    if (ffi_prep_cif(&cif_, FFI_DEFAULT_ABI, sizeof...(A), type_of<R>(), types_) != FFI_OK) {
      throw std::runtime_error("ffi_prep_cif");
    }
  }

  Signature(const Signature&) = delete;
  Signature& operator=(const Signature&) = delete;

  ffi_cif* get() const { return &cif_; }

 private:
  mutable ffi_cif cif_;
  ffi_type* types_[sizeof...(A) + 1] = {type_of<A>()..., nullptr};
};

template <class F>
class Function;

// Function<decltype(tp_strerror)> strerror("tp_strerror"): the header's types, and no linker.
template <class R, class... A>
class Function<R(A...)> {
 public:
  explicit Function(const char* name) : name_(name) {}

  R operator()(A... args) const {
    static void* const library = open(std::getenv("TPOOL_LIBRARY"));
    const auto address = reinterpret_cast<void (*)()>(find(library, name_));
    void* values[] = {&args..., nullptr};
    ffi_arg room = 0;
    ffi_call(signature_.get(), address, &room, values);
    if constexpr (std::is_pointer_v<R>)
      return reinterpret_cast<R>(room);
    else
      return static_cast<R>(room);
  }

 private:
  Signature<R, A...> signature_;
  const char* name_;
};

// A function of the host's that C can call. What it throws gets no further: as in most languages it
// is swallowed, and C gets a 0.
template <class F>
class Closure;

template <class R, class... A>
class Closure<R(A...)> {
 public:
  explicit Closure(std::function<R(A...)> f) : f_(std::move(f)) {
    closure_ = static_cast<ffi_closure*>(ffi_closure_alloc(sizeof(ffi_closure), &code_));
    if (!closure_) throw std::bad_alloc();
    if (ffi_prep_closure_loc(closure_, signature_.get(), run, this, code_) != FFI_OK) {
      throw std::runtime_error("ffi_prep_closure_loc");
    }
  }

  ~Closure() { ffi_closure_free(closure_); }

  Closure(const Closure&) = delete;
  Closure& operator=(const Closure&) = delete;

  using Pointer = R (*)(A...);
  operator Pointer() const { return reinterpret_cast<Pointer>(code_); }

 private:
  static void run(ffi_cif*, void* room, void** args, void* self) {
    static_cast<Closure*>(self)->call(room, args, std::index_sequence_for<A...>());
  }

  template <std::size_t... I>
  void call(void* room, [[maybe_unused]] void** args, std::index_sequence<I...>) try {
    if constexpr (std::is_void_v<R>)
      f_(*static_cast<A*>(args[I])...);
    else
      *static_cast<ffi_arg*>(room) = static_cast<ffi_arg>(f_(*static_cast<A*>(args[I])...));
  } catch (...) {
    if constexpr (!std::is_void_v<R>) *static_cast<ffi_arg*>(room) = 0;
  }

  std::function<R(A...)> f_;
  Signature<R, A...> signature_;
  ffi_closure* closure_;
  void* code_ = nullptr;
};

}  // namespace host
