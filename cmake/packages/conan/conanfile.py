# SPDX-License-Identifier: MIT
"""Conan 2: conan create cmake/packages/conan, in the source tree."""
import os

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain
from conan.tools.files import copy, rmdir


def address(key):
    """A value of maintainer.txt: beside the recipes, or beside this file once it is exported."""
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (here, os.path.dirname(here)):
        path = os.path.join(folder, "maintainer.txt")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as lines:
                values = dict(line.strip().split("=", 1) for line in lines if "=" in line)
                return values[key] or None
    return None


class LibtpoolConan(ConanFile):
    name = "libtpool"
    version = "1.2.0"
    license = "MIT"
    homepage = address("HOMEPAGE")
    url = address("BUGS")
    description = "Thread pool with the calls of Python's ThreadPool for C and C++"
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"shared": [True, False], "fPIC": [True, False], "ffi": [True, False]}
    default_options = {"shared": True, "fPIC": True, "ffi": True}

    def export(self):
        copy(self, "maintainer.txt", os.path.join(self.recipe_folder, ".."), self.export_folder)

    def export_sources(self):
        source = os.path.join(self.recipe_folder, "..", "..", "..")
        for pattern in ("CMakeLists.txt", "LICENSE", "capi/*", "cmake/*", "cpp/*", "include/*",
                        "pkgconfig/*", "src/*"):
            copy(self, pattern, source, self.export_sources_folder)

    def requirements(self):
        if self.options.ffi:
            self.requires("libffi/[>=3.4]")

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["TPOOL_TESTS"] = False
        toolchain.cache_variables["TPOOL_USDT"] = False
        toolchain.cache_variables["TPOOL_CLUSTER"] = False
        toolchain.cache_variables["TPOOL_BINDINGS"] = False
        toolchain.cache_variables["TPOOL_FFI"] = bool(self.options.ffi)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan writes its own for those who use it.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "tpool")
        self.cpp_info.components["tpool"].libs = ["tpool"]
        self.cpp_info.components["tpool"].set_property("cmake_target_name", "tpool::tpool")
        self.cpp_info.components["tpool"].set_property("pkg_config_name", "tpool")
        self.cpp_info.components["tpool"].system_libs = ["pthread"]
        if not self.options.shared:
            # A program of C alone has no linker of C++; what takes in libtpool.a exports nothing of it.
            self.cpp_info.components["tpool"].system_libs += ["stdc++", "m"]
            self.cpp_info.components["tpool"].defines = ["TPOOL_STATIC"]
            hidden = ["-Wl,--exclude-libs,libtpool.a"]
            self.cpp_info.components["tpool"].exelinkflags = hidden
            self.cpp_info.components["tpool"].sharedlinkflags = hidden
        if self.options.ffi:
            self.cpp_info.components["tpool"].requires = ["libffi::libffi"]
        self.cpp_info.components["cpp"].libs = []
        self.cpp_info.components["cpp"].requires = ["tpool"]
        self.cpp_info.components["cpp"].set_property("cmake_target_name", "tpool::cpp")
