# SPDX-License-Identifier: MIT
# The rules of the tree, for the source files of src, capi, cpp and include; prints what breaks one.
BEGIN {
  # An arrow goes from a room to itself or to one with a lower number.
  rank["base"] = 1; rank["trace"] = 2; rank["result"] = 3; rank["queue"] = 4; rank["wait"] = 5
  rank["worker"] = 6; rank["submit"] = 7
  # Beside the others: to them a typed call is a task, and it knows of no queue.
  rank["call"] = 4
  # Another library: of the core it knows the seam alone.
  rank["cluster"] = 0
}

function report(what) {
  print file ":" line ": " what
  broken = 1
}

# The checks that need a whole file.
function finish() {
  if (file == "") return
  if (!spdx) { line = 1; report("no SPDX line") }
  if ((area == "src" || area == "capi") && !stage) { line = 2; report("the first comment names no Stage") }
  if (length_ > 400) { line = length_; report("longer than 400 lines") }
}

# What a quoted include of src or capi names: its first folder, "" for a file beside.
function folder(target) {
  return sub(/\/.*/, "", target) ? target : ""
}

# Whether an include leads from the room call to one above result, or back.
function crosses(to) {
  return (room == "call") != (to == "call") && rank[to] > rank["result"]
}

function check_src(target, quoted,   to) {
  to = folder(target)
  if (!quoted || to == "") return
  if (room == "cluster" && (to == "cluster" || target ~ /^result\/(seam|taker)\.h$/)) return
  if (!(to in rank)) report("src includes " target ", which is no room of it")
  else if (rank[to] > rank[room] || crosses(to) || to == "cluster") report(room " includes " target)
}

function check_capi(target, quoted,   to) {
  to = folder(target)
  if (quoted && to != "" && to != "capi" && !(to in rank))
    report("capi includes " target ", which is neither capi nor a room of src")
}

function check_cpp(target, quoted) {
  if (quoted && target !~ /\.hpp$/) report("cpp includes " target ", not of cpp or include")
}

function check_include(target, quoted) {
  if (quoted ? target ~ /\// : target !~ /^std(def|int|bool)\.h$/)
    report("include includes " target)
}

function check(target, quoted) {
  if (area == "include") check_include(target, quoted)
  else if (area == "cpp") check_cpp(target, quoted && target !~ /^tpool\/.*\.h$/)
  else if (target ~ /^tpool\/.*\.hpp$/) report(area " includes " target " of cpp")
  else if (target ~ /\.\.\//) report("includes " target " by a relative path")
  else if (target ~ /^tpool\//) return
  else if (area == "src") check_src(target, quoted)
  else check_capi(target, quoted)
}

FNR == 1 {
  finish()
  file = FILENAME
  split(file, parts, "/")
  area = parts[1]
  room = parts[2]
  stage = 0
  spdx = /SPDX-License-Identifier: MIT/
  opening = 1
}

{ length_ = line = FNR }

# What the core calls throws nothing, because the shim catches nothing. libtpool-cluster catches what its calls throw.
(area == "src" || area == "capi") && FILENAME !~ /^(src\/cluster\/|capi\/cluster\.cpp)/ {
  code = $0
  sub(/\/\/.*/, "", code)
  if (code ~ /(^|[^A-Za-z_])new [A-Za-z_:]/) report("a new that throws")
  if (code ~ /(^|[^A-Za-z_])throw [^;]/) report("a throw")
  if (code ~ /#include <(vector|string|map|set|deque|list|unordered_map|thread|future|iostream|sstream)>/)
    report("a header of what throws")
}

# The first comment may have several lines.
FNR > 1 && opening {
  if (/^(\/\/|\/\*| \*)/) { if (/Stage/) stage = 1 }
  else opening = 0
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
  target = $0
  quoted = target ~ /include[ \t]*"/
  sub(/^[^"<]*["<]/, "", target)
  sub(/[">].*/, "", target)
  check(target, quoted)
}

END {
  finish()
  exit broken
}
