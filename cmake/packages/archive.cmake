# SPDX-License-Identifier: MIT
# Run by CPack: makes the archive of the staged tree. CPack's own has the files in the order of the
# file system; here the same sources and SOURCE_DATE_EPOCH give the same bytes.
set(archive "${CPACK_TEMPORARY_DIRECTORY}.tar.gz")
string(TIMESTAMP date %s) # SOURCE_DATE_EPOCH where it is set
cmake_path(GET CPACK_TEMPORARY_DIRECTORY PARENT_PATH above)
cmake_path(GET CPACK_TEMPORARY_DIRECTORY FILENAME tree)
execute_process(COMMAND tar --sort=name --format=gnu --mtime=@${date} --mode=u+rwX,go+rX,go-w
                        --owner=0 --group=0 --numeric-owner -C "${above}" -cf - ${tree}
                COMMAND gzip -9n OUTPUT_FILE "${archive}" COMMAND_ERROR_IS_FATAL ANY)
set(CPACK_EXTERNAL_BUILT_PACKAGES "${archive}")
