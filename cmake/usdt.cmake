# SPDX-License-Identifier: MIT
# TPOOL_USDT: tpool_usdt(<target>) compiles with static probes, where there is the header for them.
if(TPOOL_USDT)
  include(CheckIncludeFileCXX)
  check_include_file_cxx(sys/sdt.h TPOOL_HAS_SDT)
  if(NOT TPOOL_HAS_SDT)
    message(STATUS "No sys/sdt.h (Debian: systemtap-sdt-dev): the library's static probes are left out")
  endif()
endif()

function(tpool_usdt target)
  if(TPOOL_USDT AND TPOOL_HAS_SDT)
    target_compile_definitions(${target} PRIVATE TPOOL_USDT)
  endif()
endfunction()
