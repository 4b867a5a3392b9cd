// SPDX-License-Identifier: MIT
// Stage 7: the first include of each header of this layer. It hides the macros of others and turns
// some warnings off; epilogue.hpp, the header's last include, undoes both. So there is no guard.
//
// The hidden macros are those that other libraries are known to define and whose names this layer
// or the standard headers use. tests/abi/foreign.txt lists what others define.
//
// Every variable of this layer has hidden visibility. Otherwise it would be a symbol of the kind
// STB_GNU_UNIQUE, as would a static variable in an inline function, and such a symbol keeps a
// plugin in memory for ever. The same holds for variables of the standard library that are used
// through references, such as std::in_place_index<0>.

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

// X11: Xutil.h, Xos.h
#pragma push_macro("NoValue")
#pragma push_macro("index")
#undef NoValue
#undef index

// single letters: gettext, Arduino, generated macros
#pragma push_macro("A")
#pragma push_macro("B")
#pragma push_macro("C")
#pragma push_macro("E")
#pragma push_macro("F")
#pragma push_macro("R")
#pragma push_macro("S")
#pragma push_macro("T")
#pragma push_macro("V")
#undef A
#undef B
#undef C
#undef E
#undef F
#undef R
#undef S
#undef T
#undef V

// Inline here, so inline wherever it is opened again.
namespace tp {
inline namespace v1 {}
}  // namespace tp
