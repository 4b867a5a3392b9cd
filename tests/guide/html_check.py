# SPDX-License-Identifier: MIT
"""Checks the HTML reference: each function of the C headers is in a topic, links and pictures lead to something, code
of C++ shows types that a reader knows, chapters have their code, and the search finds functions.

Usage: html_check.py HEADER_DIRECTORY HTML_DIRECTORY XML_DIRECTORY
"""
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree
from html import unescape


def read(*paths):
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def topics_of(xml):
    """The functions of each topic of the C interface."""
    groups = (ElementTree.parse(path).find("compounddef") for path in xml.glob("group__c__*.xml"))
    return {group.findtext("compoundname"): {function.findtext("name") for function in
                                             group.iter("memberdef") if function.get("kind") == "function"}
            for group in groups if group.findtext("compoundname") != "c_api"}


def wrong_topics(headers, xml):
    topics = topics_of(xml)
    declared = set(re.findall(r"(?m)^TP_API [^;(]*?(tp_\w+)\(", read(*headers.glob("*.h"))))
    found = set().union(*topics.values())
    print(f"{len(topics)} topics, {len(found)} of {len(declared)} functions")
    return ([f"no function in the topic {topic}" for topic, functions in topics.items() if not functions]
            + [f"{name} is in no topic" for name in sorted(declared - found)]
            + (["few functions"] if len(declared) < 90 else []))


def wrong_links(html):
    """Links and pictures that lead nowhere."""
    wrong, count = [], 0
    for page in html.glob("*.html"):
        for link in set(re.findall(r'(?:<a [^>]*href|<img [^>]*src|<object [^>]*data)="([^"#]+)', read(page))):
            count += 1
            if not re.match(r"\w+:", link) and not (html / urllib.parse.unquote(link)).is_file():
                wrong.append(f"{page.name} leads to {link}")
    print(f"{count} links and pictures")
    return wrong + (["few links"] if count < 1000 else [])


def wrong_types(html, xml):
    """Types that only the library knows, or that only the compiler does."""
    wrong = [f"{path.name} has detail::" for path in html.glob("*.html") if "detail::" in read(path)]
    functions = [node for path in xml.glob("*.xml") for node in ElementTree.parse(path).iter("memberdef")
                 if node.get("kind") == "function" and node.get("prot") == "public"]
    return wrong + [f"{node.findtext('definition')} returns auto" for node in functions
                    if re.search(r"\bauto\b", "".join(node.find("type").itertext()))]


def wrong_search(html):
    found = read(*(html / "search").glob("all_*.js"))
    return [f"the search does not find {name}" for name in ("tp_pool_map", "ClusterPool") if f"['{name}'" not in found]


def wrong_code(html):
    """Lines of code that a chapter has lost: a lambda looks like a link of Markdown."""
    wrong = []
    for chapter in pathlib.Path(__file__).parent.glob("[a-z]*.md"):
        shown = unescape(re.sub(r"<[^>]*>", "", read(html / f"{chapter.stem}.html")))
        code = "".join(re.findall(r"(?ms)^```c(?:pp)?\n(.*?)^```$", read(chapter)))
        wrong += [f"{chapter.stem} has lost {line}" for line in code.splitlines() if line.strip() not in shown]
    return wrong


def main():
    headers, html, xml = map(pathlib.Path, sys.argv[1:4])
    wrong = (wrong_topics(headers, xml) + wrong_links(html) + wrong_types(html, xml) + wrong_search(html)
             + wrong_code(html))
    print(*wrong, sep="\n")
    sys.exit(bool(wrong))


main()
