# SPDX-License-Identifier: MIT
# An overlay port of vcpkg, with the source archive beside this file. The triplet says which library is built.
vcpkg_extract_source_archive(SOURCE_PATH
  ARCHIVE "${CMAKE_CURRENT_LIST_DIR}/libtpool-${VERSION}.tar.gz")
vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES ffi TPOOL_FFI)

vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}" OPTIONS ${features} -DTPOOL_USDT=OFF
  -DTPOOL_CLUSTER=OFF -DTPOOL_TESTS=OFF -DTPOOL_BINDINGS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME tpool CONFIG_PATH lib/cmake/tpool)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")

file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
