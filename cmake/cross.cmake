# SPDX-License-Identifier: MIT
# What the toolchain files have in common: Debian's cross compiler for TPOOL_TRIPLE, unless another
# one is asked for, and nothing of this machine's own libraries.
foreach(language C CXX)
  set(CMAKE_${language}_COMPILER_TARGET "${TPOOL_TRIPLE}")
endforeach()
set(CMAKE_C_COMPILER "${TPOOL_TRIPLE}-gcc" CACHE FILEPATH "")
set(CMAKE_CXX_COMPILER "${TPOOL_TRIPLE}-g++" CACHE FILEPATH "")
set(CMAKE_FIND_ROOT_PATH "/usr/${TPOOL_TRIPLE}")
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
