# SPDX-License-Identifier: MIT
# Installs the libraries, the headers, tpool.pc and the CMake package, as a tree that may be moved.
include(CMakePackageConfigHelpers)

set(tpool_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tpool")

# What g++ links libtpool.a with and gcc does not.
set(tpool_cxx_libraries ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(REMOVE_ITEM tpool_cxx_libraries ${CMAKE_C_IMPLICIT_LINK_LIBRARIES})
set(tpool_libraries tpool)
if(TARGET tpool_static)
  list(APPEND tpool_libraries tpool_static)
endif()
foreach(library IN LISTS tpool_libraries)
  get_target_property(type ${library} TYPE)
  if(type STREQUAL STATIC_LIBRARY)
    # A project of C alone has no linker of C++ to know of them.
    target_link_libraries(${library} INTERFACE
      "$<INSTALL_INTERFACE:$<$<NOT:$<LINK_LANGUAGE:CXX>>:${tpool_cxx_libraries}>>")
  endif()
endforeach()
install(TARGETS ${tpool_libraries} tpool_cpp EXPORT tpool-targets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime
    NAMELINK_COMPONENT development
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

install(DIRECTORY include/tpool cpp/tpool
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp" PATTERN "cluster*.h*" EXCLUDE)

# gdb looks for it under the path of the library.
if(BUILD_SHARED_LIBS)
  install(FILES src/gdb.py
    DESTINATION "${CMAKE_INSTALL_DATADIR}/gdb/auto-load${CMAKE_INSTALL_FULL_LIBDIR}"
    RENAME "libtpool.so.${PROJECT_VERSION}-gdb.py" COMPONENT development)
endif()

# Where the prefix is, seen from tpool.pc; an absolute library directory can't be moved.
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR tpool_fixed)
if(tpool_fixed)
  set(tpool_pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH tpool_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" tpool_up "${tpool_up}")
  set(tpool_pc_prefix "\${pcfiledir}/${tpool_up}")
endif()
foreach(dir LIBDIR INCLUDEDIR)
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_${dir} BASE_DIRECTORY "\${prefix}"
             OUTPUT_VARIABLE tpool_pc_${dir})
endforeach()
# Only for libtpool.a: pkg-config asks for what it requires whenever it is asked for flags.
if(TPOOL_FFI AND (TPOOL_STATIC_LIB OR NOT BUILD_SHARED_LIBS))
  set(tpool_pc_requires "Requires.private: libffi\n")
endif()
list(TRANSFORM tpool_cxx_libraries PREPEND "-l" OUTPUT_VARIABLE tpool_pc_cxx)
list(JOIN tpool_pc_cxx " " tpool_pc_cxx)
configure_file(pkgconfig/tpool.pc.in tpool.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tpool.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)

configure_package_config_file(cmake/tpool-config.cmake.in tpool-config.cmake
  INSTALL_DESTINATION "${tpool_package_dir}")
write_basic_package_version_file(tpool-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tpool-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/tpool-config-version.cmake"
  DESTINATION "${tpool_package_dir}" COMPONENT development)
install(EXPORT tpool-targets NAMESPACE tpool::
  DESTINATION "${tpool_package_dir}" COMPONENT development)

# libtpool-cluster is a component of its own, with its engines under tpool/ beside it.
if(TARGET tpool_cluster)
  install(TARGETS tpool_cluster EXPORT tpool-cluster-targets
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT cluster NAMELINK_COMPONENT cluster
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(TARGETS ${tpool_engines} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/tpool" COMPONENT cluster)
  install(FILES include/tpool/cluster.h cpp/tpool/cluster.hpp cpp/tpool/cluster_cereal.hpp
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/tpool" COMPONENT cluster)
  install(EXPORT tpool-cluster-targets NAMESPACE tpool:: DESTINATION "${tpool_package_dir}" COMPONENT cluster)
  configure_file(pkgconfig/tpool-cluster.pc.in tpool-cluster.pc @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tpool-cluster.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT cluster)
endif()

if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall COMMAND "${CMAKE_COMMAND}" -P "${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake"
                    WORKING_DIRECTORY "${PROJECT_BINARY_DIR}")
endif()
