import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { encodeNpy, numbersOf, readNpy } from "../../compiler/cli/data/npy.ts";
import { readNpz } from "../../compiler/cli/data/npz.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";

/** A file with a header as written, and data. */
function file(header: string, data: Uint8Array, version = 1): Uint8Array {
  const length = header.length;
  const size =
    version === 1
      ? [length & 255, length >> 8]
      : [length & 255, (length >> 8) & 255, length >> 16, 0];
  const magic = [0x93, ...Buffer.from("NUMPY"), version, 0, ...size];
  return Uint8Array.from([...magic, ...Buffer.from(header, "latin1"), ...data]);
}

function header(descr: string, shape: string, fortran = "False"): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;
}

/** The code of the diagnostic, or the numbers that were read. */
function check(bytes: Uint8Array): string | readonly number[] {
  try {
    return Array.from(numbersOf(readNpy(bytes, "x.npy")));
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics[0]!.code;
    throw error;
  }
}

const bytesOf = (data: ArrayBufferView) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe("npy", () => {
  const arrays = fc.oneof(
    fc.float32Array(),
    fc.float64Array(),
    fc.int8Array(),
    fc.uint8Array(),
    fc.int16Array(),
    fc.uint16Array(),
    fc.int32Array(),
    fc.uint32Array(),
    fc.bigInt64Array(),
    fc.bigUint64Array(),
  );

  it("reads what it writes, at any alignment", () => {
    fc.assert(
      fc.property(arrays, fc.nat(9), (data, offset) => {
        const encoded = encodeNpy(data, [data.length, 1]);
        const shifted = new Uint8Array(offset + encoded.length);
        shifted.set(encoded, offset);
        const read = readNpy(shifted.subarray(offset), "x.npy");
        expect(read.shape).toEqual([data.length, 1]);
        expect(read.data).toEqual(data);
      }),
    );
  });

  it.each([
    ["|b1", Uint8Array.of(0, 1, 7), [0, 1, 1]],
    ["<f2", bytesOf(Uint16Array.of(0x3c00, 0xc000, 0x0001)), [1, -2, 2 ** -24]],
    ["<i8", bytesOf(BigInt64Array.of(-5n, 2n ** 40n, 0n)), [-5, 2 ** 40, 0]],
    ["<f8", bytesOf(Float64Array.of(0.1, 1e300, -0)), [0.1, 1e300, -0]],
    ["|u1", Uint8Array.of(1, 2, 3, 99), [1, 2, 3]],
    [">f4", new Uint8Array(12), "QC2523"],
    ["<c8", new Uint8Array(24), "QC2523"],
    ["<U5", new Uint8Array(60), "QC2523"],
    ["|O", new Uint8Array(24), "QC2523"],
    ["<f4", new Uint8Array(11), "QC2524"],
  ])("reads three elements of %s", (descr, data, expected) => {
    for (const version of [1, 2, 3]) {
      expect(check(file(header(descr, "3,"), data, version))).toEqual(expected);
    }
  });

  it("turns Fortran order into row-major order", () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    expect(check(file(header("|u1", "2, 3", "True"), data))).toEqual([1, 3, 5, 2, 4, 6]);
    const cube = Uint8Array.from({ length: 24 }, (_, i) => i);
    const expected = [];
    for (let a = 0; a < 2; a++)
      for (let b = 0; b < 3; b++) for (let c = 0; c < 4; c++) expected.push(a + 2 * b + 6 * c);
    expect(check(file(header("|u1", "2, 3, 4", "True"), cube))).toEqual(expected);
  });

  it("reads scalars and empty arrays", () => {
    expect(check(file(header("<f4", ""), bytesOf(Float32Array.of(7))))).toEqual([7]);
    expect(check(file(header("<f4", "0, 1000000000000000"), new Uint8Array()))).toEqual([]);
  });

  it.each([
    ["nothing", new Uint8Array(), "QC2522"],
    ["another file", Uint8Array.from(Buffer.from("hello world, hello world")), "QC2522"],
    ["a future version", file(header("|u1", "1,"), Uint8Array.of(1), 4), "QC2522"],
    [
      "a header beyond the end",
      file(header("|u1", "1,"), Uint8Array.of(1)).subarray(0, 40),
      "QC2522",
    ],
    ["a huge header", file("x".repeat(20_000), new Uint8Array(), 2), "QC2522"],
    ["no dictionary", file("hello", new Uint8Array(9)), "QC2522"],
    ["no shape", file("{'descr': '|u1', 'fortran_order': False}", new Uint8Array(9)), "QC2522"],
    [
      "a structured dtype",
      file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", new Uint8Array(9)),
      "QC2522",
    ],
    ["a negative size", file(header("|u1", "-1,"), new Uint8Array(9)), "QC2522"],
    ["a fractional size", file(header("|u1", "1.5,"), new Uint8Array(9)), "QC2522"],
    ["a size that is a word", file(header("|u1", "n,"), new Uint8Array(9)), "QC2522"],
    ["a claim of a terabyte", file(header("<f8", "1000000, 131072"), new Uint8Array(9)), "QC2524"],
    [
      "a claim beyond numbers",
      file(header("|u1", "9007199254740991, ".repeat(40)), new Uint8Array(9)),
      "QC2524",
    ],
    ["a dtype named like a method", file(header("<toString", "1,"), new Uint8Array(9)), "QC2523"],
  ])("rejects %s", (_, bytes, code) => {
    expect(check(bytes)).toBe(code);
  });

  it("never fails otherwise on mutated files", () => {
    const good = encodeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.nat(good.length),
        (changes, end) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          check(bytes);
          check(bytes.subarray(0, end));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("npz", () => {
  const npy = encodeNpy(Uint8Array.of(1, 2, 3), [3]);

  it("reads arrays by name, stored or deflated", () => {
    for (const level of [0, 9] as const) {
      const arrays = readNpz(
        zipSync({ "a.npy": npy, "b/c.npy": npy, "readme.txt": npy }, { level }),
        "x.npz",
      );
      expect([...arrays.keys()]).toEqual(["a", "b/c"]);
      expect(Array.from(numbersOf(arrays.get("b/c")!))).toEqual([1, 2, 3]);
    }
  });

  it("rejects archives that claim too much, without allocating it", () => {
    const zip = zipSync({ "a.npy": npy });
    // The size of the unpacked entry, in the archive's directory.
    const at = Buffer.from(zip).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    new DataView(zip.buffer).setUint32(at + 24, 4_000_000_000, true);
    expect(() => readNpz(zip, "x.npz")).toThrow(/QC2525/);
    expect(() => readNpz(zipSync({ "readme.txt": npy }), "x.npz")).toThrow(/QC2525/);
    expect(() => readNpz(Uint8Array.from(Buffer.from("PK")), "x.npz")).toThrow(/QC2525/);
  });

  it("never fails otherwise on mutated archives", () => {
    const good = zipSync({ "a.npy": npy, "b.npy": npy });
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(good.length),
        (changes, end) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          for (const part of [bytes, bytes.subarray(0, end)]) {
            try {
              readNpz(part, "x.npz");
            } catch (error) {
              if (!(error instanceof Rejected)) throw error;
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
