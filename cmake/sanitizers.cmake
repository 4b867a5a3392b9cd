# SPDX-License-Identifier: MIT
# TPOOL_SANITIZE: builds the library and all tests with a sanitizer.
if(NOT TPOOL_SANITIZE)
  return()
endif()

set(tpool_sanitizers "${TPOOL_SANITIZE}")
if(TPOOL_SANITIZE STREQUAL "address")
  set(tpool_sanitizers "address,undefined")
endif()

add_compile_options(-fsanitize=${tpool_sanitizers} -fno-sanitize-recover=all
                    -fno-omit-frame-pointer)
add_link_options(-fsanitize=${tpool_sanitizers})
# To a typed call every pointer is a void *, as it is to the machine; Clang compares the types.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-fno-sanitize=function)
endif()
# TSan does not see fences; GCC can tell where there is one.
if(TPOOL_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Werror=tsan)
endif()
