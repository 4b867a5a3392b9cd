# SPDX-License-Identifier: MIT
"""Runs tp_links against a server of this machine, whose pages are good, missing, moved, slow or hang.
usage: python3 check.py PROGRAM"""
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time

PROGRAM = os.path.abspath(sys.argv[1])
LONG = 60  # seconds, for what should end long before


class Site(http.server.ThreadingHTTPServer):
    """What the pages share: who is inside, and when those that hang may go."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Page)
        self.base = "http://127.0.0.1:%d" % self.server_port
        self.over = threading.Event()
        self.hanging = threading.Event()
        self.requests, self.inside, self.most_inside = [], 0, 0
        self.lock = threading.Lock()
        self.three = threading.Barrier(3)
        self.pages = {}

    def handle_error(self, request, client_address):
        """A client that has hung up is nothing to tell of."""


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def do_HEAD(self):
        site = self.server
        with site.lock:
            site.requests.append(f"{self.command} {self.path}")
        self.answer(self.path.split("?")[0], site)

    do_GET = do_HEAD

    def answer(self, path, site):
        if path in site.pages:
            self.reply(200, site.pages[path].encode())
        elif path.startswith("/good"):
            self.reply(200)
        elif path.startswith("/moved/"):
            self.reply(301, location="/" + path[len("/moved/") :])
        elif path == "/circle":
            self.reply(302, location="/circle")
        elif path == "/to/file":
            self.reply(302, location="file:///dev/null")
        elif path.startswith("/slow"):
            time.sleep(0.5)
            self.reply(200)
        elif path.startswith("/three"):
            with site.lock:
                site.inside += 1
                site.most_inside = max(site.most_inside, site.inside)
            site.three.wait(LONG)  # goes on when three are inside
            with site.lock:
                site.inside -= 1  # before the client knows, who then asks for more
            self.reply(200)
        elif path.startswith("/hang"):
            site.hanging.set()
            site.over.wait()
            self.close_connection = True
        elif path == "/dropped":
            self.close_connection = True
        else:
            self.reply(404)

    def reply(self, status, body=b"", location=None):
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def start(site, *arguments, page="/", stdout=subprocess.PIPE):
    return subprocess.Popen(
        [PROGRAM, *arguments, site.base + page],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
    )


def run(site, links, *arguments):
    """Returns exit status, lines without the base, and stderr, for a page with these links."""
    site.pages["/"] = "<p>".join(f'<a href="{link}">x</a>' for link in links)
    return finish(site, start(site, *arguments))


def finish(site, program):
    out, err = program.communicate(timeout=2 * LONG)
    return program.returncode, out.replace(site.base, "").splitlines(), err


def check(actual, expected):
    assert actual == expected, f"\n  {actual}\ninstead of\n  {expected}"


def refused_port():
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def check_kinds(site):
    """Each link once, in the order of the page; a page that hangs holds up nobody."""
    port = refused_port()
    site.pages["/sub/page"] = f"""<!DOCTYPE html><link rel=x HREF = '/good.css'>
      <a href="../good/1?a=1&amp;b=2">x</a> <a href="/missing">x</a> <a href="good/2">x</a>
      <a href="/moved/good/2">x</a>
      <a href="/hang">x</a> <a href="/good/3#part">x</a> <a href="/good/3#other">x</a>
      <a href="#here">x</a> <a href="">x</a> <a href="mailto:a@example.org">x</a>
      <a href="javascript:void(0)">x</a> <a href="/circle">x</a> <a href="/slow">x</a>
      <a href="{site.base}/moved/missing">x</a> <a href="/dropped">x</a> href <b href>
      <a href="http://127.0.0.1:{port}/">x</a> <a href="http://[">x</a> <a href="//127.0.0.1:"""
    site.pages["/sub/page"] += f"""{site.server_port}/good/4">x</a> <a href="/good/open>x</a>"""
    begin = time.monotonic()
    status, lines, err = finish(site, start(site, "-t", "5", page="/sub/page"))
    assert 5 <= time.monotonic() - begin < LONG / 2
    told = [line.split(": ") for line in lines]
    assert all(len(words) == 2 for words in told if words[0].startswith("error ")), lines
    check(
        [words[0] for words in told],
        [
            "200 /sub/page",
            "200 /good.css",
            "200 /good/1?a=1&b=2",
            "404 /missing",
            "404 /sub/good/2",
            "200 /moved/good/2 -> /good/2",
            "error /hang",
            "200 /good/3",
            "error /circle",
            "200 /slow",
            "404 /moved/missing -> /missing",
            "error /dropped",
            f"error http://127.0.0.1:{port}/",
            "error http://[",
            "200 /good/4",
        ],
    )
    check((status, err), (1, "15 links, 8 bad, 0 unknown\n"))
    with site.lock:
        check(site.requests[0], "GET /sub/page")
        check([request for request in site.requests[1:] if not request.startswith("HEAD /")], [])
        check(site.requests.count("HEAD /good/3"), 1)


