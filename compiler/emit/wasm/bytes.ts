/** Reads a WebAssembly binary from front to end; what it gives of it are views. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    if (this.isAtEnd) throw new Error("internal: a WebAssembly binary ends within something");
    return this.bytes[this.at++]!;
  }

  /** An unsigned number of at most 32 bits in LEB128. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Passes over a number in LEB128, of either sign and any length. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length)
      throw new Error("internal: a WebAssembly binary ends within something");
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }

  /** A length, and as many bytes. */
  sized(): Uint8Array {
    return this.take(this.u32());
  }

  /** A length, and as many things. */
  list<T>(read: () => T): readonly T[] {
    return Array.from({ length: this.u32() }, read);
  }

  text(): string {
    return new TextDecoder().decode(this.sized());
  }
}

/** Bytes of a WebAssembly binary that is being written. */
export type Bytes = readonly number[] | Uint8Array;

/** All parts, one behind the other. */
export function joined(parts: readonly Bytes[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** LEB128 of an unsigned number of at most 32 bits. */
export function u32(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return [...bytes, left];
}

/** LEB128 of a signed number of 32 bits. */
export function s32(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  // The last byte's bit 6 is the sign.
  for (; left < -0x40 || left >= 0x40; left >>= 7) bytes.push((left & 0x7f) | 0x80);
  return [...bytes, left & 0x7f];
}

/** Little-endian bytes of an IEEE number; one that is not a number has the canonical ones. */
export function float(bits: 32 | 64, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bits / 8));
  if (bits === 32) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer);
}

/** A length, and as many bytes. */
export function sized(content: Bytes): Uint8Array {
  return joined([u32(content.length), content]);
}

/** A length, and as many things. */
export function list(items: readonly Bytes[]): Uint8Array {
  return joined([u32(items.length), ...items]);
}

/** A name: a length, and UTF-8. */
export function text(value: string): Uint8Array {
  return sized(new TextEncoder().encode(value));
}
