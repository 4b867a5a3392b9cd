// SPDX-License-Identifier: MIT
// Stage 7: from here to unshield.hpp no macro of somebody else is seen, and some warnings are off.
// Each header of this layer includes both, as its first and its last; so there is no guard.
//
// Variables of this layer are hidden: else they, and static ones in inline functions, are symbols
// of the kind STB_GNU_UNIQUE, which keep a plugin in memory for ever. So it is with variables of the
// standard library, such as std::in_place_index<0>, which are used through references.
//
// The names are those that the layer or the standard headers use, and others are known to define.
// Each has its macro back afterwards. tests/abi/foreign.h lists what others define.

#pragma push_macro("TPOOL_SHIELD")
#undef TPOOL_SHIELD
#define TPOOL_SHIELD

// Warnings that header-only code can't heed: a vtable in each library, iterators that can't be
// copied, members that their own constructors fill.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Weffc++"
#endif

// windows.h and old C headers; tests of Eigen's kind
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

// letters: gettext, Arduino, sheets of macros
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
