import { writeFileSync } from "node:fs";

/** Magic string, version and the length of the header. */
const PREFIX_BYTES = 10;
/** The length of a `.npy` header is a multiple of this, so that the data behind it is aligned. */
const HEADER_ALIGNMENT = 64;

/**
 * Writes bytes as a NumPy array of `uint8`, C order.
 *
 * @source NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays", format version 1.0
 */
export function writeUint8Npy(path: string, data: Uint8Array, shape: readonly number[]): void {
  // A tuple of one needs its comma; Python allows the comma after longer ones too.
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const unpadded = PREFIX_BYTES + header.length + 1;
  const total = Math.ceil(unpadded / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  const text = `${header.padEnd(total - PREFIX_BYTES - 1)}\n`;
  const prefix = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
  prefix.writeUInt16LE(text.length, PREFIX_BYTES - 2);
  writeFileSync(path, Buffer.concat([prefix, Buffer.from(text, "latin1"), data]));
}

/** The data of a file that `writeUint8Npy` wrote. */
export function readUint8Npy(file: Buffer): Uint8Array {
  return file.subarray(PREFIX_BYTES + file.readUInt16LE(PREFIX_BYTES - 2));
}
