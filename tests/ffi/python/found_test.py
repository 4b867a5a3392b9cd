# SPDX-License-Identifier: MIT
"""The installed package finds the library of its prefix: no path is set, nor is the loader asked."""
import os
import pathlib
import subprocess
import sys

package = pathlib.Path(os.environ["PYTHONPATH"].split(os.pathsep)[0])
environment = {name: value for name, value in os.environ.items()
               if name not in ("TPOOL_LIBRARY", "LD_LIBRARY_PATH")}
program = "import tpool; print(tpool._abi._path); print(*tpool.ThreadPool(2).map(abs, [-1, 2]))"
run = subprocess.run([sys.executable, "-B", "-W", "ignore", "-c", program], env=environment,
                     capture_output=True, text=True)
assert run.returncode == 0, run.stderr
path, values = run.stdout.splitlines()
assert pathlib.Path(path).samefile(os.environ["TPOOL_LIBRARY"]), path
assert values == "1 2"
print(path)
