# SPDX-License-Identifier: MIT
"""Checks that each function and struct of the C headers has a man page that says the same.

Usage: man_check.py HEADER_DIRECTORY MAN_DIRECTORY
"""
import pathlib
import re
import subprocess
import sys

FUNCTION = re.compile(r"/\*((?:(?!\*/).)*)\*/\n(?:#[^\n]*\n)*TP_API ([^;]+;)", re.S)
STRUCT = re.compile(r"typedef struct \w+ \{\n(.*?)\n\} (\w+);", re.S)
FIELD = re.compile(r"^  [\w ]+?(?:\(\*|\*| )(\w+)(?:\)\([^;]*\))?;", re.M)


def squeezed(text):
    return re.sub(r"\s|\(3\)|\(\)", "", text.replace("…", "..."))


def sections_of(page):
    """The sections of a page as a terminal shows them, by their titles."""
    shown = subprocess.run(["mandoc", "-T", "ascii", page], stdout=subprocess.PIPE, check=True).stdout.decode("ascii")
    parts = re.split(r"(?m)^([A-Z][A-Z ]*)$", re.sub(".\b", "", shown))
    return dict(zip(parts[1::2], parts[2::2]))


def errors_of(comment):
    lines = re.sub(r"(?m)^ \* ?", "", comment)
    found = re.search(r"^Errors: +(.*?)(?=^[A-Z][a-z]+:  |\Z)", lines, re.S | re.M)
    return found[1].strip() if found else ""


def wrong_function(comment, declaration, page):
    """What is wrong with the page of a function; None when nothing is."""
    if not page.exists():
        return "no page"
    sections = sections_of(page)
    declared = sections["SYNOPSIS"].split(">", 1)[1]
    if squeezed(declared) != squeezed(declaration).replace("TP_API", ""):
        return f"SYNOPSIS is {declared}, not {declaration}"
    errors = squeezed(errors_of(comment)).lower()
    if not squeezed(sections.get("ERRORS", "")).lower().startswith(errors) or bool(errors) != ("ERRORS" in sections):
        return f"ERRORS is {sections.get('ERRORS')}, not {errors_of(comment)}"
    missing = {"NAME", "DESCRIPTION", "BLOCKING", "THREADS", "HISTORY", "SEE ALSO"} - set(sections)
    return f"no section {missing}" if missing else None


def wrong_struct(fields, page):
    if not page.exists():
        return "no page"
    shown = sections_of(page).get("FIELDS", "")
    missing = [field for field in FIELD.findall(fields) if not re.search(rf"(?m)^ +{field}\b", shown)]
    return f"no field {missing}" if missing else None


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
        for fields, name in STRUCT.findall(text):
            wrong[name] = wrong_struct(re.sub(r"(?s)/\*.*?\*/", "", fields), man3 / f"{name}.3")
            structs += 1
    wrong = {name: what for name, what in wrong.items() if what}
    for name, what in wrong.items():
        print(f"{name}: {what}")
    print(f"{functions} functions, {structs} structs")
    sys.exit(bool(wrong) or functions < 50 or structs < 4)


main()
