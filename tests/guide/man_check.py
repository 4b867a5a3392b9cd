# SPDX-License-Identifier: MIT
"""Checks that each function and struct of the C headers has a man page that says the same.

Usage: man_check.py HEADER_DIRECTORY MAN_DIRECTORY
"""
import pathlib
import re
import subprocess
import sys

FUNCTION = re.compile(r"/\*((?:(?!\*/).)*)\*/\n(?:#[^\n]*\n)*TP_API ([^;]+;)", re.S)
STRUCT = re.compile(r"(typedef struct \w+ \{)\n(.*?)\n\} (\w+);", re.S)
FIELD = re.compile(r"^  [\w ]+?(?:\(\*|\*| )(\w+)(?:\)\([^;]*\))?;", re.M)
SECTIONS = {"Owns": "OWNERSHIP", "Callback": "CALLBACKS", "Requires": "REQUIREMENTS", "Blocks": "BLOCKING",
            "Threads": "THREADS", "Errors": "ERRORS"}


def squeezed(text):
    return re.sub(r"\s|\(3\)|\(\)", "", text.replace("…", "..."))


def sections_of(page):
    """The sections of a page as a terminal shows them, by their titles."""
    shown = subprocess.run(["mandoc", "-T", "ascii", page], stdout=subprocess.PIPE, check=True).stdout.decode("ascii")
    parts = re.split(r"(?m)^([A-Z][A-Z ]*)$", re.sub(".\b", "", shown))
    return dict(zip(parts[1::2], parts[2::2]))


def label_of(comment, label):
    lines = re.sub(r"(?m)^ \* ?", "", comment)
    found = re.search(rf"^{label}: +(.*?)(?=^[A-Z][a-z]+:  |\Z)", lines, re.S | re.M)
    return found[1].strip() if found else ""


def sentence(text, declaration):
    """The text as a sentence, in which a name of the declaration stays as it is."""
    word = re.match(r"\w*", text)[0]
    is_name = "_" in word or re.search(rf"\b{word}[],[)]", declaration)
    return text if is_name else text[:1].upper() + text[1:]


def wrong_name(page, sections):
    """NAME is what whatis and apropos show."""
    shown = sections["NAME"]
    whole = re.fullmatch(rf"\s*{page.stem} - (\S.*?)\s*", shown, re.S)
    return None if whole and shown.count("(") == shown.count(")") else f"NAME is {shown}"


def wrong_function(comment, declaration, page):
    """What is wrong with the page of a function; None when nothing is."""
    if not page.exists():
        return "no page"
    sections = sections_of(page)
    declared = sections["SYNOPSIS"].split(">", 1)[1]
    if squeezed(declared) != squeezed(declaration).replace("TP_API", ""):
        return f"SYNOPSIS is {declared}, not {declaration}"
    for label, title in SECTIONS.items():
        said = sentence(label_of(comment, label), declaration)
        shown = sections.get(title, "")
        if not squeezed(shown).startswith(squeezed(said)) or bool(said) != (title in sections):
            return f"{title} is {shown}, not {said}"
    if ("void " in declaration.split("(")[0] and "*" not in declaration.split("(")[0]) == ("RETURN VALUE" in sections):
        return "RETURN VALUE of a function that returns nothing, or none of one that does"
    missing = {"NAME", "DESCRIPTION", "BLOCKING", "THREADS", "HISTORY", "EXAMPLE", "SEE ALSO"} - set(sections)
    if missing:
        return f"no section {missing}"
    example, name = sections["EXAMPLE"], page.stem
    if not re.search(rf"\b{name}\(", example) or ("CHECK(" in example) != ("CHECK ends the program" in example):
        return f"EXAMPLE does not call {name}, or does not explain CHECK: {example}"
    return wrong_name(page, sections)


def wrong_struct(begin, fields, page):
    if not page.exists():
        return "no page"
    sections = sections_of(page)
    if begin not in sections["SYNOPSIS"]:
        return f"SYNOPSIS is {sections['SYNOPSIS']}, without {begin}"
    shown = sections.get("FIELDS", "")
    missing = [field for field in FIELD.findall(fields) if not re.search(rf"(?m)^ +{field}\b", shown)]
    return f"no field {missing}" if missing else wrong_name(page, sections)


def main():
    headers, man3 = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) / "man3"
    wrong, functions, structs = {}, 0, 0
    for header in headers.glob("*.h"):
        text = header.read_text(encoding="utf-8")
        found = FUNCTION.findall(text)
        if len(found) != len(re.findall(r"(?m)^TP_API ", text)):
            wrong[header.name] = "a function without a comment"
        for comment, declaration in found:
            name = re.search(r"(tp_\w+)\(", declaration)[1]
            wrong[name] = wrong_function(comment, declaration, man3 / f"{name}.3")
            functions += 1
        for begin, fields, name in STRUCT.findall(text):
            wrong[name] = wrong_struct(begin, re.sub(r"(?s)/\*.*?\*/", "", fields), man3 / f"{name}.3")
            structs += 1
    wrong = {name: what for name, what in wrong.items() if what}
    for name, what in wrong.items():
        print(f"{name}: {what}")
    print(f"{functions} functions with an example each, {structs} structs")
    sys.exit(bool(wrong) or functions < 50 or structs < 4)


main()
