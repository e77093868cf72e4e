import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import type { SourceReader } from "../../compiler/emit/runtime-sources.ts";
import { relaxedDotSigns } from "../../runtime/load-webassembly.ts";

/** How a relaxed dot product that is exact takes the bytes of its second operand. */
type DotSigns = "unsigned" | "signed";

const instruction = "i32x4.relaxed_dot_i8x16_i7x16_add_s";
const probe = 'export function relaxedDotSigns(): "unsigned" | "signed" | undefined {';

let turns = 0;

/**
 * The runtime for this engine, if its relaxed dot product is exact; else for engines that take bytes as unsigned and as
 * signed, in turns, with the instruction written out and the probe answered: so relaxed programs are run on all machines.
 */
export function relaxedSources(): SourceReader {
  if (relaxedDotSigns() !== undefined) return runtimeSources;
  return writtenOut(turns++ % 2 === 0 ? "unsigned" : "signed");
}

function writtenOut(signs: DotSigns): SourceReader {
  return (path) => {
    const text = runtimeSources(path);
    if (path === "runtime/load-webassembly.ts")
      return text.replace(probe, `${probe}\n  if (true) return "${signs}";`);
    if (!text.includes(`${instruction}(`)) return text;
    return text.replaceAll(`${instruction}(`, "exactDot(") + exactDot(signs);
  };
}

/** Products of bytes fit 16 bits: −128 · 255 is the farthest. */
function exactDot(signs: DotSigns): string {
  const extended = (half: "low" | "high") =>
    `i16x8.mul(i16x8.extend_${half}_i8x16_s(a), i16x8.extend_${half}_i8x16_${signs === "signed" ? "s" : "u"}(b))`;
  return `
function exactDot(a: v128, b: v128, c: v128): v128 {
  const low = i32x4.extadd_pairwise_i16x8_s(${extended("low")});
  const high = i32x4.extadd_pairwise_i16x8_s(${extended("high")});
  const even = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
  const odd = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
  return i32x4.add(c, i32x4.add(even, odd));
}
`;
}
