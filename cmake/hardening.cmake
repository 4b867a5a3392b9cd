# SPDX-License-Identifier: MIT
# What a library in someone else's process owes it: tpool_hardening(<target>) for the compiler,
# tpool_link_hardening(<target>) for the linker. A flag that a tool does not know is left out.
# Nothing here costs on the way of a task, but the checks of the C++ library: they change what the
# compiler inlines there, 5 % of a submission, so Release is without.
include(CheckCompilerFlag)
include(CheckLinkerFlag)

# An overrun buffer ends the process; a large frame does not jump over the guard page; indirect
# jumps end only where they should (the one on x86, the other on aarch64); no writable table of
# calls. Not LINKER:-z,ibt and -z,shstk: they speak for all objects, and libc's crti.o says nothing.
# A flag of another processor is a warning to clang.
set(CMAKE_REQUIRED_FLAGS -Werror)
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
        -mbranch-protection=standard -fno-plt)
  string(MAKE_C_IDENTIFIER "TPOOL_HAS${flag}" known)
  check_compiler_flag(CXX ${flag} ${known})
  if(${known})
    list(APPEND tpool_hardening_flags ${flag})
  endif()
endforeach()
unset(CMAKE_REQUIRED_FLAGS)

# Full RELRO, no executable stack, and own calls that no other library of that name can catch. It
# stays loaded, because a dlclose that unmaps the code of running workers would end the process.
foreach(flag -z,relro -z,now -z,noexecstack -z,nodelete -Bsymbolic-functions --as-needed)
  string(MAKE_C_IDENTIFIER "TPOOL_LINKS${flag}" known)
  check_linker_flag(CXX "LINKER:${flag}" ${known})
  if(${known})
    list(APPEND tpool_hardening_link_flags "LINKER:${flag}")
  endif()
endforeach()
# No missing symbol; a sanitizer's are in the program.
if(NOT TPOOL_SANITIZE)
  list(APPEND tpool_hardening_link_flags LINKER:-z,defs)
endif()

# GCC has what level 3 needs from 12 on.
set(tpool_fortify 3)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  set(tpool_fortify 2)
endif()

function(tpool_hardening target)
  target_compile_options(${target} PRIVATE ${tpool_hardening_flags})
  target_compile_definitions(${target} PRIVATE
    $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
  # Needs an optimizing build, and hides from the sanitizers what they should see.
  if(NOT TPOOL_SANITIZE)
    target_compile_options(${target} PRIVATE
      $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=${tpool_fortify}>)
  endif()
endfunction()

function(tpool_link_hardening target)
  target_link_options(${target} PRIVATE ${tpool_hardening_link_flags})
endfunction()
