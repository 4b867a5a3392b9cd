// SPDX-License-Identifier: MIT
// Which sanitizer or emulator the tests run in, where it forbids what a test does.
#pragma once

#if defined(__has_feature)
#define TPOOL_TESTS_HAS_FEATURE(x) __has_feature(x)
#else
#define TPOOL_TESTS_HAS_FEATURE(x) 0
#endif

namespace support {

#if defined(__SANITIZE_THREAD__) || TPOOL_TESTS_HAS_FEATURE(thread_sanitizer)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || TPOOL_TESTS_HAS_FEATURE(address_sanitizer)
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif

constexpr bool kSanitized = kThreadSanitizer || kAddressSanitizer;

// qemu-user ignores address space limits, and a child of fork that starts a thread crashes it.
#if defined(TPOOL_EMULATED)
constexpr bool kEmulated = true;
#else
constexpr bool kEmulated = false;
#endif

}  // namespace support
