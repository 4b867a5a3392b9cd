# SPDX-License-Identifier: MIT
# TPOOL_FFI: tpool_ffi(<target>) compiles with libffi, or without it, where typed calls are refused.
if(TPOOL_FFI)
  find_path(TPOOL_FFI_INCLUDE ffi.h)
  find_library(TPOOL_FFI_LIBRARY ffi)
  if(NOT TPOOL_FFI_INCLUDE OR NOT TPOOL_FFI_LIBRARY)
    message(FATAL_ERROR "No libffi (Debian: libffi-dev). -DTPOOL_FFI=OFF builds without typed calls")
  endif()
  # Who links an installed libtpool.a finds it by himself.
  set(tpool_ffi_library "$<BUILD_INTERFACE:${TPOOL_FFI_LIBRARY}>" "$<INSTALL_INTERFACE:ffi>")
endif()

function(tpool_ffi target)
  if(TPOOL_FFI)
    target_compile_definitions(${target} PRIVATE TPOOL_FFI)
    target_include_directories(${target} SYSTEM PRIVATE "${TPOOL_FFI_INCLUDE}")
    target_link_libraries(${target} PUBLIC ${tpool_ffi_library})
  endif()
endfunction()
