# SPDX-License-Identifier: MIT
# Reads the version from the public header, so that it stands in one place.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../include/tpool/version.h" tpool_version_lines
     REGEX "^#define TP_VERSION_(MAJOR|MINOR|PATCH) [0-9]+$")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             "${CMAKE_CURRENT_LIST_DIR}/../include/tpool/version.h")
list(TRANSFORM tpool_version_lines REPLACE "^.* ([0-9]+)$" "\\1")
list(JOIN tpool_version_lines "." TPOOL_VERSION)
if(NOT TPOOL_VERSION MATCHES "^[0-9]+\\.[0-9]+\\.[0-9]+$")
  message(FATAL_ERROR "include/tpool/version.h does not define the version")
endif()
