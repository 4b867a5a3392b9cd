# SPDX-License-Identifier: MIT
"""Checks the trace of a stream, and a picture of it.
Usage: busy.py TRACE SVG WORKERS ITEMS"""
import json
import re
import sys
import xml.etree.ElementTree

trace, picture, workers, items = sys.argv[1:]
with open(trace, encoding="utf-8", errors="strict") as file:
    events = json.load(file)["traceEvents"]

time, ran = {}, 0
for event in events:
    if event.get("cat") == "items":
        time[event["tid"]] = time.get(event["tid"], 0) + event["dur"]
        ran += event["args"]["last"] - event["args"]["first"]
        assert re.fullmatch(r"checksum \[\d+, \d+\)", event["name"]), event
end = max(event["ts"] + event.get("dur", 0) for event in events if "ts" in event)
lanes = {event["args"]["name"]: event["tid"] for event in events if event["name"] == "thread_name"}
for i in range(int(workers)):
    share = time.get(lanes[f"tpool-w{i}"], 0) / end
    print(f"tpool-w{i}: {share:.0%} busy")
    assert share > 0.02, "a worker that did next to nothing"
assert ran == int(items), f"{ran} items of {items}"

SVG = "{http://www.w3.org/2000/svg}"
root = xml.etree.ElementTree.parse(picture).getroot()
assert root.tag == SVG + "svg" and int(root.get("width")) <= 900
assert float(root.get("font-size")) >= 11
assert not any(element.get("font-size") for element in root.iter() if element is not root)
texts = [element.text for element in root.iter(SVG + "text")]
assert "checksum" in texts and all(f"tpool-w{i}" in texts for i in range(int(workers))), texts
assert sum(1 for _ in root.iter(SVG + "rect")) > int(workers)
