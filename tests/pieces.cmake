# SPDX-License-Identifier: MIT
# Tests in pieces: some test files are compiled as one, which takes a third of the time for all. It is for a build
# that starts from nothing; one that follows a change is quicker without.
option(TPOOL_TEST_PIECES "Compile the tests in a few large pieces" OFF)

# tpool_test_pieces(<target> <room> <files>...): compiles eight of the files at once. Each is in a namespace of its own,
# so that two may have helpers of the same name. All headers that they include come before the first namespace; inside,
# their guards keep them out.
function(tpool_test_pieces target room)
  if(NOT TPOOL_TEST_PIECES)
    return()
  endif()
  list(FILTER ARGN INCLUDE REGEX "\\.cpp$")
  list(FILTER ARGN EXCLUDE REGEX "/asio_test\\.cpp$") # its headers do not compile under each sanitizer
  set(of_tests "")
  set(of_others "")
  set(count 0)
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    math(EXPR piece "${count} / 8")
    math(EXPR count "${count} + 1")
    set_source_files_properties("${file}" PROPERTIES UNITY_GROUP ${piece})
    file(STRINGS "${file}" includes REGEX "^#include")
    foreach(include IN LISTS includes)
      if(include MATCHES "\"")
        list(APPEND of_tests "${include}")
      elseif(NOT include STREQUAL "#include <coroutine>") # not in C++17; where it is, the layer includes it
        list(APPEND of_others "${include}")
      endif()
    endforeach()
  endforeach()
  set(headers ${of_tests} ${of_others})
  list(REMOVE_DUPLICATES headers)
  list(JOIN headers "\n" headers)
  set(header "${CMAKE_CURRENT_BINARY_DIR}/${target}_headers.hpp")
  file(CONFIGURE OUTPUT "${header}" CONTENT "#pragma once\n${headers}\n" @ONLY)
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${room}")
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ON UNITY_BUILD_MODE GROUP UNITY_BUILD_UNIQUE_ID tp_test_file
    UNITY_BUILD_CODE_BEFORE_INCLUDE "#include \"${header}\"\nnamespace tp_test_file {"
    UNITY_BUILD_CODE_AFTER_INCLUDE "}")
  # The compiler takes each file for a header whose anonymous namespace others would have, too.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endfunction()
