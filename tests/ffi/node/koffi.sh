#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs Node.js with koffi, or installs koffi into the current directory where there is none.
# Usage: koffi.sh <node> <argument>..., or koffi.sh <node> --install
set -eu

NODE_PATH=$PWD/node_modules${NODE_PATH:+:$NODE_PATH}
export NODE_PATH
node=$1

has_koffi() {
  "$node" -e 'require("koffi")' 2> /dev/null
}

if [ "${2:-}" != --install ]; then
  has_koffi || { echo "no koffi (npm: koffi)"; exit 77; }
  exec "$@"
fi

has_koffi && exit 0
command -v npm > /dev/null || { echo "no npm (Debian: npm)"; exit 77; }
# One try, because a machine without a way to the registry has the rest to test.
timeout 120 npm install --prefix . --no-save --no-audit --no-fund --ignore-scripts \
  --fetch-retries 0 --fetch-timeout 30000 koffi@3.3.4 > npm.log 2>&1 || {
  echo "no koffi: npm can't install it"
  cat npm.log
  exit 77
}
