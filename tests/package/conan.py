# SPDX-License-Identifier: MIT
"""Runs the steps of the Conan recipes with classes that do what Conan's do, as far as the recipes can
tell: with a build of the shared library and with one of the static library.
Usage: conan.py <recipe directory> <source directory> <shared build> <static build> <cmake> <work directory>"""
import collections
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import types

recipe, source, shared_build, static_build, work = (pathlib.Path(sys.argv[i]) for i in (1, 2, 3, 4, 6))
cmake = sys.argv[5]
configured = {}


class Info:
    """cpp_info, and one component of it."""

    def __init__(self):
        self.properties, self.libs, self.requires, self.system_libs = {}, [], [], []
        self.defines, self.exelinkflags, self.sharedlinkflags = [], [], []
        self.components = collections.defaultdict(Info)

    def set_property(self, name, value):
        self.properties[name] = value


class ConanFile:
    recipe_folder = str(recipe)
    export_sources_folder = source_folder = str(work / "source")
    package_folder = str(work / "package")
    export_folder = str(work / "export")

    def __init__(self):
        self.cpp_info, self.required = Info(), []
        self.options = types.SimpleNamespace(**getattr(self, "default_options", {}))

    def requires(self, reference):
        self.required.append(reference)


class CMake:
    def __init__(self, conanfile):
        self.conanfile = conanfile

    def configure(self):
        assert (pathlib.Path(self.conanfile.source_folder) / "CMakeLists.txt").is_file()

    def build(self):
        pass

    def install(self):
        build = shared_build if self.conanfile.options.shared else static_build
        subprocess.run([cmake, "--install", build, "--prefix", self.conanfile.package_folder],
                       check=True, stdout=subprocess.DEVNULL)


class Generator:
    def __init__(self, conanfile):
        self.cache_variables = configured

    def generate(self):
        pass


def copy(conanfile, pattern, src, dst):
    for file in pathlib.Path(src).glob(pattern.replace("/*", "/**/*")):
        if file.is_file():
            target = pathlib.Path(dst) / file.relative_to(src)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)


def module(name, **contents):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(contents)


def load(file):
    """The recipe that the file defines."""
    spec = importlib.util.spec_from_file_location(file.parent.name, file)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return next(each for each in vars(loaded).values()
                if isinstance(each, type) and each is not ConanFile and issubclass(each, ConanFile))


module("conan", ConanFile=ConanFile)
module("conan.tools")
module("conan.tools.build", can_run=lambda conanfile: True)
module("conan.tools.cmake", CMake=CMake, CMakeDeps=Generator, CMakeToolchain=Generator,
       cmake_layout=lambda conanfile: None)
module("conan.tools.files", copy=copy, rmdir=lambda conanfile, path: shutil.rmtree(path))

package = load(recipe / "conanfile.py")()
package.export()
assert (work / "export/maintainer.txt").is_file()
shutil.copytree(recipe, work / "named/conan")
(work / "named/maintainer.txt").write_text(
    "HOMEPAGE=https://libtpool.invalid/home\nBUGS=https://libtpool.invalid/bugs\n")
named = load(work / "named/conan/conanfile.py")
assert named.homepage == "https://libtpool.invalid/home" and named.url == "https://libtpool.invalid/bugs"
package.export_sources()
package.requirements()
assert package.required == ["libffi/[>=3.4]"], package.required
package.generate()
package.build()

options = (source / "CMakeLists.txt").read_text()
for name in configured:
    assert f"option({name} " in options, f"no option {name}"


def compiled(top, to):
    """The sources of the library that is built from there."""
    subprocess.run([cmake, "-S", top, "-B", to, "-DTPOOL_TESTS=OFF", "-DTPOOL_BINDINGS=OFF",
                    "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"], check=True, stdout=subprocess.DEVNULL)
    commands = json.loads((to / "compile_commands.json").read_text())
    return {os.path.relpath(command["file"], top) for command in commands}


# What was exported is all that a build reads.
sources = compiled(source, work / "whole")
assert sources and compiled(package.source_folder, work / "build") == sources


def check_package(shared):
    """What is installed, and that a library over it exports nothing of it."""
    shutil.rmtree(package.package_folder, ignore_errors=True)
    package.options.shared, package.cpp_info = shared, Info()
    package.package()
    package.package_info()
    installed = pathlib.Path(package.package_folder)
    assert (installed / "include/tpool/tpool.h").is_file() and (installed / "licenses/LICENSE").is_file()
    components = package.cpp_info.components
    for component in components.values():
        for library in component.libs:
            file = installed / f"lib/lib{library}.{'so' if shared else 'a'}"
            assert file.exists(), file
    targets = {component.properties["cmake_target_name"] for component in components.values()}
    assert expected and targets == expected, f"targets: {targets}, the library's: {expected}"

    tpool, plugin = components["tpool"], work / "plugin.so"
    libraries = [f"-l{library}" for library in (*tpool.libs, *tpool.system_libs, "ffi")]
    subprocess.run(["cc", "-shared", "-fPIC", "-I", installed / "include", *(f"-D{d}" for d in tpool.defines),
                    source / "tests/package/consumer.c", "-L", installed / "lib", *libraries,
                    *tpool.sharedlinkflags, "-o", plugin], check=True)
    exported = subprocess.run(["nm", "-D", "--defined-only", plugin], check=True, capture_output=True,
                              text=True).stdout
    assert " main\n" in exported and " tp_" not in exported, exported


exported = (work / "build/CMakeFiles/Export").rglob("tpool-targets.cmake")
expected = {line.split("(")[1].split()[0] for file in exported
            for line in file.read_text().splitlines() if line.startswith("add_library(tpool::")}
for shared in (True, False):
    check_package(shared)

assert issubclass(load(recipe / "test_package" / "conanfile.py"), ConanFile)
