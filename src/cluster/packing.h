// SPDX-License-Identifier: MIT
// Objects to bytes and away, by their codecs. Stage: base, used by cluster/*.
#pragma once

#include <tpool/task.h>

#include <cxxabi.h>

#include <cstddef>
#include <cstdint>

#include "cluster/wire.h"

namespace tp::cluster {

/// Appends the object as bytes. nullptr, or what the codec does wrong. Throws what its pack throws, and std::bad_alloc.
inline const char* pack(Bytes& bytes, const tp_codec_t& codec, const void* object) {
  const std::size_t size = codec.pack(object, nullptr, 0), at = bytes.size();
  if (size > PTRDIFF_MAX) return "the codec can't pack the object";
  bytes.resize(at + size);
  if (size) std::memset(bytes.data() + at, 0, size);  // for a codec that leaves gaps
  if (codec.pack(object, bytes.data() + at, size) == size) return nullptr;
  return "the codec packs the object into another size each time";
}

/// Drops what the codec's unpack, or a task, has made. As of any hook, an exception counts for nothing; but drop may
/// end the thread: GCC's exception for that has no object, which its own sanitizer takes for a mistake.
__attribute__((no_sanitize("undefined"))) inline void drop(const tp_codec_t* codec, void* object) {
  if (!codec || !codec->drop) return;
  try {
    codec->drop(object);
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
  }
}

}  // namespace tp::cluster
