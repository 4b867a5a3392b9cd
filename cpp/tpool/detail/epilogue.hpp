// SPDX-License-Identifier: MIT
// Stage 7: undoes what prologue.hpp did. Without it, does nothing.
#if defined(TPOOL_PROLOGUE)
#pragma pop_macro("TPOOL_PROLOGUE")

#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#pragma pop_macro("min")
#pragma pop_macro("max")
#pragma pop_macro("isnan")
#pragma pop_macro("emit")
#pragma pop_macro("slots")
#pragma pop_macro("check")
#pragma pop_macro("fail")
#pragma pop_macro("require")
#pragma pop_macro("clear")
#pragma pop_macro("erase")
#pragma pop_macro("move")
#pragma pop_macro("timeout")
#pragma pop_macro("index")
#pragma pop_macro("A")
#pragma pop_macro("C")
#pragma pop_macro("E")
#pragma pop_macro("F")
#pragma pop_macro("R")
#pragma pop_macro("T")
#endif
