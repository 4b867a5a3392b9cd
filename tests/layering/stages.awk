# SPDX-License-Identifier: MIT
# Checks what the first comment of each file in src and capi says of its place: "Stage N: …; from X, to Y." Each of X
# and Y has to exist. Either the file includes it and uses a name that it declares, or it does so with the file. Where
# it is included through others, nothing else may declare the name. X and Y are files without their endings
# (queue/submit_queue, capi/pool), rooms (queue/*), functions of include/, or one of `people`. "Stage: base, used by
# X." names rooms that use the file, or all. Usage: cd <source directory> && awk -f stages.awk <files of src, capi and
# include>

BEGIN {
  split("the waiter|the caller|the worker|the user|the native function|all rooms|include/tpool", list, "|")
  for (i in list) people[list[i]]
}

# The file without src/ and its ending: two files of one name are one.
function stem_of(name) {
  sub(/^src\//, "", name)
  sub(/\.(h|c|cpp)$/, "", name)
  return name
}

function room_of(stem) {
  return substr(stem, 1, index(stem, "/") - 1)
}

FNR == 1 {
  stem = stem_of(FILENAME)
  header = FILENAME ~ /\.h$/
  opening = 1
  stems[stem]
  rooms[room_of(stem)]
}

# The first comment, without the line of the licence.
opening && FNR > 1 {
  if ($0 ~ /^(\/\/|\/\*| \*)/) {
    text = $0
    gsub(/^(\/\/|\/\*| \*) *| *\*\/$/, "", text)
    said[FILENAME] = said[FILENAME] text " "
    next
  }
  opening = 0
}

/^#include "/ {
  target = $0
  sub(/^[^"]*"/, "", target)
  sub(/".*/, "", target)
  if (target !~ /\//) target = room_of(stem) "/" target
  included[stem] = included[stem] stem_of(target) " "
  direct[stem, stem_of(target)]
  next
}

# Every word is one that the file uses. A header declares types, and functions: a word before a parenthesis and behind
# another word.
{
  sub(/\/\/.*/, "")
  line = $0
  type = header && line ~ /^ *(class|struct|union|enum|using) / && line !~ /^[^={]*;/
  macro = header && line ~ /^#define /
  while (match(line, /[A-Za-z_][A-Za-z_0-9]*/)) {
    word = substr(line, RSTART, RLENGTH)
    before = substr($0, 1, length($0) - length(line) + RSTART - 1)
    line = substr(line, RSTART + RLENGTH)
    uses[stem, word]
    if (type || macro && before ~ /#define $/ ||
        header && line ~ /^\(/ && before ~ /[A-Za-z0-9_>&*] [&*]*$/ && before !~ /(return|else|throw|new) $/)
      declare(stem, word)
    if (line ~ /^ *(:|=|\{|\()/) type = macro = 0
  }
}

function declare(stem, word) {
  if (!(word in owner)) owner[word] = stem
  else if (owner[word] != stem) owner[word] = ""
  declares[stem, ++count[stem]] = word
}

function report(file, what) {
  print file ": " what
  failed = 1
}

# Whether user includes used, itself or through others. Notes on the way what it has seen.
function reaches(user, used,   parts, n, i) {
  if (user == used) return 1
  if ((user, used) in seen) return 0
  seen[user, used]
  n = split(included[user], parts, " ")
  for (i = 1; i <= n; ++i) if (reaches(parts[i], used)) return 1
  return 0
}

function calls(user, used,   i) {
  split("", seen)
  if (!reaches(user, used)) return 0
  for (i = 1; i <= count[used]; ++i)
    if (((user, used) in direct || owner[declares[used, i]] == used) && (user, declares[used, i]) in uses) return 1
  return 0
}

# Whether a file of the room uses stem, or stem one of these; any room if room is "".
function meets(stem, room,   other) {
  for (other in stems)
    if (other != stem && (room == "" || room_of(other) == room) && (calls(other, stem) || calls(stem, other))) return 1
  return 0
}

# One name behind "from", "to" or "used by".
function check(file, stem, name) {
  if ((name in people) || (name in publics)) return
  sub(/^src\//, "", name)
  sub(/\/?\*$/, "", name)
  if (name == "" || name in rooms) {
    if (!meets(stem, name)) report(file, "no file of " (name == "" ? "src" : name) " uses it or is used by it")
  } else if (!(name in stems)) report(file, "names " name ", which is no file")
  else if (!calls(stem, name) && !calls(name, stem)) report(file, name " does not use it, nor is used by it")
}

function check_list(file, stem, names,   parts, n, i) {
  n = split(names, parts, / and /)
  for (i = 1; i <= n; ++i) check(file, stem, parts[i])
}

FILENAME ~ /^include\// {
  line = $0
  while (match(line, /tp_[a-z_]+/)) {
    publics[substr(line, RSTART, RLENGTH)]
    line = substr(line, RSTART + RLENGTH)
  }
}

END {
  for (file in said) {
    if (file !~ /^(src|capi)\//) continue
    stem = stem_of(file)
    text = said[file]
    if (match(text, /Stage [0-9]: .*[;.] [Ff]rom [^.]*, to [^.]*\./)) {
      text = substr(text, RSTART, RLENGTH - 1)
      while (match(text, /[;.] [Ff]rom /)) text = substr(text, RSTART + RLENGTH)
      match(text, /, to /)
      check_list(file, stem, substr(text, 1, RSTART - 1))
      check_list(file, stem, substr(text, RSTART + RLENGTH))
    } else if (match(text, /Stage: [a-z]+, used by [^.]*\./)) {
      text = substr(text, RSTART, RLENGTH - 1)
      sub(/.*used by /, "", text)
      if (text ~ /^all/) {
        if (!meets(stem, "")) report(file, "nobody uses it")
      } else check_list(file, stem, text)
    } else report(file, "says neither \"Stage N: …; from X, to Y.\" nor \"Stage: <room>, used by …\"")
  }
  exit failed
}
