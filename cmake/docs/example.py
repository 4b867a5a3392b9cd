# SPDX-License-Identifier: MIT
"""Examples for man pages, from the guide: the part of a program that names the page; else a block of a chapter that
calls the function; else the shortest function of a program that does. The tests run what all three are from."""
import re

PART = re.compile(r"^/\* EXAMPLE of ([\w, ]+) \*/\n(.*?)\n*(?=^/\* EXAMPLE of |^int main\()", re.S | re.M)


class Examples:
    def __init__(self, guide):
        chapters = [path.read_text(encoding="utf-8") for path in sorted(guide.glob("*.md"))]
        programs = [path.read_text(encoding="utf-8") for path in sorted(guide.glob("*.c"))]
        self.parts = {name: part for text in programs for names, part in PART.findall(text)
                      for name in names.split(", ")}
        self.blocks = [block for text in chapters for block in re.findall(r"```c\n(.*?)\n```", text, re.S)]
        self.functions = [function for text in programs
                          for function in re.findall(r"^[a-z].*\) \{\n(?:.*\n)*?\}$", text, re.M)]

    def of(self, name):
        """A few lines that call the function, or None."""
        if name in self.parts:
            return self.parts[name]
        call = re.compile(rf"\b{name}\(")
        for pieces in (self.blocks, self.functions):
            found = [piece for piece in pieces if call.search(piece) and piece.count("\n") < 30]
            if found:
                return min(found, key=len)
        return None
