# SPDX-License-Identifier: MIT
# Refuses two types of one name in one namespace, in two files: each program that has both is undefined. One in an
# unnamed namespace must not have the name of one that others see, either. Reads files in the tree's layout, where what
# a namespace holds begins its line.

FNR == 1 { depth = 0 }

/^(inline )?namespace( [A-Za-z_:0-9]+)? \{/ {
  name = $0
  sub(/^inline /, "", name)
  sub(/^namespace ?/, "", name)
  sub(/ ?\{.*/, "", name)
  if ($0 !~ /\}/) outer[++depth] = name
  next
}
/^\}  \/\/ (inline )?namespace/ && depth > 0 { depth--; next }

/^(struct|class|union|enum|enum class|enum struct) / && (!/;$/ || /\{/) {
  name = $0
  sub(/^(enum (class|struct)|struct|class|union|enum) /, "", name)
  gsub(/alignas\([^)]*\)|\[\[[^]]*\]\]|TP_[A-Z]+/, "", name)
  sub(/^ */, "", name)
  if (!match(name, /^[A-Za-z_][A-Za-z_0-9]*/)) next
  rest = substr(name, RLENGTH + 1)
  name = substr(name, 1, RLENGTH)
  if (rest ~ /^ *<|^::/) next # a specialization, or a member's
  scope = ""
  unnamed = 0
  for (i = 1; i <= depth; ++i)
    if (outer[i] == "") unnamed = 1
    else scope = scope outer[i] "::"
  count++
  at[count] = FILENAME
  key[count] = scope name
  hidden[count] = unnamed
}

END {
  for (i = 1; i <= count; ++i)
    if (!hidden[i] && !((key[i]) in file)) file[key[i]] = at[i]
  for (i = 1; i <= count; ++i)
    if ((key[i]) in file && file[key[i]] != at[i]) {
      print key[i] ": in " file[key[i]] " and in " at[i]
      failed = 1
    }
  exit failed
}
