# SPDX-License-Identifier: MIT
"""Examples for man pages, from the guide: a block of a chapter that calls the function, else the shortest function of
one of its programs that does. The tests run what both are from."""
import re


class Examples:
    def __init__(self, guide):
        chapters = [path.read_text(encoding="utf-8") for path in sorted(guide.glob("*.md"))]
        self.blocks = [block for text in chapters for block in re.findall(r"```c\n(.*?)\n```", text, re.S)]
        self.functions = [function for path in sorted(guide.glob("*.c"))
                          for function in re.findall(r"^[a-z].*\) \{\n(?:.*\n)*?\}$",
                                                     path.read_text(encoding="utf-8"), re.M)]

    def of(self, name):
        """A few lines that call the function, or None."""
        call = re.compile(rf"\b{name}\(")
        for pieces in (self.blocks, self.functions):
            found = [piece for piece in pieces if call.search(piece) and piece.count("\n") < 30]
            if found:
                return min(found, key=len)
        return None
