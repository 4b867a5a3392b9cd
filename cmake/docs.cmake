# SPDX-License-Identifier: MIT
# The target docs: man pages and an HTML reference, both from the headers by Doxygen.
find_package(Doxygen 1.9 REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# Doxygen runs it for each file; the python3 of a version manager is a script that takes 20 times as long to begin.
execute_process(COMMAND "${Python3_EXECUTABLE}" -c "import sys; print(sys.executable)"
  OUTPUT_VARIABLE tpool_python OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

set(tpool_docs_tools "${PROJECT_SOURCE_DIR}/cmake/docs")
set(tpool_docs_dir "${PROJECT_BINARY_DIR}/docs")

set(DOXYGEN_OUTPUT_DIRECTORY "${tpool_docs_dir}")
set(DOXYGEN_PROJECT_NAME libtpool)
set(DOXYGEN_PROJECT_BRIEF "A thread pool for C and C++")
set(DOXYGEN_STRIP_FROM_PATH "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include"
    "${PROJECT_SOURCE_DIR}/cpp")
set(DOXYGEN_STRIP_FROM_INC_PATH "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/cpp")
set(DOXYGEN_INPUT_FILTER
    "\"\\\"${tpool_python}\\\" \\\"${tpool_docs_tools}/filter.py\\\"\"")
set(DOXYGEN_VERBATIM_VARS DOXYGEN_INPUT_FILTER) # has quotes of its own
set(DOXYGEN_ALIASES "label{1}=\\par \\1^^")
set(DOXYGEN_FILE_PATTERNS *.h *.hpp *.md *.dox)
set(DOXYGEN_EXCLUDE_PATTERNS "*/detail/*" "*/export.h")
set(DOXYGEN_EXCLUDE_SYMBOLS "tp::v1::detail" "TPOOL_*" "TP_STATUS_ENUM"
    "TP_STATUS_MAP" "TP_BEGIN_DECLS" "TP_END_DECLS")
set(DOXYGEN_PREDEFINED "TP_API=" "TP_BEGIN_DECLS=" "TP_END_DECLS=" "__GNUC__=12"
    "__cpp_lib_coroutine" "__cpp_lib_jthread" "TPOOL_HAS_ASIO")
set(DOXYGEN_MACRO_EXPANSION YES)
set(DOXYGEN_EXPAND_ONLY_PREDEF YES)
set(DOXYGEN_TYPEDEF_HIDES_STRUCT YES)
set(DOXYGEN_JAVADOC_AUTOBRIEF YES)
set(DOXYGEN_SORT_MEMBER_DOCS NO)
set(DOXYGEN_GENERATE_XML YES)
set(DOXYGEN_XML_PROGRAMLISTING NO)
set(DOXYGEN_GENERATE_TREEVIEW YES)
set(DOXYGEN_TREEVIEW_WIDTH 300)
set(DOXYGEN_VERBATIM_HEADERS NO)
set(DOXYGEN_HAVE_DOT NO)
set(DOXYGEN_CLASS_GRAPH NO)
set(DOXYGEN_QUIET YES)
# Trivial members of C++ speak for themselves; of C man.py refuses what has no comment.
set(DOXYGEN_WARN_IF_UNDOCUMENTED NO)
set(DOXYGEN_WARN_AS_ERROR FAIL_ON_WARNINGS)

set(DOXYGEN_IMAGE_PATH "${PROJECT_SOURCE_DIR}/tests/bench" "${PROJECT_SOURCE_DIR}/tests/guide")
set(DOXYGEN_LAYOUT_FILE "${tpool_docs_tools}/layout.xml")
set(DOXYGEN_USE_MDFILE_AS_MAINPAGE "${PROJECT_SOURCE_DIR}/README.md")

# The look: doxygen-awesome-css (Debian has a package of that name), light or dark as the reader's system is.
find_path(TPOOL_DOXYGEN_AWESOME doxygen-awesome.css PATHS /usr/share/doxygen-awesome-css)
set(DOXYGEN_HTML_EXTRA_STYLESHEET "${tpool_docs_tools}/style.css")
if(TPOOL_DOXYGEN_AWESOME)
  list(PREPEND DOXYGEN_HTML_EXTRA_STYLESHEET "${TPOOL_DOXYGEN_AWESOME}/doxygen-awesome.css")
  if(DOXYGEN_VERSION VERSION_GREATER_EQUAL 1.9.5)
    set(DOXYGEN_HTML_COLORSTYLE LIGHT) # the theme has the dark one
  endif()
else()
  message(STATUS "No doxygen-awesome-css (Debian: doxygen-awesome-css): the HTML has Doxygen's own look")
  if(DOXYGEN_VERSION VERSION_LESS 1.9.5) # has no dark one
    list(APPEND DOXYGEN_HTML_EXTRA_STYLESHEET "${tpool_docs_tools}/dark.css")
  endif()
endif()

# The programs to which the guide and README have links; filter.py keeps these links.
set(tpool_guide "${PROJECT_SOURCE_DIR}/tests/guide")
file(GLOB tpool_programs CONFIGURE_DEPENDS "${tpool_guide}/*.c" "${tpool_guide}/*.cpp"
  "${tpool_guide}/from_python.py")
set(tpool_linked check.h pipeline.c scope.cpp serial_queues.c two_users.c checksum_ranks/checksum_ranks.cpp
    longest_lines_ranks/longest_lines_ranks.c sweep_ranks/sweep_ranks.c)
list(TRANSFORM tpool_linked PREPEND "${PROJECT_SOURCE_DIR}/tests/examples/")
set(DOXYGEN_HTML_EXTRA_FILES ${tpool_programs} ${tpool_linked})

# filter.py has this list of pages, too.
doxygen_add_docs(docs_html README.md PLATFORMS.md tests/guide tests/bench/README.md tests/ffi/README.md CHANGELOG.md
                 SECURITY.md cmake/docs include/tpool cpp/tpool)

# Pages of what is no longer there would be installed, too.
add_custom_target(docs_clean COMMAND ${CMAKE_COMMAND} -E rm -rf "${tpool_docs_dir}" VERBATIM)
add_dependencies(docs_html docs_clean)

# All of it is made each time: that takes seconds, and CMake can't tell what a filter depends on.
add_custom_target(docs ALL
  COMMAND Python3::Interpreter -B "${tpool_docs_tools}/man.py" "${tpool_docs_dir}/xml"
          "${tpool_docs_dir}/man" ${PROJECT_VERSION} "${PROJECT_SOURCE_DIR}"
  VERBATIM)
add_dependencies(docs docs_html)

install(DIRECTORY "${tpool_docs_dir}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT doc)
install(DIRECTORY "${tpool_docs_dir}/html" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT doc)
