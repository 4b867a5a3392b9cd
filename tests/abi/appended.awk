# SPDX-License-Identifier: MIT
# Prints a dump without the fields that it has behind the end of the sized structs of the release,
# which older programs do not see. Usage: awk -f appended.awk <dump of the release> <dump>
function attribute(name) {
  return match($0, name "='[^']*'") ? \
    substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3) : ""
}

/<class-decl .* size-in-bits=/ {
  struct = attribute("name")
  sized = struct ~ /^tp_(task|pool_options|job_options|pool_stats)$/
  if (sized && NR == FNR) size[struct] = attribute("size-in-bits") + 0
  else if (sized && attribute("size-in-bits") + 0 > size[struct])
    sub(/size-in-bits='[0-9]*'/, "size-in-bits='" size[struct] "'")
}
sized && NR != FNR && /<data-member / {
  appended = attribute("layout-offset-in-bits") + 0 >= size[struct]
}
NR != FNR && !appended
/<.data-member>/ { appended = 0 }
/<.class-decl>/ { sized = 0 }
