# SPDX-License-Identifier: MIT
"""Draws results as a small SVG: a row for each workload, a dot for each library, a line of text for each row."""
import html
import math

from workloads import LIMIT, OURS, OURS_CPP, WORKLOADS, in_words

LEFT, WIDTH, ROW, TOP = 150, 900, 18, 40  # px
DECADES = 2  # how many powers of ten the axis shows on each side of our own value
COLOURS = ("#d9a441", "#7fb069", "#8d6a9f", "#5fa8d3", "#c97b63", "#6b9080", "#b5838d", "#a3a380")


def colours(libraries):
    peers = [name for name in libraries if name not in (OURS, OURS_CPP, LIMIT)]
    return {OURS: "#c1121f", OURS_CPP: "#e5737a", LIMIT: "#555555",
            **{name: COLOURS[k % len(COLOURS)] for k, name in enumerate(peers)}}


def x_of(ratio):
    """Where a value that is so many times the value of OURS lies: a logarithmic axis, cut at its ends."""
    decades = max(-DECADES, min(DECADES, math.log10(ratio)))
    return LEFT + WIDTH * (decades + DECADES) / (2 * DECADES)


def row(results, name, y, colour):
    base = results.value(results.best_of(OURS, name))
    dots = []
    for library in results.libraries():
        case = results.best_of(library, name)
        value = results.value(case) if case else 0
        if value > 0:
            text = html.escape(f"{library}: {in_words(value, WORKLOADS[name].unit)}")
            dots.append(f'<circle cx="{x_of(value / base):.0f}" cy="{y}" r="5" fill="{colour[library]}">'
                        f"<title>{text}</title></circle>")
    return f'<text x="8" y="{y + 4}">{name}</text>' + "".join(dots)


def draw(results, path):
    colour = colours(results.libraries())
    names = [name for name in WORKLOADS
             if (ours := results.best_of(OURS, name)) and results.value(ours) > 0]
    bottom = TOP + ROW * len(names)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{bottom + 20}"'
             ' font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="#ffffff"/>']
    for k, library in enumerate(results.libraries()):
        lines.append(f'<text x="{8 + 85 * k}" y="16" fill="{colour[library]}">{library}</text>')
    for power in range(-DECADES, DECADES + 1):
        x = x_of(10 ** power)
        lines.append(f'<path d="M{x:.0f} {TOP - 10}V{bottom}" stroke="#dddddd"/>'
                     f'<text x="{x:.0f}" y="{bottom + 12}" text-anchor="middle">{10 ** power:g} x</text>')
    lines += [row(results, name, TOP + ROW * k, colour) for k, name in enumerate(names)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, "</svg>", ""]))
