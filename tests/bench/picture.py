# SPDX-License-Identifier: MIT
"""Draws the table of times in README.md: a bar for libtpool, one for the best other library, and one for CPython in
each row that has times, on a logarithmic scale. Usage: picture.py <README.md>"""
import math
import re
import sys

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1}
SERIES = ("libtpool", "best other library", "CPython")
LEFT, RIGHT, TOP, BAR, GAP = 330, 90, 60, 11, 10
WIDTH, LEAST, MOST = 960, 1e-9, 1e-2


def seconds(cell):
    """The time that a cell begins with, and its text, or None. Of several numbers the first one."""
    text = cell.replace("*", "").strip()
    match = re.match(r"([\d.]+)((?: / [\d.]+)*) (ns|us|µs|ms|s)\b", text)
    return (float(match[1]) * UNITS[match[3]], f"{match[1]} {match[3]}") if match else None


def rows(page):
    table = page.split("\n| | libtpool |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    before = ""
    for line in table:
        name, *cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        name = re.sub(r"(\d+)( / \d+)+", r"\1", name.replace("**", ""))
        if not name.startswith("the same"):
            before = name
        times = [seconds(cell) for cell in cells]
        if times[0] and times[1]:
            yield name.replace("the same", before.split(",")[0], 1), times


def x(value):
    part = (math.log10(value) - math.log10(LEAST)) / (math.log10(MOST) - math.log10(LEAST))
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def bar(index, y, time):
    return (f'<rect class="s{index}" x="{LEFT}" y="{y}" width="{max(2, x(time[0]) - LEFT):.1f}" height="{BAR}"/>'
            f'<text class="value" x="{x(time[0]) + 5:.1f}" y="{y + BAR - 1}">{time[1]}</text>')


def draw(found):
    parts, y = [], TOP
    for name, times in found:
        parts.append(f'<text class="name" x="{LEFT - 10}" y="{y + 12}">{name}</text>')
        for index, time in enumerate(times):
            if time:
                parts.append(bar(index, y, time))
                y += BAR
        y += GAP
    for power in range(-9, -1):
        at, word = x(10.0 ** power), ("1 ns", "10 ns", "100 ns", "1 us", "10 us", "100 us", "1 ms",
                                          "10 ms")[power + 9]
        parts.insert(0, f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 8}" y2="{y}"/>'
                        f'<text class="scale" x="{at:.1f}" y="{TOP - 14}">{word}</text>')
    for index, name in enumerate(SERIES):
        at = LEFT + 180 * index
        parts.append(f'<rect class="s{index}" x="{at}" y="12" width="14" height="14"/>'
                     f'<text class="key" x="{at + 20}" y="24">{name}</text>')
    return y + 4, parts


STYLE = """text{font:12px sans-serif;fill:#24292f}.name{text-anchor:end}.value{font-size:10px}.scale{text-anchor:middle}
.key{font-size:13px}line{stroke:#d0d7de}.bg{fill:#fff}.s0{fill:#0969da}.s1{fill:#8c959f}.s2{fill:#d4a72c}"""

with open(sys.argv[1], encoding="utf-8") as page:
    height, parts = draw(list(rows(page.read())))
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
      f'aria-label="Times of libtpool, of the best other library and of CPython, logarithmic">')
print(f"<!-- SPDX-License-Identifier: MIT. Drawn by tests/bench/picture.py. -->\n<style>{STYLE}</style>")
print(f'<rect class="bg" width="{WIDTH}" height="{height}"/>')
print("\n".join(parts))
print("</svg>")