def check_good(site):
    links = [f"/good/{i}" for i in range(200)]
    for at_once in "1", "2", "8":
        status, lines, err = run(site, links, "-j", at_once)
        check((status, err), (0, "201 links, 0 bad, 0 unknown\n"))
        check(lines, ["200 /"] + [f"200 {link}" for link in links])
    check(run(site, []), (0, ["200 /"], "1 link, 0 bad, 0 unknown\n"))


def check_page(site):
    """A page that is not there has no links."""
    site.pages["/"] = '<a href="/good">x</a>'
    status, lines, err = finish(site, start(site, page="/missing"))
    check((status, lines, err), (1, ["404 /missing"], "1 link, 1 bad, 0 unknown\n"))


def check_protocols(site):
    """What is not of the web is not read, whoever names it."""
    reason = "neither http nor https"
    for url in "file:///dev/null", "FILE:///dev/null", "ftp://127.0.0.1/", "ftp.example.invalid":
        program = subprocess.run([PROGRAM, url], capture_output=True, text=True, timeout=LONG)
        told = program.stdout.rstrip("\n").split(": ")
        check((program.returncode, told[-1]), (1, reason))
        check(program.stderr, "1 link, 1 bad, 0 unknown\n")
    status, lines, err = run(site, ["/to/file"])
    check((status, lines), (1, ["200 /", f"error /to/file: {reason}"]))


def check_untold(site):
    """Output that nobody gets is an error."""
    site.pages["/"] = ""
    with open("/dev/full", "w") as full:
        program = start(site, stdout=full)
        _, err = program.communicate(timeout=2 * LONG)
    check(program.returncode, 2)
    check(err, "tp_links: stdout: No space left on device\n1 link, 0 bad, 0 unknown\n")


def check_at_once(site):
    """No more requests than asked for are under way, and as many."""
    links = [f"/three/{i}" for i in range(12)]
    status, lines, _ = run(site, links, "-j", "3", "-t", str(LONG))
    check((status, lines), (0, ["200 /"] + [f"200 {link}" for link in links]))
    check(site.most_inside, 3)


def check_interrupted(site):
    """Ctrl-C: what is known is told, what is under way ends soon, and the rest is not begun."""
    site.hanging.clear()
    site.pages["/"] = "".join(f"<a href='{x}'>x</a>" for x in ("good", "hang/1", "hang/2"))
    program = start(site, "-j", "1", "-t", str(10 * LONG))
    assert site.hanging.wait(LONG)
    begin = time.monotonic()
    program.send_signal(signal.SIGINT)
    status, lines, err = finish(site, program)
    assert time.monotonic() - begin < LONG / 2
    check(lines, ["200 /", "200 /good", "unknown /hang/1", "unknown /hang/2"])
    check((status, err), (1, "4 links, 0 bad, 2 unknown\n"))
    assert "HEAD /hang/2" not in site.requests


def check_out_of_time(site):
    begin = time.monotonic()
    status, lines, _ = run(site, [f"/hang/{i}" for i in range(9)], "-j", "4", "-T", "2")
    assert 2 <= time.monotonic() - begin < LONG / 2
    check((status, lines), (1, ["200 /"] + [f"unknown /hang/{i}" for i in range(9)]))


def check_usage():
    for wrong in ["-j", "0"], ["-j", "4097"], ["-j", "99999"], ["-t", "x"], ["-T", "nan"], ["-z"]:
        program = subprocess.run([PROGRAM, *wrong, "x"], capture_output=True, text=True, timeout=LONG)
        check((program.returncode, program.stdout), (2, ""))
        assert "usage: tp_links" in program.stderr, program.stderr
        assert "AT_ONCE from 1 to 4096" in program.stderr, program.stderr
    program = subprocess.run([PROGRAM], capture_output=True, text=True, timeout=LONG)
    check((program.returncode, program.stdout), (2, ""))


def main():
    site = Site()
    threading.Thread(target=site.serve_forever, daemon=True).start()
    check_kinds(site)
    check_good(site)
    check_page(site)
    check_protocols(site)
    check_untold(site)
    check_at_once(site)
    check_interrupted(site)
    check_out_of_time(site)
    check_usage()
    site.over.set()


main()
