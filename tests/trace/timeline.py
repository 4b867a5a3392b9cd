#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws a trace of tp_pool_trace_start as a timeline: a lane for each thread, a colour for each job.
Usage: timeline.py TRACE [SVG]"""
import collections
import html
import json
import re
import sys

WIDTH, LEFT, RIGHT = 900, 130, 12  # px
LANE, GAP, TEXT, TOP = 34, 10, 12, 34
COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#994f00", "#555555")
OTHERS = {"sleep": "#eeeeee", "wait": "#bbbbbb"}  # what no job runs meanwhile
RUNS = ("task", "chunk", "items", "callback", "pull")
PULL = 0.45  # of the height: pulls are no work of the job's own

Span = collections.namedtuple("Span", "lane begin end depth colour category label")


def job_of(event):
    """What the spans of one colour have in common: the name of the job, without its range."""
    name = re.sub(r" \[\d+, \d+\)$", "", event["name"])
    return re.sub(r"^(callback|pull|wait) ", "", name)


def spans_of(events):
    """The spans of all lanes, outermost first, with how deep each lies in others."""
    lanes = collections.defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            lanes[event["tid"]].append(event)
    for lane, found in lanes.items():
        found.sort(key=lambda event: (event["ts"], -event["dur"]))
        ends = []
        for event in found:
            begin, end = event["ts"], event["ts"] + event["dur"]
            while ends and ends[-1] <= begin + 1e-6:
                ends.pop()
            yield lane, begin, end, len(ends), event
            ends.append(end)


def colours_of(events):
    """A colour for each job, those that ran longest first; the others have the last one."""
    times = collections.Counter()
    for event in events:
        if event.get("cat") in RUNS:
            times[job_of(event)] += event["dur"]
    names = [name for name, _ in times.most_common()]
    return {name: COLOURS[min(i, len(COLOURS) - 1)] for i, name in enumerate(names)}


def merged(spans, least):
    """Spans of one kind with less than a pixel between them are one: nobody sees them apart."""
    last = {}
    for span in spans:
        key = (span.lane, span.depth, span.colour, span.category)
        before = last.get(key)
        if before and span.begin - before.end < least and before.end - before.begin < 4 * least:
            last[key] = before._replace(end=max(before.end, span.end), label="")
            continue
        if before:
            yield before
        last[key] = span
    yield from last.values()


def in_words(microseconds):
    for unit, factor in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= factor:
            return f"{microseconds / factor:g} {unit}"
    return f"{microseconds:g} us"


class Picture:
    def __init__(self, trace):
        events = trace["traceEvents"]
        self.lanes = {event["tid"]: event["args"]["name"] for event in events
                      if event["ph"] == "M" and event["name"] == "thread_name"}
        self.colours = colours_of(events)
        self.spans = [self.span(*found) for found in spans_of(events)]
        seen = {span.lane for span in self.spans}
        workers = range(1, 10_000)  # they have a row also without a span
        places = {event["tid"]: event["args"]["sort_index"] for event in events
                  if event["name"] == "thread_sort_index"}
        self.lanes = {lane: self.lanes[lane] for lane in sorted(self.lanes, key=places.get)
                      if lane in seen or lane in workers}
        self.row = {lane: i for i, lane in enumerate(self.lanes)}
        self.end = max([span.end for span in self.spans], default=1)
        self.scale = (WIDTH - LEFT - RIGHT) / self.end

    def span(self, lane, begin, end, depth, event):
        category = event["cat"]
        colour = OTHERS.get(category) or self.colours[job_of(event)]
        return Span(lane, begin, end, depth, colour, category, event["name"])

    def x(self, time):
        return LEFT + time * self.scale

    def top(self, lane):
        return TOP + self.row[lane] * (LANE + GAP)

    def rectangles(self):
        for span in merged(self.spans, 0.5 / self.scale):
            height = LANE * (PULL if span.category == "pull" else 1) - 5 * min(span.depth, 4)
            width = max((span.end - span.begin) * self.scale, 0.3)
            if span.category == "pull" and width < 0.5:
                continue  # too short to be seen
            x, bottom = self.x(span.begin), self.top(span.lane) + LANE
            yield (f'<rect x="{x:.2f}" y="{bottom - height:.1f}" width="{width:.2f}"'
                   f' height="{height:.1f}" fill="{span.colour}"'
                   + (' stroke="#ffffff" stroke-width="0.7">' if width > 2 else ">") +
                   f"<title>{html.escape(span.label or job_of({'name': span.category}))}"
                   f" {in_words(round(span.end - span.begin, 1))}</title></rect>")
            label = self.label(span, width)
            if label:
                yield (f'<text x="{x + 4:.1f}" y="{bottom - 8}" fill="#ffffff">'
                       f"{html.escape(label)}</text>")

    @staticmethod
    def label(span, width):
        """The name, or at least the range, if there is room for it."""
        if span.category not in ("task", "chunk", "items"):
            return ""
        labels = [span.label] + re.findall(r"\[\d+, \d+\)$", span.label)
        return next((label for label in labels if width > 7 * len(label) + 6), "")

    def axis(self):
        step = 10 ** len(str(int(self.end))) / 1000
        while self.end / step > 8:
            step *= 2 if str(f"{step:e}")[0] in "15" else 2.5
        bottom = TOP + len(self.lanes) * (LANE + GAP)
        for i in range(int(self.end / step) + 1):
            x = self.x(i * step)
            yield f'<path d="M{x:.1f} {TOP - 4}V{bottom}" stroke="#dddddd"/>'
            yield (f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">'
                   f"{in_words(i * step)}</text>")

    def legend(self):
        x = LEFT
        entries = list(self.colours.items())[:len(COLOURS) - 1]
        for name, colour in entries + list(OTHERS.items()):
            name = name if len(name) < 20 else name[:19] + "…"
            width = 26 + 7.5 * len(name)
            if x + width > WIDTH:
                break
            yield (f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/>'
                   f'<text x="{x + 17}" y="18">{html.escape(name)}</text>')
            x += width

    def draw(self):
        height = TOP + len(self.lanes) * (LANE + GAP) + 24
        yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
               f' viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="{TEXT}"'
               ' stroke="none">')
        yield f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        yield from self.legend()
        yield from self.axis()
        for lane, name in self.lanes.items():
            yield (f'<text x="{LEFT - 8}" y="{self.top(lane) + LANE / 2 + 4}" text-anchor="end">'
                   f"{html.escape(name[:18])}</text>")
        yield from self.rectangles()
        yield "</svg>"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        trace = json.load(file)
    text = "\n".join(line for line in Picture(trace).draw() if line) + "\n"
    if len(sys.argv) == 3:
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
