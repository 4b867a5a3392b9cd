# SPDX-License-Identifier: MIT
# Reads programs, then chapters, and prints each block of a chapter that is in none of the programs that the chapter
# links.

# What a line is but for its indentation.
function bare(line) {
  sub(/^ +/, "", line)
  return line
}

function report(what) {
  print chapter ":" start ": " what
  wrong = 1
}

function end_of_block() {
  if (language ~ /^(sh|cmake|text)$/) return
  ending["c"] = "[.]c$"
  ending["cpp"] = "[.]cpp$"
  ending["python"] = "[.]py$"
  if (!(language in ending)) return report("a block of no known language: " language)
  if (block == "\n") return report("an empty block")
  blocks[++count] = block
  languages[count] = language
  starts[count] = start
}

# Whether a program that the chapter links has the block.
function is_quoted(block, language,    name) {
  for (name in program) {
    if (name in linked && name ~ ending[language] && index(program[name], block)) return 1
  }
  return 0
}

function end_of_chapter(    i) {
  if (inside) report("a block without an end")
  for (i = 1; i <= count; ++i) {
    start = starts[i]
    if (!is_quoted(blocks[i], languages[i])) report("in no program that the chapter links:" blocks[i])
  }
  inside = count = 0
  split("", linked)
}

FNR == 1 {
  end_of_chapter()
  chapter = FILENAME
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
  for (rest = $0; match(rest, /\]\([^)]*\)/); rest = substr(rest, RSTART + RLENGTH)) {
    linked[substr(rest, RSTART + 2, RLENGTH - 3)] = 1
  }
}

END {
  end_of_chapter()
  exit wrong
}
