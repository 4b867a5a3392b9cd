#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs Node.js with koffi, which npm puts into the current directory where it is not installed yet.
# Usage: koffi.sh <node> <argument>...
set -eu

NODE_PATH=$PWD/node_modules${NODE_PATH:+:$NODE_PATH}
export NODE_PATH
node=$1

exec 9> koffi.lock
flock 9 # one of the tests installs it for all
if ! "$node" -e 'require("koffi")' 2> /dev/null; then
  npm install --prefix . --no-save --no-audit --no-fund --ignore-scripts koffi@3.3.4 \
    > npm.log 2>&1 || {
    echo "skipped: npm can't install koffi"
    cat npm.log
    exit 77
  }
fi
exec 9>&-
exec "$@"
