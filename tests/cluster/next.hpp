// SPDX-License-Identifier: MIT
// A task that adds one to an int, and a codec that packs an int as it is.
#pragma once

#include <tpool/task.h>

#include <cstring>

namespace support {

inline int next(void*, const void* item, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(item) + 1;
  return 0;
}
inline constexpr tp_task_t kNext = TP_TASK(next, nullptr, int, int);

inline std::size_t pack_int(const void* object, void* to, std::size_t room) {
  if (room >= sizeof(int)) std::memcpy(to, object, sizeof(int));
  return sizeof(int);
}
inline int unpack_int(void* object, const void* from, std::size_t bytes) {
  if (bytes != sizeof(int)) return 1;
  std::memcpy(object, from, bytes);
  return 0;
}
inline constexpr tp_codec_t kIntCodec = {sizeof(tp_codec_t), pack_int, unpack_int, nullptr};

// The task whose items and values are packed.
inline tp_task_t packed_next() {
  tp_task_t task = kNext;
  task.item_codec = task.value_codec = &kIntCodec;
  return task;
}

}  // namespace support
