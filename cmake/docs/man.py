#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the man pages, one for each function and type and tpool(7), from Doxygen's XML of the C headers.

Usage: man.py XML_DIRECTORY MAN_DIRECTORY VERSION SOURCE_DIRECTORY. Stops at anything public that has no comment.
"""
import datetime
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

from example import Examples
from roff import Page, declaration

SECTIONS = {"Owns": "OWNERSHIP", "Callback": "CALLBACKS", "Requires": "REQUIREMENTS", "Blocks": "BLOCKING",
            "Threads": "THREADS", "Errors": "ERRORS", "Since": "HISTORY"}
LANGUAGE = "thread pool with the semantics of Python's multiprocessing.pool.ThreadPool"


def text_of(node):
    return " ".join("".join(node.itertext()).split()) if node is not None else ""


def blocks_of(description):
    """The blocks of a description: (kind, content) with kind text, list or code, or a label."""
    out = []

    def add_text(text):
        if text.strip():
            out.append(("text", " ".join(text.split())))

    for para in description.findall("para"):
        run = para.text or ""
        for child in para:
            if child.tag in ("simplesect", "orderedlist", "itemizedlist", "verbatim"):
                add_text(run)
                run = ""
            if child.tag == "simplesect":
                out.append((text_of(child.find("title")), text_of(child.find("para"))))
            elif child.tag == "orderedlist":
                out.append(("list", [text_of(item) for item in child.findall("listitem")]))
            elif child.tag == "verbatim":
                out.append(("code", child.text.rstrip("\n")))
            else:
                run += "".join(child.itertext())
            run += child.tail or ""
        add_text(run)
    return out


def files_in(xml):
    """The C headers, which the index lists: the directory may have older files, too."""
    index = ElementTree.parse(xml / "index.xml")
    return sorted((file.findtext("name"), file.get("refid")) for file in index.findall("compound[@kind='file']")
                  if file.findtext("name").endswith(".h"))


def members_of(xml, file):
    """The members of a header. Doxygen 1.9.8 has those of a topic in the topic's file, to which this one refers."""
    topics = {path.stem: ElementTree.parse(path) for path in xml.glob("group__*.xml")}
    for node in file.iter():
        if node.tag == "memberdef":
            yield node
        elif node.tag == "member":
            topic = topics[node.get("refid").rpartition("_1")[0]]
            yield topic.find(f".//memberdef[@id='{node.get('refid')}']")


class Entity:
    """Something of a header that has a comment: a function, type, field, macro or constant."""

    def __init__(self, node, header):
        self.header = header
        self.node = node
        self.kind = node.get("kind") or "enumvalue"
        self.name = (node.find("compoundname") if node.tag == "compounddef" else node.find("name")).text
        self.brief = text_of(node.find("briefdescription"))
        self.details = blocks_of(node.find("detaileddescription"))
        if not self.brief and self.details and self.details[0][0] == "text":
            self.brief = self.details.pop(0)[1]
        if not self.brief:
            sys.exit(f"{header}: {self.name} has no comment")

    def text(self):
        return " ".join([self.brief] + [words for kind, words in self.details if kind == "text"])

    def declared(self):
        """The declaration without its semicolon."""
        arguments = self.node.findtext("argsstring") or ""
        kind = text_of(self.node.find("type"))
        space = "" if kind.endswith("*") else " "
        prefix = "typedef " if self.kind == "typedef" else ""
        return f"{prefix}{kind}{space}{self.name}{arguments}"

    def returned(self):
        """What a function returns: what its comment says of that, or what its type does; None of void."""
        kind = text_of(self.node.find("type")).removeprefix("TP_API").strip()
        if kind == "void":
            return None
        said = re.findall(r"(?:^|(?<=\. ))(?:Returns .*?|It returns .*?|Tells .*? or not.*?)\.(?= |$)", self.text())
        if said:
            return " ".join(said)
        return "TP_OK (0) when it has succeeded, else another status of ERRORS. tp_last_error() then tells why."

    def parameters(self):
        return re.findall(r"(\w+)(?:\[\w*\])?(?=[,)])", self.node.findtext("argsstring") or "")

    def members(self, tag):
        return [Entity(node, self.header) for node in self.node.iter(tag)]


class Library:
    """All that the C headers declare."""

    def __init__(self, xml, source):
        self.headers = source / "include/tpool"
        self.files, self.entities, self.examples = {}, [], Examples(source / "tests/guide")
        for header, refid in files_in(xml):
            file = ElementTree.parse(xml / f"{refid}.xml").find("compounddef")
            self.files[header] = file
            self.entities += [Entity(node, header) for node in members_of(xml, file)]
            self.entities += [Entity(ElementTree.parse(xml / f"{ref.get('refid')}.xml").find("compounddef"), header)
                              for ref in file.findall("innerclass")]
        self.pages = {entity.name: 3 for entity in self.entities if entity.kind != "define"}
        self.pages["tpool"] = 7

    def of_kind(self, *kinds):
        return [entity for entity in self.entities if entity.kind in kinds]

    def rules_of(self, header):
        """What a header says of all of its functions."""
        blocks = blocks_of(self.files[header].find("detaileddescription"))
        return [words for kind, words in blocks] if blocks and blocks[0][0].startswith("Rules") else []

    def tag_of(self, entity):
        """The tag of a struct or enum, which Doxygen leaves out."""
        text = (self.headers / entity.header).read_text(encoding="utf-8")
        return re.search(rf"typedef (?:struct|enum) (\w+) \{{[^}}]*\}} {entity.name};", text)[1]

    def macros_named_in(self, text):
        return [macro for macro in self.of_kind("define") if macro.name in text]


