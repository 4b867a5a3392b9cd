# SPDX-License-Identifier: MIT
# Prints the declarations of the C interface without macros and comments, as cffi, LuaJIT, PHP and
# koffi read them. Constants become an enum. Usage: awk -f cdef.awk -v include=include/tpool
function constant(name, value) {
  sub(/[uU]$/, "", value)
  constants = constants (constants == "" ? "" : ",\n") "  " name " = " value
}

# A directive, with its continued lines: all that is left of it are the constants that it defines.
function directive(text, parts, rest, item) {
  if (text ~ /^#include "[a-z_]+\.h"/) {
    split(text, parts, "\"")
    read(parts[2])
  } else if (text ~ /^#define TP_[A-Z_]+ +(0x)?[0-9a-fA-F]+[uU]?$/ && text !~ /TP_NULL/) {
    split(text, parts, / +/)
    constant(parts[2], parts[3])
  } else if (text ~ /^#define TP_STATUS_MAP/) {
    for (rest = text; match(rest, /X\(TP_[A-Z]+, -?[0-9]+/); rest = substr(rest, RSTART + RLENGTH)) {
      item = substr(rest, RSTART + 2, RLENGTH - 2)
      sub(/,/, " =", item)
      statuses = statuses "  " item ",\n"
    }
  }
}

# Takes the comments out of a line. in_comment is the state between lines.
function strip(line, kept, at) {
  kept = ""
  for (;;) {
    at = index(line, in_comment ? "*/" : "/*")
    if (!at) return in_comment ? kept : kept line
    if (!in_comment) kept = kept substr(line, 1, at - 1)
    line = substr(line, at + 2)
    in_comment = !in_comment
  }
}

function read(name, path, line, whole) {
  if (name in seen) return
  seen[name] = 1
  path = include "/" name
  whole = ""
  while ((getline line < path) > 0) {
    line = strip(line)
    sub(/ +$/, "", line)
    if (line ~ /\\$/) {
      whole = whole substr(line, 1, length(line) - 1)
      continue
    }
    line = whole line
    whole = ""
    if (line ~ /^#/) directive(line)
    else if (line != "" && line !~ /^TP_(BEGIN|END)_DECLS$/) declare(line)
  }
  close(path)
}

function declare(line) {
  sub(/^TP_API /, "", line)
  gsub(/unsigned [*]/, "unsigned int *", line)  # koffi knows no other name
  if (line ~ /^  TP_STATUS_MAP/) line = substr(statuses, 1, length(statuses) - 2)
  declarations = declarations line "\n"
}

BEGIN {
  read("tpool.h")
  print "/* SPDX-License-Identifier: MIT */"
  print "/* The C interface of libtpool without macros, for programs that read declarations. Made from the headers. */"
  print "enum {\n" constants "\n};\n"
  printf "%s", declarations
}
