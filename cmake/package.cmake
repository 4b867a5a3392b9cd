# SPDX-License-Identifier: MIT
# The source archive, libtpool-<version>.tar.gz: cpack --config CPackSourceConfig.cmake, in the build
# directory. The recipes in cmake/packages make packages of it.
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_SOURCE_GENERATOR External)
set(CPACK_EXTERNAL_ENABLE_STAGING ON)
set(CPACK_EXTERNAL_PACKAGE_SCRIPT "${PROJECT_SOURCE_DIR}/cmake/packages/archive.cmake")
set(CPACK_SOURCE_PACKAGE_FILE_NAME "libtpool-${PROJECT_VERSION}")
# As .gitignore.
set(CPACK_SOURCE_IGNORE_FILES "/\\.git$" "/\\.git/" "/build/" "/\\.cache/" "\\.o$"
    "/CMakeUserPresets\\.json$" "/compile_commands\\.json$")
include(CPack)
