# SPDX-License-Identifier: MIT
# Ends the configuration where the library is known not to work, and says why. PLATFORMS.md has the list.
option(TPOOL_ANY_PLATFORM "Try to build on a platform that is not supported" OFF)

function(tpool_unsupported reason)
  if(NOT TPOOL_ANY_PLATFORM)
    message(FATAL_ERROR "libtpool: ${reason}. PLATFORMS.md lists what is supported; "
                        "-DTPOOL_ANY_PLATFORM=ON tries all the same")
  endif()
endfunction()

if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  tpool_unsupported("it needs Linux (futexes), not ${CMAKE_SYSTEM_NAME}")
endif()
foreach(compiler IN ITEMS "GNU 11 g++" "Clang 14 clang")
  string(REPLACE " " ";" compiler "${compiler}")
  list(GET compiler 0 id)
  list(GET compiler 1 least)
  list(GET compiler 2 name)
  if(CMAKE_CXX_COMPILER_ID STREQUAL id AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS least)
    tpool_unsupported("it needs ${name} ${least}, not ${CMAKE_CXX_COMPILER_VERSION}")
  endif()
endforeach()
include(CheckCXXSourceCompiles)
check_cxx_source_compiles("static_assert(__atomic_always_lock_free(8, 0), \"\"); int main() {}" TPOOL_HAS_ATOMICS)
if(NOT TPOOL_HAS_ATOMICS)
  tpool_unsupported("it needs lock-free atomics of 8 bytes, and ${CMAKE_SYSTEM_PROCESSOR} has none")
endif()
