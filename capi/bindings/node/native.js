// SPDX-License-Identifier: MIT
// Native functions of any signature, and their arguments and values in memory.
'use strict';

const koffi = require('./koffi.js');
const { check, memcpy, tp } = require('./abi.js');

/** The address of what a C function is to read or write, which `keep` holds meanwhile. */
function addressOf(value, keep) {
  if (value === null || value === undefined) return 0n;
  if (typeof value === 'bigint' || typeof value === 'number') return BigInt(value);
  const memory = typeof value === 'string' ? Buffer.from(`${value}\0`)
    : value instanceof SharedArrayBuffer ? new Uint8Array(value) : value;
  keep.push(memory);
  return koffi.address(memory);
}

// The words of a signature: the array that holds such values, and how to get them in and out.
const number = (array) => ({ array, encode: Number });
const big = (array) => ({ array, encode: BigInt });
const pointer = { array: BigUint64Array, encode: addressOf };
const TYPES = {
  void: { array: Uint8Array, decode: () => undefined },
  bool: { array: Uint8Array, encode: Boolean, decode: Boolean },
  pointer,
  string: { ...pointer, decode: (at) => (at ? koffi.decode.string(at) : null) },
  char: number(Int8Array), schar: number(Int8Array), uchar: number(Uint8Array),
  short: number(Int16Array), ushort: number(Uint16Array),
  int: number(Int32Array), uint: number(Uint32Array),
  long: big(BigInt64Array), ulong: big(BigUint64Array),
  llong: big(BigInt64Array), ullong: big(BigUint64Array), size: big(BigUint64Array),
  int8: number(Int8Array), uint8: number(Uint8Array),
  int16: number(Int16Array), uint16: number(Uint16Array),
  int32: number(Int32Array), uint32: number(Uint32Array),
  int64: big(BigInt64Array), uint64: big(BigUint64Array),
  float: number(Float32Array), double: number(Float64Array),
};

const calls = new FinalizationRegistry((handle) => tp.call_release(handle));

/** A function of a shared library (null: of this process) with a signature as ffi.h has it. */
class NativeFunction {
  constructor(file, name, signature) {
    this.library = koffi.load(file);
    const out = [null];
    const status = tp.call_create(this.library.symbol(name), signature, out);
    check(status, status && tp.last_error());
    [this.handle] = out;
    calls.register(this, this.handle);

    const [result, ...args] = signature.match(/\w+/g);
    const size = [0];
    check(tp.call_row(this.handle, size, null, null));
    [this.rowSize] = size;
    this.result = TYPES[result];
    this.columns = args.map((type, index) => {
      const offset = [0];
      check(tp.call_arg(this.handle, index, offset, null));
      return { ...TYPES[type], offset: offset[0] };
    });
  }

  /** Arrays of arguments as rows in memory; a typed array or Buffer is rows as it stands. */
  encode(rows) {
    if (ArrayBuffer.isView(rows)) {
      if (rows.byteLength % this.rowSize) throw new TypeError(`rows have ${this.rowSize} bytes`);
      const keep = [this];
      return { memory: addressOf(rows, keep), count: rows.byteLength / this.rowSize, keep };
    }
    const count = rows.length;
    if (rows.some((row) => row.length !== this.columns.length)) {
      throw new TypeError(`the function takes ${this.columns.length} arguments`);
    }
    const memory = new ArrayBuffer(count * this.rowSize);
    const keep = [this];
    this.columns.forEach(({ array, encode, offset }, index) => {
      const column = new array(memory);
      const step = this.rowSize / array.BYTES_PER_ELEMENT;
      let at = offset / array.BYTES_PER_ELEMENT;
      for (const row of rows) {
        column[at] = encode(row[index], keep);
        at += step;
      }
    });
    return { memory: addressOf(memory, keep), count, keep };
  }

  /** The values as a typed array of the return type, or an array of what has none. */
  decode(values, count) {
    const { array, decode } = this.result;
    const copy = new array(count);
    if (values) memcpy(copy, values, copy.byteLength);
    return decode ? Array.from(copy, decode) : copy;
  }
}

module.exports = { NativeFunction };
