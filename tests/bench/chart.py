# SPDX-License-Identifier: MIT
"""Draws results as an SVG with gnuplot."""
import os
import shutil
import subprocess
import sys
import textwrap

from workloads import LIMIT, OURS, OURS_CPP, WORKLOADS

COLUMNS, CELL = 4, (420, 260)
TITLE_WIDTH = 60
GREY, COLOURS = "#555555", ["#d9a441", "#7fb069", "#8d6a9f", "#5fa8d3", "#c97b63", "#6b9080",
                            "#b5838d", "#a3a380"]
HEAD = """set terminal svg size {},{} font 'sans,10' noenhanced background '#ffffff'
set output '{}'
set multiplot layout {},{}
set style fill solid
set boxwidth 0.8
set tics nomirror
set format y '%g'
"""


def colours(libraries):
    peers = [name for name in libraries if name not in (OURS, OURS_CPP, LIMIT)]
    return {OURS: "#c1121f", OURS_CPP: "#e5737a", LIMIT: GREY,
            **{name: COLOURS[k % len(COLOURS)] for k, name in enumerate(peers)}}


def scale_of(unit):
    return {"ns": (1e-3, "us"), "B": (1, "bytes"), "x": (1, "times")}.get(unit, (1, ""))


def bar_panel(results, name, colour):
    """Medians with min and max, one bar for each library that has the workload."""
    workload = WORKLOADS[name]
    factor, unit = scale_of(workload.unit)
    rows, least, most = [], float("inf"), 0
    for library in results.libraries():
        case = results.best_of(library, name)
        if case is None:
            continue
        low, high = results.span(case)
        values = [factor * value for value in (results.value(case), low, high)]
        least, most = min(least, values[1]), max(most, values[2])
        rows.append(f'{len(rows)} {values[0]} {values[1]} {values[2]}'
                    f' {int(colour[library][1:], 16)} "{library}"')
    log = least > 0 and not workload.more
    title = "\\n".join(textwrap.wrap(f"{name}: {workload.title}", TITLE_WIDTH))
    return [f'set title "{title}" font ",9"', f"set ylabel '{unit}'",
            "unset key", "set xtics rotate by 40 right", "unset logscale",
            "set logscale y" if log else "",
            f"set yrange [{least / 2 if log else 0}:{most * (2 if log else 1.1) or 1}]",
            "set xrange [-0.7:" + f"{len(rows) - 0.3}]", "$data << EOD", *rows, "EOD",
            "plot $data using 1:2:5:xtic(6) with boxes lc rgb variable,"
            " $data using 1:3:(0):($4-$3) with vectors nohead lw 2 lc rgb 'black'"]


def line_panel(results, sweep, colour):
    """One line for each library."""
    by_size = sweep.sizes != (None,)
    factor, unit = scale_of(WORKLOADS[sweep.workload].unit)
    data, plots = [], []
    for library in results.libraries():
        points = []
        for count in sweep.workers:
            for n in sweep.sizes:
                case = results.best_of(library, sweep.workload, count, n)
                if case:
                    points.append(f"{n if by_size else count} {factor * results.value(case)}")
        if points:
            data += [f"$d{len(plots)} << EOD", *points, "EOD"]
            plots.append(f"$d{len(plots)} with linespoints pt 7 ps 0.3 lw"
                         f" {2 if library in (OURS, OURS_CPP) else 1}"
                         f" lc rgb '{colour[library]}' title '{library}'")
    if not plots:
        return []
    title = f"{sweep.workload} by {'size' if by_size else 'number of workers'}"
    return [f"set title '{title}' font ',9'", f"set ylabel '{unit}'", "unset xtics", "set xtics",
            "set xtics norotate", "set logscale xy", "set xrange [*:*]", "set yrange [*:*]",
            "set key outside right font ',8' samplen 1", *data, "plot " + ", ".join(plots)]


def draw(results, sweeps, path):
    if shutil.which("gnuplot") is None:
        print(f"no gnuplot (Debian: gnuplot-nox), so no {os.path.basename(path)}",
              file=sys.stderr)
        return
    colour = colours(results.libraries())
    panels = [bar_panel(results, name, colour) for name in WORKLOADS if results.cases(name)]
    panels += [panel for sweep in sweeps if (panel := line_panel(results, sweep, colour))]
    rows = -(-len(panels) // COLUMNS)
    script = HEAD.format(COLUMNS * CELL[0], rows * CELL[1], path, rows, COLUMNS)
    script += "\n".join(line for panel in panels for line in panel)
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
