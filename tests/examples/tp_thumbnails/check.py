# SPDX-License-Identifier: MIT
"""Compares the thumbnails of tp_thumbnails with ones averaged here, by another decoder.
usage: python3 check.py PROGRAM"""
import os
import resource
import struct
import subprocess
import sys
import tempfile
import zlib

PROGRAM = os.path.abspath(sys.argv[1])
for sanitizer in "ASAN_OPTIONS", "TSAN_OPTIONS":  # no memory is an error here, not the end
    os.environ[sanitizer] = os.environ.get(sanitizer, "") + ":allocator_may_return_null=1"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE, RGBA = 0, 2, 3, 6
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, RGBA: 4}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def encode(width, height, depth, colour, rows, *more):
    """Rows of bytes as a PNG; more are the chunks before the pixels."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def paeth(a, b, c):
    to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    return a if to_a <= to_b and to_a <= to_c else b if to_b <= to_c else c


def unfilter(kind, row, before, step):
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        corner = before[i - step] if i >= step else 0
        above = before[i]
        add = (0, left, above, (left + above) // 2, paeth(left, above, corner))[kind]
        row[i] = (row[i] + add) & 255
    return row


def decode(data):
    """The width, height and rows of pixels of a PNG with 8 bits a channel, each a tuple."""
    assert data.startswith(SIGNATURE)
    at, packed = len(SIGNATURE), b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert chunk(kind, body) == data[at : at + 12 + length], "checksum"
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert kind == b"IEND" and (depth, interlace) == (8, 0) and colour != PALETTE
    step, unpacked = CHANNELS[colour], zlib.decompress(packed)
    rows, row = [], bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        row = unfilter(unpacked[start], bytearray(unpacked[start + 1 :][: width * step]), row, step)
        rows.append([tuple(row[i : i + step]) for i in range(0, len(row), step)])
    return width, height, rows


def shrink(pixels, width, height):
    """Averages boxes of pixels, whose colours count by their alpha."""
    whole_height, whole_width, channels = len(pixels), len(pixels[0]), len(pixels[0][0])
    for y in range(height):
        box_rows = pixels[y * whole_height // height : (y + 1) * whole_height // height]
        row = []
        for x in range(width):
            left, right = x * whole_width // width, (x + 1) * whole_width // width
            box = [pixel for box_row in box_rows for pixel in box_row[left:right]]
            alphas = [pixel[3] if channels == 4 else 1 for pixel in box]
            weight = sum(alphas)
            pixel = [
                (sum(p[c] * a for p, a in zip(box, alphas)) + weight // 2) // weight if weight else 0
                for c in range(min(channels, 3))
            ]
            row.append((*pixel, (weight + len(box) // 2) // len(box))[:channels])
        yield row


def pictures():
    """name -> (PNG, its pixels with 8 bits a channel, size of the thumbnail)"""

    def of(function, width, height):
        return [[function(x, y) for x in range(width)] for y in range(height)]

    def rows(pixels):
        return [bytes(c for pixel in row for c in pixel) for row in pixels]

    def made(size, depth, colour, pixels, packed, *more):
        height, width = len(pixels), len(pixels[0])
        return encode(width, height, depth, colour, packed, *more), pixels, size

    wide = of(lambda x, y: (x * 255 // 639, y * 255 // 399, (x * 7 ^ y * 13) & 255), 640, 400)
    yield "wide", made((128, 80), 8, RGB, wide, rows(wide))
    tall = of(lambda x, y: ((x * y) & 255, 255 - y % 256, x, y * 255 // 256), 129, 257)
    yield "tall", made((64, 128), 8, RGBA, tall, rows(tall))
    strip = of(lambda x, y: ((x ^ y) & 255,), 2000, 3)
    yield "strip", made((128, 1), 8, GRAY, strip, rows(strip))
    small = of(lambda x, y: (x * 6, y * 8, 77), 40, 30)
    yield "small", made((40, 30), 8, RGB, small, rows(small))
    dot = of(lambda x, y: (9, 8, 7, 200), 1, 1)
    yield "dot", made((1, 1), 8, RGBA, dot, rows(dot))

    colours = [(i, 255 - i, i * i & 255) for i in range(256)]
    index = of(lambda x, y: ((x + y) & 255,), 200, 200)
    table = chunk(b"PLTE", bytes(c for colour in colours for c in colour))
    full = [[colours[i] for (i,) in row] for row in index]
    yield "palette", made((128, 128), 8, PALETTE, full, rows(index), table)

    bits = of(lambda x, y: (255 * ((x // 3 + y // 3) % 2),), 328, 100)
    packed = [
        bytes(sum((row[x + i][0] & 1) << (7 - i) for i in range(8)) for x in range(0, 328, 8))
        for row in bits
    ]
    yield "bits", made((128, 39), 1, GRAY, bits, packed)
    deep = of(lambda x, y: (x, y, 128), 256, 256)
    doubled = [bytes(c for pixel in row for c in pixel for _ in range(2)) for row in deep]
    yield "deep", made((128, 128), 16, RGB, deep, doubled, chunk(b"sRGB", b"\0"))


def run(*arguments, **more):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, **more)
    return done.returncode, done.stdout, done.stderr


def check_good(names, made):
    """Thumbnails by one worker are right, and those by many the same."""
    files = [f"in/{name}.png" for name in names]
    expected = [
        "%dx%d one/%s.png\n" % (*made[name.split("-")[0]][2], name) for name in names
    ]
    status, out, err = run("-j", "1", "one", *files)
    assert (status, out, err) == (0, "".join(expected), ""), (status, out, err)
    for name, (_, pixels, size) in made.items():
        with open(f"one/{name}.png", "rb") as file:
            width, height, rows = decode(file.read())
        assert (width, height) == size, (name, width, height)
        for y, (row, reference) in enumerate(zip(rows, shrink(pixels, *size))):
            assert row == reference, (name, y, row, reference)
    for workers in "2", "8":
        os.mkdir(workers)
        status, out, err = run("-j", workers, workers, *files)
        wanted = "".join(expected).replace(" one/", f" {workers}/")
        assert (status, out, err) == (0, wanted, ""), (status, out, err)
        for name in names:
            with open(f"one/{name}.png", "rb") as one, open(f"{workers}/{name}.png", "rb") as other:
                assert one.read() == other.read(), (workers, name)


def check_broken(data):
    """What is broken fails alone, and leaves no file."""
    middle = data.index(b"IDAT") + len(data) // 2
    broken = {
        "text": b"no picture",
        "empty": b"",
        "short": data[:middle],
        "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "huge": encode(10**6, 10**6, 8, RGBA, []),
    }
    for name, content in broken.items():
        with open(f"in/{name}.png", "wb") as file:
            file.write(content)
    os.mkdir("in/folder.png")
    bad = [*broken, "folder", "missing"]
    files = ["in/wide.png"] + [f"in/{name}.png" for name in bad] + ["in/small.png", "in/dot.png"]
    os.mkdir("some")
    status, out, err = run("-j", "3", "some", *files)
    assert status == 1, status
    assert out == "128x80 some/wide.png\n40x30 some/small.png\n1x1 some/dot.png\n", out
    # A sanitizer tells of too much memory, too.
    told = [line.split(": ")[1] for line in err.splitlines() if line.startswith("tp_thumbnails: ")]
    assert told == [f"in/{name}.png" for name in bad], err
    assert err.endswith("in/missing.png: No such file or directory\n"), err
    assert sorted(os.listdir("some")) == ["dot.png", "small.png", "wide.png"], os.listdir("some")


def check_kept():
    """Of files with one name one is taken, and none that is there is written over."""
    os.mkdir("in/again")
    os.link("in/dot.png", "in/again/dot.png")
    os.mkdir("kept")
    status, out, err = run("-j", "2", "kept", "in/dot.png", "in/again/dot.png")
    assert (status, out) == (1, "1x1 kept/dot.png\n"), (status, out)
    assert err == "tp_thumbnails: kept/dot.png: File exists\n", err
    status, out, err = run("no-such-folder", "in/dot.png")
    assert (status, out) == (1, ""), (status, out)
    assert err == "tp_thumbnails: no-such-folder/dot.png: No such file or directory\n", err


def check_unwritten():
    """A thumbnail that the system did not take all of is no file."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    os.mkdir("cut")
    # Python ignores the signal for such a write, and leaves it at that for the program.
    status, out, err = run(
        "cut", "in/dot.png", "in/wide.png", preexec_fn=limit, restore_signals=False
    )
    assert (status, out) == (1, "1x1 cut/dot.png\n"), (status, out)
    assert err == "tp_thumbnails: cut/wide.png: Write Error\n", err
    assert os.listdir("cut") == ["dot.png"], os.listdir("cut")


def check_untold():
    """Output that nobody gets is an error."""
    os.mkdir("untold")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [PROGRAM, "untold", "in/dot.png"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    told = (done.returncode, done.stderr)
    assert told == (2, "tp_thumbnails: stdout: No space left on device\n"), told


def check_usage():
    for workers in "0", "x", "4097", "99999":
        status, out, err = run("-j", workers, "one", "x")
        assert status == 2 and not out, (workers, status, out)
        assert "WORKERS from 1 to 4096" in err, (workers, err)
    for wrong in ["-z"], ["one"], []:
        status, out, err = run(*wrong)
        assert status == 2 and not out and "usage: tp_thumbnails" in err, (wrong, status, out, err)


def main():
    made = dict(pictures())
    names = [*made] + [f"{name}-{i}" for i in range(5) for name in made]
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        os.mkdir("in")
        os.mkdir("one")
        for name in names:
            with open(f"in/{name}.png", "wb") as file:
                file.write(made[name.split("-")[0]][0])
        check_good(names, made)
        check_broken(made["wide"][0])
        check_kept()
        check_unwritten()
        check_untold()
        check_usage()
        os.chdir("/")


main()
