# SPDX-License-Identifier: MIT
# Toolchain file: builds for 32-bit x86 with Debian's cross compiler, or clang. The processor runs
# it as it is, given the loader and the libraries that come with the compiler.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(TPOOL_TRIPLE i686-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/cross.cmake")
set(tpool_libraries "/usr/${TPOOL_TRIPLE}/lib")
set(CMAKE_EXE_LINKER_FLAGS_INIT
  "-Wl,--dynamic-linker=${tpool_libraries}/ld-linux.so.2,-rpath,${tpool_libraries}")
