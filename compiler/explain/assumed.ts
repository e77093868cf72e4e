import { momentaOf, Statistics } from "../calibrate/statistics.ts";
import type { PreparedModel } from "../pipeline.ts";

/** Statistics as if every value had been seen in [−1, 1]: which ops become integers hardly depends on ranges. */
export function assumedStatistics({
  names,
  sites,
}: PreparedModel): ReadonlyMap<string, Statistics> {
  const seen = new Statistics(momentaOf(sites.map(({ quantizer }) => quantizer)));
  seen.observe(Float32Array.of(-1, 1));
  return new Map([...names].map((name) => [name, seen]));
}
