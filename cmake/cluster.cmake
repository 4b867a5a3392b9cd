# SPDX-License-Identifier: MIT
# libtpool-cluster, which links no MPI, and an engine for each MPI that is installed.
file(GLOB tpool_cluster_sources CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/src/cluster/*.cpp" "${PROJECT_SOURCE_DIR}/capi/cluster.cpp")
# Its objects; tests of its inner parts link them directly.
add_library(tpool_cluster_core OBJECT ${tpool_cluster_sources})
add_library(tpool_cluster SHARED $<TARGET_OBJECTS:tpool_cluster_core>)
add_library(tpool::cluster ALIAS tpool_cluster)

# How the library and its engines are compiled.
function(tpool_compile_cluster target)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
  tpool_warnings(${target})
  tpool_hardening(${target})
endfunction()

tpool_compile_cluster(tpool_cluster_core)
target_compile_definitions(tpool_cluster_core PRIVATE "TPOOL_VERSION=\"${PROJECT_VERSION}\"")
target_link_libraries(tpool_cluster_core PUBLIC tpool Threads::Threads ${CMAKE_DL_LIBS})
set_target_properties(tpool_cluster PROPERTIES LINKER_LANGUAGE CXX
  OUTPUT_NAME tpool-cluster EXPORT_NAME cluster
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS "${PROJECT_SOURCE_DIR}/capi/cluster.map")
target_link_libraries(tpool_cluster PUBLIC tpool PRIVATE Threads::Threads ${CMAKE_DL_LIBS})
target_link_options(tpool_cluster PRIVATE
  "LINKER:--version-script=${PROJECT_SOURCE_DIR}/capi/cluster.map")
tpool_link_hardening(tpool_cluster)

# tpool_engine(<name> <pkg-config module>): an engine, if its MPI is there.
set(tpool_engines "")
find_package(PkgConfig)
function(tpool_engine name module)
  # MPI and sanitizers don't mix.
  if(NOT PKG_CONFIG_FOUND OR CMAKE_CROSSCOMPILING OR TPOOL_SANITIZE)
    return()
  endif()
  pkg_check_modules(${name} IMPORTED_TARGET ${module})
  if(NOT ${name}_FOUND)
    message(STATUS "No ${module}: the engine of libtpool-cluster for it is left out")
    return()
  endif()
  add_library(tpool_engine_${name} MODULE "${PROJECT_SOURCE_DIR}/src/cluster/engine/mpi.cpp")
  tpool_compile_cluster(tpool_engine_${name})
  target_compile_definitions(tpool_engine_${name} PRIVATE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
  target_link_libraries(tpool_engine_${name} PRIVATE PkgConfig::${name})
  set_target_properties(tpool_engine_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME "cluster-${name}" LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tpool")
  set(tpool_engines ${tpool_engines} tpool_engine_${name} PARENT_SCOPE)
endfunction()
tpool_engine(openmpi ompi-c)
tpool_engine(mpich mpich)
