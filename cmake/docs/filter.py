#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Doxygen's filter: prints a header with its plain comments as Doxygen's, line for line, or a chapter.

What stands for "Owns:" is an alias, label{Owns}, which docs.cmake has.
"""
import pathlib
import re
import sys

LABEL = re.compile(r"(Owns|Callback|Requires|Blocks|Threads|Errors|Since):\s+(.*)")
NAME = re.compile(r"\b(tp_[a-z0-9_]*[a-z0-9]|TP_(?!\d)[A-Z0-9_]*[A-Z0-9])\b")
ITEM = re.compile(r" *\d+\. ")
MACROS = re.compile(r"(\*/\n#define (TP_\w+) .*)((?:\n#define TP_\w+ +[\w.]+$)+)", re.M)
STATUS = re.compile(r'^  X\((\w+), (-?\d+), "(.*)"\)', re.M)


def words(text):
    """Text that means nothing to Doxygen, but for links from the names."""
    return NAME.sub(r"#\1", re.sub(r"([\\@$#%&<>*])", r"\\\1", text.strip()))


def paragraph(lines):
    """Lines without a blank one: code when all are indented, items of a list, or text."""
    if any(map(ITEM.match, lines)):
        return [("    " if line.startswith("    ") else "") + words(line) for line in lines]
    if all(line.startswith("  ") for line in lines):
        return ["    " + line for line in lines]
    out = []
    for line in lines:
        label = LABEL.match(line)
        out.append(rf"\label{{{label[1]}}} {words(label[2])}" if label else words(line))
    return out


def marked(lines):
    """The lines of one comment in Doxygen's language."""
    out, start = [], 0
    for i in range(len(lines) + 1):
        if i == len(lines) or not lines[i].strip():
            out += paragraph(lines[start:i]) if start < i else []
            out += [""] if i < len(lines) else []
            start = i + 1
    return out


class CHeader:
    """Comments of C: above a declaration, behind a field or macro, or on their own."""

    def __init__(self, text):
        self.text = re.sub(r"(?s)SPDX.*?Stage \d+: ", r"\\file\n", text, count=1)
        self.since = ""  # of the fields that follow in this struct

    def comment(self, match):
        if match[0] == "}":
            self.since = ""
            return "}"
        before = self.text[self.text.rfind("\n", 0, match.start()) + 1:match.start()]
        if before.startswith("#") and "#define" not in before:
            return match[0]
        if re.fullmatch(r"/\* tp_\w+\.flags \*/", match[0]):  # says only where the next ones go
            return match[0]
        lines = re.sub(r"(?m)^ \* ?", "", match[0][3:-2]).split("\n")
        if before.strip():
            return "/**< " + "\n".join(map(words, lines)) + self.since + " */"
        if before:
            self.since = f"; {lines[0].strip().lower().replace('tp_', 'TP_')}"
            return match[0]
        if lines[0] == r"\file":
            return "/** \\file\n" + "\n".join(marked(lines[1:])) + " */"
        if self.text[match.end():].startswith("\n\n"):  # of the whole file: a title, a blank line, text
            return "/** \\file\n\\par " + "\n".join([words(lines[0])] + marked(lines[2:])) + " */"
        return "/** " + "\n".join(marked(lines)) + " */"

    def filtered(self):
        text = re.sub(r"(?sm)/\*.*?\*/|^}", self.comment, self.text)
        # A comment above several macros is that of each.
        text = MACROS.sub(
            lambda m: m[1] + re.sub(r"(?m)$", rf" /**< \\copydoc {m[2]} */", m[3][1:]).join("\n "), text)
        # The header makes the statuses from a list.
        enum = " ".join(f"{s[1]} = {s[2]}, /**< {s[3]}. */" for s in STATUS.finditer(text))
        return text.replace("  TP_STATUS_MAP(TP_STATUS_ENUM)", enum)


def cpp_header(text):
    """Comments of C++: lines above what they are about, or behind it and on in the next lines."""
    out, in_class, kind = [], False, ""
    for line in text.split("\n"):
        in_class = in_class and not line.startswith("}") or bool(
            re.match(r"(class|struct|union|enum)\b.*\{$", line))
        whole = re.match(r"( *)// ?(.*)", line)
        behind = in_class and re.match(r"(  [^ /].*?) +// (.*)", line)
        if whole and "SPDX-" in line:
            kind = "/// "
            line = r"/// \file"
        elif whole:
            if not kind and len(whole[1]) <= (2 if in_class else 0):
                kind = "/// "
            if kind:
                line = whole[1] + kind + words(re.sub(r"^Stage \d+: ", "", whole[2]))
        elif behind:
            kind = "///< "
            line = f"{behind[1]}  {kind}{words(behind[2])}"
        else:
            kind = ""
        out.append(line)
    return "\n".join(out)


def chapter(text, stem):
    """A chapter of the guide, with labels for links: Doxygen's own take no spaces in the path of the tree."""
    text = re.sub(r"^<!--.*-->\n", "", text)  # the title has to be first
    if stem != "README":
        text = re.sub(r"(?m)\A(# .*)$", rf"\1 {{#{stem}}}", text)
    text = re.sub(r"\[([^]]*)\]\(([a-z-]+)\.md\)", r'\\ref \2 "\1"', text)
    text = re.sub(r"!\[([^]]*)\]\(\.\./[a-z/]*/([a-z.]+)\)", r"![\1](\2)", text)
    return re.sub(r"\[([^]]*)\]\(\.\./[^)]*\)", r"\1", text)  # other files of the tree are their names


path = pathlib.Path(sys.argv[1])
source = path.read_text(encoding="utf-8")
if path.suffix == ".hpp":
    # Doxygen stumbles over a specialization that names its namespace.
    source = re.sub(r"(?m)^struct std::", "struct ", cpp_header(source))
elif path.suffix == ".h":
    source = CHeader(source).filtered()
elif path.suffix == ".md":
    source = chapter(source, path.stem)
sys.stdout.write(source)