def synopsis(library, page, entity):
    page.section("SYNOPSIS")
    lines = [f"#include <tpool/{entity.header}>", ""]
    if entity.kind == "struct":
        lines += [f"typedef struct {library.tag_of(entity)} {{"]
        lines += [line for field in entity.members("memberdef") for line in declaration(f"    {field.declared()};")]
        lines += [f"}} {entity.name};"]
    elif entity.kind == "enum":
        lines += [f"typedef enum {library.tag_of(entity)} {{"]
        lines += [f"    {value.name} {value.node.findtext('initializer')}," for value in entity.members("enumvalue")]
        lines += [f"}} {entity.name};"]
    else:
        lines += declaration(entity.declared() + ";")
    page.synopsis(lines)


def describe(page, blocks):
    for kind, words in blocks:
        if kind == "list":
            page.numbered(words)
        elif kind == "code":
            page.code(words)
        else:
            page.paragraph(words)


def history(node):
    version = node.removeprefix("TP_")
    return f"Since version {version if '.' in version else version + '.0'}, symbol node {node}."


def write_page(library, entity, page):
    page.section("NAME")
    page.name(entity.brief)
    page.section("LIBRARY")
    page.paragraph("Thread pool (libtpool, -ltpool)")
    synopsis(library, page, entity)
    page.section("DESCRIPTION")
    described = [block for block in entity.details if block[0] not in SECTIONS]
    if described and described[0][0] == "text":
        described[0] = ("text", f"{entity.brief} {described[0][1]}")
    else:
        described.insert(0, ("text", entity.brief))
    describe(page, described)
    if entity.kind in ("struct", "enum"):
        members = entity.members("memberdef" if entity.kind == "struct" else "enumvalue")
        page.section("FIELDS" if entity.kind == "struct" else "VALUES")
        page.terms([(member.name, member.text()) for member in members])
        macros = library.macros_named_in(" ".join(member.text() for member in members))
        if macros:
            page.section("CONSTANTS")
            page.terms([(macro.name, macro.text()) for macro in macros])
    if entity.kind == "function" and entity.returned():
        page.section("RETURN VALUE")
        page.paragraph(entity.returned())
    for label, words in entity.details:
        if label in SECTIONS:
            page.section(SECTIONS[label])
            page.paragraph(history(words) if label == "Since" else words)
            if label == "Errors" and "refusals" in words:
                page.paragraph("The refusals are listed below, under RULES.")
    example = library.examples.of(entity.name) if entity.kind == "function" else None
    if example:
        page.section("EXAMPLE")
        if "CHECK(" in example:
            page.paragraph("CHECK ends the program when its condition is false.")
        page.code(example)
    rules = library.rules_of(entity.header) if entity.kind == "function" else []
    if rules:
        page.section("RULES")
        for words in rules:
            page.paragraph(words)


def write_overview(library, page):
    file = library.files["tpool.h"]
    page.section("NAME")
    page.name(LANGUAGE)
    page.section("SYNOPSIS")
    page.synopsis(["#include <tpool/tpool.h>", "", "cc program.c $(pkg-config --cflags --libs tpool)"])
    page.section("DESCRIPTION")
    page.paragraph("libtpool is a " + LANGUAGE + ": it has the same calls and the same order of results, and no call "
                   "hangs. For C++ there is <tpool/tpool.hpp>.")
    page.section("HOUSE RULES")
    describe(page, [block for block in blocks_of(file.find("detaileddescription")) if block[0] == "list"])
    page.section("FUNCTIONS AND TYPES")
    for header, file in library.files.items():
        of_header = [entity for entity in library.entities if entity.header == header and entity.kind != "define"]
        if of_header:
            page.subsection(f"<tpool/{header}>")
            page.paragraph(text_of(file.find("briefdescription")))
            page.terms([(f"{entity.name}(3)", entity.brief) for entity in of_header])
    page.section("MACROS")
    page.terms([(macro.name, macro.text()) for macro in library.of_kind("define")])


def main():
    xml, out, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    utc = datetime.timezone.utc
    today = datetime.datetime.fromtimestamp(int(epoch), utc) if epoch else datetime.datetime.now(utc)
    library = Library(xml, pathlib.Path(sys.argv[4]))

    def write(name, fill, parameters=()):
        page = Page(name, library.pages, f"{today:%Y-%m-%d}", version, parameters)
        fill(page)
        page.see_also()
        folder = out / f"man{library.pages[name]}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.{library.pages[name]}").write_text(page.text(), encoding="ascii")

    for entity in library.of_kind("function", "typedef", "struct", "enum"):
        write(entity.name, lambda page, entity=entity: write_page(library, entity, page), entity.parameters())
    write("tpool", lambda page: write_overview(library, page))


main()
