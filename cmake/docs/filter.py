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
TREE = pathlib.Path(__file__).resolve().parents[2]
GUIDE, EXAMPLES = TREE / "tests/guide", TREE / "tests/examples"
# The pages of the HTML, with the guide's chapters; docs.cmake has them, too.
PAGES = [TREE / page for page in ("README.md", "PLATFORMS.md", "CHANGELOG.md", "SECURITY.md", "tests/ffi/README.md",
                                  "tests/bench/README.md")]
# A topic of the C interface has the name of its header.
TOPICS = re.findall(r"defgroup c_(\w+)", (TREE / "cmake/docs/topics.dox").read_text(encoding="utf-8"))
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
    """The lines of one comment in Doxygen's language, whose first sentence is the summary."""
    since = re.match(r"(Since TP_[\d.]+\.) (.*)", lines[0])
    if since:
        lines = [since[2]] + lines[1:]
        lines[-1] += " " + since[1]
    out, start = [], 0
    for i in range(len(lines) + 1):
        if i == len(lines) or not lines[i].strip():
            out += paragraph(lines[start:i]) if start < i else []
            out += [""] if i < len(lines) else []
            start = i + 1
    return out


class CHeader:
    """Comments of C: above a declaration, behind a field or macro, or on their own."""

    def __init__(self, text, name):
        self.name = name
        self.text = re.sub(r"SPDX.*\*/\n/\* ", r"\\file\n", text, count=1)
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
        return self.grouped(text.replace("  TP_STATUS_MAP(TP_STATUS_ENUM)", enum))

    def grouped(self, text):
        """The header as a topic, whose marks stand in place of the include guard."""
        if self.name not in TOPICS:
            return text
        begin = f"/** \\\\addtogroup c_{self.name}\n\\\\{{ */"
        text = re.sub(r"(?m)^#ifndef TPOOL_\w+_H\n#define TPOOL_\w+_H$", begin, text)
        return re.sub(r"#endif\n\Z", r"/** \\} */\n", text)


# What a reader is told of a type that the compiler works out: Value is what the callable returns.
VALUES = {"map": "std::vector<Value>", "starmap": "std::vector<Value>",
          "map_async": "AsyncResult<std::vector<Value>>", "starmap_async": "AsyncResult<std::vector<Value>>",
          "imap": "ImapIterator<Value>", "imap_unordered": "ImapIterator<Value>", "then": "Future<Value>",
          "when_all": "Future<std::tuple<Values...>>", "feed": "FeedIterator<Item, Value>",
          "feed_unordered": "FeedIterator<Item, Value>", "invoke": "std::tuple<Values...>", "apply": "Value",
          "apply_async": "AsyncResult<Value>", "operator co_await": "Awaiter",
          "cancel_on": "std::stop_callback<Cancel>"}
TYPES = ((r"detail::(?:ValueOf|ClosureValue)<F, Args\.\.\.>", "Value"), (r"detail::(?:Stored|Lent)<(\w+)>", r"\1"),
         (r"detail::ClosureDone<F, Args\.\.\.>", "void"), (r"detail::PoolAwaiter (?=schedule)", "Awaiter "),
         (r"detail::kForever", "TP_FOREVER"), (r"(class \w+) = detail::\w+(?:<.*>)?(?=,$)", r"\1"),
         (r"(class Show) = detail::ProgressBar", r"\1"), (r"decltype\(auto\) get\(", "Value get("),
         (r"\bdetail::", ""))


def readable(line):
    """A line with the types that matter to a reader."""
    for pattern, word in TYPES:
        line = re.sub(pattern, word, line)
    value = "Outcome<Value>" if "(keep_errors_t" in line else "Value"
    return re.sub(r"\bauto ((?:\w+(?:<[\w, ]+>)?::)?)(operator co_await|\w+)\(",
                  lambda m: f"{VALUES.get(m[2], 'auto').replace('Value', value, 1)} {m[1]}{m[2]}(", line)


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
                line = whole[1] + kind + words(whole[2])
        elif behind:
            kind = "///< "
            line = f"{behind[1]}  {kind}{words(behind[2])}"
        else:
            kind = ""
            line = readable(line)
        out.append(line)
    return "\n".join(out)


def label_of(path):
    """The label of a page: its name; of a README that of its folder."""
    if path == TREE / "README.md":
        return "index"
    return path.parent.name if path.stem == "README" else path.stem.lower()


def outside_code(change, text):
    """The text, changed but for its blocks of code."""
    parts = re.split(r"(?ms)(^```.*?^```$)", text)
    parts[::2] = map(change, parts[::2])
    return "".join(parts)


def page(text, path):
    """A page of the tree, with labels for links: Doxygen's own take no spaces in the path of the tree."""
    name, seen = label_of(path), {}

    def heading(match):
        """A heading with the label that links of the tree's pages use, as GitHub makes them."""
        slug = re.sub(r"[^a-z0-9 -]", "", match[2].lower()).replace(" ", "-")
        count = seen[slug] = seen.get(slug, -1) + 1
        return f"{match[1]} {match[2]} {{#{name}-{slug}{f'-{count}' if count else ''}}}"

    def link(match):
        """A link to what the HTML has. Another file of the tree is its name."""
        text, (file, _, part) = match[1], match[2].partition("#")
        to = (path.parent / file).resolve() if file else path
        if to in PAGES or to.parent == GUIDE and to.suffix == ".md":
            kind = "subpage" if name == "guide" and to.parent == GUIDE else "ref"
            return rf'\{kind} {label_of(to)}{part and "-" + part} "{text}"'
        if to.parent == TREE / "include/tpool":
            return rf'\ref c_{to.stem if to.stem in TOPICS else "api"} "{text}"'
        is_program = to.suffix in (".c", ".cpp", ".h", ".py") and not {GUIDE, EXAMPLES}.isdisjoint(to.parents)
        return f"[{text}]({to.name})" if is_program else text

    def changed(text):
        text = re.sub(r"(?m)^(##+) (.*)$", heading, text)
        text = re.sub(r"!\[([^]]*)\]\([a-z./]*?([a-z.]+)\)", r"![\1](\2)", text)
        return re.sub(r"(?<!!)\[([^]]*)\]\((?!https?:)([^)]*)\)", link, text)

    text = re.sub(r"^<!--.*-->\n", "", text)  # the title has to be first
    if name != "index":
        text = re.sub(r"\A(# .*)", rf"\1 {{#{name}}}", text)
    return outside_code(changed, text)


path = pathlib.Path(sys.argv[1]).resolve()
source = path.read_text(encoding="utf-8")
if path.suffix == ".hpp":
    # Doxygen stumbles over a specialization that names its namespace.
    source = re.sub(r"(?m)^struct std::", "struct ", cpp_header(source))
elif path.suffix == ".h":
    source = CHeader(source, path.stem).filtered()
elif path.suffix == ".md":
    source = page(source, path)
sys.stdout.write(source)
