# SPDX-License-Identifier: MIT
# tpool_warnings(<target>): the warnings that every target of this project is built with.
function(tpool_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wshadow -Wconversion -Wformat=2
    $<$<COMPILE_LANG_AND_ID:CXX,Clang,AppleClang>:-Wthread-safety>
    $<$<BOOL:${TPOOL_WERROR}>:-Werror>)
endfunction()
