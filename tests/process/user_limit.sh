# SPDX-License-Identifier: MIT
# A user that may have few threads. Usage: user_limit.sh <process_test>
set -eu
. "$(dirname "$0")/place.sh"
need setpriv prlimit
[ "$(id -u)" = 0 ] || skip 'needs root, to be another user'

# A user that nobody else is: its threads are all ours. The program may lie where it may not look.
user=54321
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp "$1" "$copy/test"
libraries=$(ldd "$1" | sed -n 's/.* => \(.*libtpool[^ ]*\) .*/\1/p')
[ -z "$libraries" ] || cp -L "$libraries" "$copy/"
chmod -R a+rX "$copy"
cd "$copy"

as_user() { LD_LIBRARY_PATH=$copy setpriv --reuid "$user" --regid "$user" --clear-groups "$@"; }
as_user true 2>/dev/null || skip 'may not be another user'
as_user prlimit --nproc=20 ./test 'a system that is short of threads'
