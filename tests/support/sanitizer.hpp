// SPDX-License-Identifier: MIT
// Which sanitizer the tests were built with, where it forbids what a test does.
#ifndef TPOOL_TESTS_SUPPORT_SANITIZER_HPP
#define TPOOL_TESTS_SUPPORT_SANITIZER_HPP

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

}  // namespace support

#endif
