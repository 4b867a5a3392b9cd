# SPDX-License-Identifier: MIT
"""Typed calls: C functions that the workers call without the interpreter lock."""
import ctypes
import operator
from ctypes import Structure, byref, c_double, c_int, c_size_t, c_uint32, c_void_p

from ._abi import quick

TYPES = {
    "bool": ctypes.c_bool, "char": ctypes.c_char, "schar": ctypes.c_byte,
    "uchar": ctypes.c_ubyte, "short": ctypes.c_short, "ushort": ctypes.c_ushort, "int": c_int,
    "uint": ctypes.c_uint, "long": ctypes.c_long, "ulong": ctypes.c_ulong,
    "llong": ctypes.c_longlong, "ullong": ctypes.c_ulonglong, "int8": ctypes.c_int8,
    "int16": ctypes.c_int16, "int32": ctypes.c_int32, "int64": ctypes.c_int64,
    "uint8": ctypes.c_uint8, "uint16": ctypes.c_uint16, "uint32": c_uint32,
    "uint64": ctypes.c_uint64, "size": c_size_t, "float": ctypes.c_float, "double": c_double,
    "pointer": c_void_p, "string": ctypes.c_char_p, "void": None,
}
_FLOATS = (ctypes.c_float, c_double)


class Native:
    """A C function with its signature.

    Its arguments for starmap are an iterable of tuples, or an array of Native.Row (ctypes, or NumPy
    of that layout); for map of a function of one argument, an iterable, or an array of its type. A
    pointer is bytes, an address or None; what it points to has to live until the job is ready."""

    def __init__(self, fn, signature):
        self._fn, self._text, self.call = fn, signature, c_void_p()
        address = ctypes.cast(fn, c_void_p)
        if quick.tp_call_create(address, signature.encode(), byref(self.call)) < 0:
            message = quick.tp_error_message(quick.tp_last_error()).decode()
            raise ValueError(f"{signature!r}: {message}")
        result, arguments = "".join(signature.split()).rstrip(")").split("(")
        types = [TYPES[word] for word in arguments.split(",") if word]
        self.restype = TYPES[result]
        self._direct = ctypes.CFUNCTYPE(self.restype, *types)(address.value)
        # The type of a field that takes bytes, too.
        fields = [ctypes.c_char_p if kind is c_void_p else kind for kind in types]
        self._only = fields[0] if len(fields) == 1 else None
        self.Row = type("Row", (Structure,), {
            "_fields_": [(f"arg{i}", field) for i, field in enumerate(fields)]})

    def __del__(self):
        quick.tp_call_release(self.call)

    def __call__(self, *args):
        return self._direct(*args)

    def rows(self, items, star):
        """Returns a ctypes array of the arguments: over the same memory if they are an array."""
        kind = self.Row if star else self._only
        if kind is None:
            raise TypeError("map is for functions of one argument; use starmap")
        try:
            view = memoryview(items)
        except TypeError:
            items = list(items)
            return self._filled(items) if star else (kind * len(items))(*items)
        size = ctypes.sizeof(kind)
        if view.itemsize != size or (view.format[-1:] in "fd") != (kind in _FLOATS):
            raise TypeError(f"an array of {view.format!r} is none of arguments of {self._text}")
        return (kind * (view.nbytes // size)).from_buffer(items)

    def _filled(self, items):
        """Returns rows made of tuples, column by column: many times faster than row by row."""
        n, stride, fields = len(items), ctypes.sizeof(self.Row), self.Row._fields_
        if not set(map(len, items)) <= {len(fields)}:
            raise TypeError(f"a row is not the {len(fields)} arguments of {self._text}")
        block = bytearray(n * stride)
        rows = (self.Row * n).from_buffer(block)
        rows.columns = []  # refer to the bytes that pointers point to
        for i, (name, kind) in enumerate(fields):
            size = ctypes.sizeof(kind)
            bare = bytearray(n * size)
            column = (kind * n).from_buffer(bare)
            column[:] = list(map(operator.itemgetter(i), items))
            word = {1: "B", 2: "H", 4: "I", 8: "Q"}[size]
            first = getattr(self.Row, name).offset // size
            memoryview(block).cast(word)[first::stride // size] = memoryview(bare).cast(word)
            rows.columns.append(column)
        return rows


def native(fn, signature: str) -> Native:
    """Makes a task of a ctypes function; the signature in C words: "double(double, pointer)".

    The words are those of <tpool/ffi.h>: int, uint64, size, double, pointer, string and so on.
    Raises ValueError if the signature is none, and says where."""
    return Native(fn, signature)
