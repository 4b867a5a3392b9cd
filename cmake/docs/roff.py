# SPDX-License-Identifier: MIT
"""One man page in the man(7) language."""
import itertools
import re
import textwrap

NAME = re.compile(r"\b(tp_[a-z0-9_]*[a-z0-9]|TP_(?!\d)[A-Z0-9_]*[A-Z0-9])\b(?:\(\)|\(3\))?(?!_|\\\*)")


def escaped(text):
    text = text.replace("\\", r"\e").replace("…", "...").replace("-", r"\-")
    return "".join(c if c.isascii() else rf"\[u{ord(c):04X}]" for c in text)


def escaped_code(line):
    return (r"\&" if line[:1] in (".", "'") else "") + escaped(line)


def declaration(text):
    """The lines of a declaration of C, cut behind its arguments to fit a terminal."""
    text = re.sub(r"(\w)\(\*", r"\1 (*", text)
    if len(text) <= 70 or "(" not in text:
        return [text]
    indent = text.index("(") + 1
    if indent > 40:
        indent = 4
    lines, line = [], ""
    for part in re.split(r"(?<=,) ", text):
        if line and len(line) + len(part) > 70:
            lines.append(line)
            line = " " * indent + part
        else:
            line = f"{line} {part}" if line else part
    return lines + [line]


def first_clause(text):
    """The text up to the first full stop, colon or semicolon outside parentheses."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0 and re.match(r"[.:;](?: |$)", text[i:]) and not text[:i].endswith("what is"):
            return text[:i]
    return text


class Page:
    def __init__(self, name, pages, date, version, parameters=()):
        self.page_name, self.pages, self.parameters = name, pages, parameters
        self.mentioned = set()
        self.lines = [".\\\" SPDX-License-Identifier: MIT",
                      f'.TH {name} {pages[name]} "{date}" "libtpool {version}" "libtpool Manual"']

    def text(self):
        return "\n".join(self.lines) + "\n"

    def marked(self, text):
        """Text with bold names, which are references where they have a page."""
        def bold(match):
            name = match[1]
            if name not in self.pages or name == self.page_name:
                return rf"\%\fB{name}\fP"
            self.mentioned.add(name)
            return rf"\%\fB{name}\fP({self.pages[name]})"
        return NAME.sub(bold, escaped(text))

    def add(self, text):
        for line in textwrap.wrap(text, 78, break_long_words=False, break_on_hyphens=False):
            self.lines.append(rf"\&{line}" if line[0] in ".'" else line)

    def section(self, title):
        self.lines.append(f".SH {title}")

    def subsection(self, title):
        self.lines.append(f".SS {title}")

    def name(self, summary):
        """The line that whatis and apropos find."""
        summary = first_clause(summary)
        self.lines.append(escaped(self.page_name) + r" \- " + escaped(summary[0].lower() + summary[1:]))

    def sentence(self, text):
        """Text that begins with a capital, unless that would change a name."""
        word = re.match(r"\w*", text)[0]
        return text if "_" in word or word in self.parameters else text[0].upper() + text[1:]

    def paragraph(self, text):
        if not self.lines[-1].startswith((".SH", ".SS")):
            self.lines.append(".PP")
        self.add(self.marked(self.sentence(text)))

    def synopsis(self, lines):
        self.lines.append(".nf")
        for line in lines:
            for word in re.findall(r"\btp_\w+\b", line):
                if word in self.pages and word != self.page_name:
                    self.mentioned.add(word)
            self.lines.append(rf"\fB{escaped(line)}\fP" if line else "")
        self.lines.append(".fi")

    def code(self, text):
        if not self.lines[-1].startswith(".SH"):
            self.lines.append(".PP")
        self.lines += [".nf"] + [escaped_code(line) for line in text.split("\n")] + [".fi"]

    def numbered(self, items):
        for number, item in enumerate(items, 1):
            self.lines.append(f".IP {number}. 4")
            self.add(self.marked(item))

    def terms(self, pairs):
        """A list of (term, text); neighbours with one text share it."""
        for text, group in itertools.groupby(pairs, lambda pair: pair[1]):
            terms = ", ".join(term for term, _ in group)
            self.lines += [".TP", self.marked(terms) if terms.endswith(")") else rf"\fB{escaped(terms)}\fP"]
            self.add(self.marked(text))

    def see_also(self):
        names = sorted(self.mentioned | {"tpool"} - {self.page_name})
        if self.page_name == "tpool":
            names = ["tp_pool_create", "tp_pool_map"]
        self.section("SEE ALSO")
        self.lines.append(",\n".join(rf"\%\fB{name}\fP({self.pages[name]})" for name in names))
