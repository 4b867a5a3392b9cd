# SPDX-License-Identifier: MIT
# Removes what the last `cmake --install` of a build directory put there, and the directories that are
# empty then, but for those that a prefix has by itself. Usage: cmake -P uninstall.cmake, in the build
# directory; DESTDIR as for the installation.
set(manifest "${CMAKE_CURRENT_BINARY_DIR}/install_manifest.txt")
if(NOT EXISTS "${manifest}")
  message(FATAL_ERROR "Nothing was installed from here: no ${manifest}")
endif()
# gdb's path of the library ends as one of these, but is the library's own.
set(standard "/(bin|include|lib(32|64)?(/[^/]*-linux-[^/]*)?|share(/man|/doc)?)$")

function(remove_empty directory)
  file(GLOB inside "${directory}/*" "${directory}/.*")
  if(NOT inside AND IS_DIRECTORY "${directory}"
      AND (directory MATCHES "/auto-load/" OR NOT directory MATCHES "${standard}"))
    file(REMOVE_RECURSE "${directory}")
    cmake_path(GET directory PARENT_PATH parent)
    remove_empty("${parent}")
  endif()
endfunction()

file(STRINGS "${manifest}" files)
foreach(file IN LISTS files)
  set(file "$ENV{DESTDIR}${file}")
  message(STATUS "Removing ${file}")
  file(REMOVE "${file}")
  if(EXISTS "${file}" OR IS_SYMLINK "${file}")
    message(FATAL_ERROR "Can't remove ${file}")
  endif()
  cmake_path(GET file PARENT_PATH directory)
  remove_empty("${directory}")
endforeach()
