# SPDX-License-Identifier: MIT
# Reads pages twice, awk -f links.awk <page>... twice=1 <page>..., and prints each relative link that leads to no file,
# or to no heading of its page.

function report(what) {
  print FILENAME ":" FNR ": " what
  wrong = 1
}

# The path of a link in this page.
function path(target,    result) {
  result = FILENAME
  sub(/[^\/]*$/, "", result)
  result = result target
  while (sub(/[^\/]+\/\.\.\//, "", result)) {}
  return result
}

# The name that a heading has in links: the second of a name ends with -1.
function anchor(heading,    name) {
  name = tolower(heading)
  sub(/^#+ /, "", name)
  gsub(/[^a-z0-9 _\200-\377-]/, "", name)
  gsub(/ /, "-", name)
  if ((FILENAME, name) in times) return name "-" times[FILENAME, name]++
  times[FILENAME, name] = 1
  return name
}

FNR == 1 { inside = 0 }
/^```/ { inside = !inside }
inside || /^    / { next }

!twice {
  if (/^#/) anchors[FILENAME, anchor($0)]
  next
}

{
  gsub(/`[^`]*`/, "")
  for (; match($0, /\]\([^)]*\)/); $0 = substr($0, RSTART + RLENGTH)) {
    link = substr($0, RSTART + 2, RLENGTH - 3)
    if (link ~ /:\/\//) continue
    heading = link ~ /#/ ? link : ""
    sub(/^[^#]*#/, "", heading)
    sub(/#.*/, "", link)
    page = link == "" ? FILENAME : path(link)
    if (system("test -e '" page "'") != 0) report("no file " page)
    else if (heading != "" && !((page, heading) in anchors)) report("no heading #" heading " in " page)
  }
}

END { exit wrong }
