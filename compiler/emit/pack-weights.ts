import type { MemoryPlan } from "../lower/plan-memory.ts";
import type { Schedule } from "../lower/schedule.ts";

/** `model.bin`: every constant at its offset, little-endian, gaps zeroed. */
export function packWeights(
  { buffers }: Schedule,
  { offsets, constantBytes }: MemoryPlan,
): Uint8Array {
  const bytes = new Uint8Array(constantBytes);
  for (const { id, constant } of buffers) {
    if (!constant) continue;
    const { buffer, byteOffset, byteLength } = constant.data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), offsets[id]);
  }
  return bytes;
}
