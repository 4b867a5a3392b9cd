# SPDX-License-Identifier: MIT
# tpool_hardening(<target>): what a library in someone else's process owes it. Nothing here costs on
# the way of a task; the checks of the C++ library do, so they are for builds other than Release.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64|i.86)$")
  set(TPOOL_BRANCH_PROTECTION -fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(TPOOL_BRANCH_PROTECTION -mbranch-protection=standard)
endif()

function(tpool_hardening target)
  target_compile_options(${target} PRIVATE
    -fstack-protector-strong -fstack-clash-protection -fno-plt ${TPOOL_BRANCH_PROTECTION})
  target_compile_definitions(${target} PRIVATE
    $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
  # Needs an optimizing build, and hides from the sanitizers what they should see.
  if(NOT TPOOL_SANITIZE)
    target_compile_options(${target} PRIVATE
      $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>)
  endif()
endfunction()

# Full RELRO, no executable stack, no missing symbol. It stays loaded, because a dlclose that unmaps
# the code of running workers would end the process.
function(tpool_link_hardening target)
  target_link_options(${target} PRIVATE
    LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack LINKER:-z,nodelete LINKER:--as-needed)
  if(NOT TPOOL_SANITIZE)
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()
