# SPDX-License-Identifier: MIT
# Toolchain file: builds for aarch64 with Debian's cross compiler, or clang, and runs by qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(TPOOL_TRIPLE aarch64-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L "/usr/${TPOOL_TRIPLE}")
