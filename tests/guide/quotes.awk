# SPDX-License-Identifier: MIT
# Reads programs, then chapters, and prints each block of a chapter that is in none of the programs,
# and each link to a file that is not there.

# What a line is but for its indentation.
function bare(line) {
  sub(/^ +/, "", line)
  return line
}

function report(what) {
  print FILENAME ":" start ": " what
  wrong = 1
}

function end_of_block(    name) {
  if (language ~ /^(sh|cmake|text)$/) return
  ending["c"] = "[.]c$"
  ending["cpp"] = "[.]cpp$"
  ending["python"] = "[.]py$"
  if (!(language in ending)) return report("a block of no known language: " language)
  if (block == "\n") return report("an empty block")
  for (name in program) {
    if (name ~ ending[language] && index(program[name], block)) return
  }
  report("in no program:" block)
}

FNR == 1 {
  if (inside) report("a block without an end")
  inside = 0
}

FILENAME !~ /[.]md$/ {
  if (FNR == 1) program[FILENAME] = "\n"
  program[FILENAME] = program[FILENAME] bare($0) "\n"
  next
}

/^```/ && !inside {
  inside = 1
  start = FNR
  language = substr($0, 4)
  block = "\n"
  next
}

/^```$/ {
  inside = 0
  end_of_block()
  next
}

inside {
  block = block bare($0) "\n"
  next
}

{
  start = FNR
  for (rest = $0; match(rest, /\]\([^)]*\)/); rest = substr(rest, RSTART + RLENGTH)) {
    target = substr(rest, RSTART + 2, RLENGTH - 3)
    if (target !~ /:\/\// && (getline unread < target) < 0) report("no file " target)
  }
}

END {
  if (inside) report("a block without an end")
  exit wrong
}
