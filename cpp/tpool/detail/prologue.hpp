// SPDX-License-Identifier: MIT
// Stage 7: the first include of each header of this layer. It hides the macros of others and turns
// some warnings off; epilogue.hpp, the header's last include, undoes both. So there is no guard.
//
// The hidden macros are those that other libraries are known to define and whose names this layer
// or the standard headers use. tests/abi/foreign.txt lists what others define.
//
// Every variable of this layer has hidden visibility, and no inline function has a static variable.
// Otherwise the variable would be a symbol of the kind STB_GNU_UNIQUE, which keeps a plugin in
// memory for ever. So does a reference to a variable of the standard library, as in_place_index<0>.

#if __has_include(<version>)
#include <version>
#endif

#pragma push_macro("TPOOL_PROLOGUE")
#undef TPOOL_PROLOGUE
#define TPOOL_PROLOGUE

// A header-only layer can't avoid what these warn of: a vtable in each library, iterators that
// can't be copied, members that the body of a constructor sets. C++17 has no tp::inline v1::detail.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables"
#pragma clang diagnostic ignored "-Winline-namespace-reopened-noninline"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Weffc++"
#endif

// windows.h, old C headers; "isnan" of programs such as Eigen's tests
#pragma push_macro("min")
#pragma push_macro("max")
#pragma push_macro("isnan")
#undef min
#undef max
#undef isnan

// Qt's keywords
#pragma push_macro("emit")
#pragma push_macro("slots")
#undef emit
#undef slots

// assertions: Apple's AssertMacros.h, Unreal, check.h
#pragma push_macro("check")
#pragma push_macro("fail")
#pragma push_macro("require")
#undef check
#undef fail
#undef require

// curses
#pragma push_macro("clear")
#pragma push_macro("erase")
#pragma push_macro("move")
#pragma push_macro("timeout")
#undef clear
#undef erase
#undef move
#undef timeout

// X11: Xos.h
#pragma push_macro("index")
#undef index

// single letters: gettext, Arduino, generated macros
#pragma push_macro("A")
#pragma push_macro("C")
#pragma push_macro("E")
#pragma push_macro("F")
#pragma push_macro("R")
#pragma push_macro("T")
#undef A
#undef C
#undef E
#undef F
#undef R
#undef T

// It is inline here, so it is inline wherever it is opened again.
namespace tp {
inline namespace v1 {}
}  // namespace tp
