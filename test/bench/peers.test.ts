import { afterEach, describe, expect, it, vi } from "vitest";
import { claimsOf, type Measured } from "../../bench/peers/claims.ts";
import { race } from "../../bench/peers/measure.js";
import { claimTable, resultTable } from "../../bench/peers/tables.ts";

describe("race", () => {
  afterEach(() => vi.restoreAllMocks());

  it("times short inferences in batches where the clock is coarse", async () => {
    let time = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      time += 0.001;
      return Math.floor(time * 10) / 10;
    });
    const contender = (name: string, ms: number) => {
      const run = () => {
        time += ms;
      };
      return { name, run, loadMs: 1 };
    };
    const results = await race([contender("short", 0.004), contender("long", 30)], {
      ...{ rounds: 2, turnMs: 60, warmMs: 1 },
    });
    expect(results.map(({ name }) => name)).toEqual(["short", "long"]);
    expect(results[0]!.ms).toBeCloseTo(0.004, 4);
    expect(results[1]!.ms).toBeCloseTo(30, 0);
  });
});

describe("what must hold", () => {
  const result = (name: string, ms: number) => ({ name, ms, min: ms, loadMs: 10 * ms });
  const measured: Measured = {
    model: "mobilenet_v2_int8",
    node: [result("qcfg baseline", 10), result("onnxruntime-web int8", 50)],
    ...{ same: ["baseline", "js"], different: [], largest: [] },
    compilation: { seconds: 16, cpuSeconds: 9, peakBytes: 5e8 },
    sizes: { codeBytes: 30_000, weightBytes: 3e6, arenaBytes: 110, arenaLowerBoundBytes: 100 },
  };

  it("says what was not measured, and what does not hold", () => {
    const claims = claimsOf([measured], new Map());
    expect(claims.map(({ measured, holds }) => [measured, holds])).toEqual([
      ["not measured", undefined],
      ["not measured", undefined],
      ["5.00 ×", true],
      ["baseline, js", true],
      ["29.30 KiB", true],
      ["2.86 MiB", true],
      ["0.20 ×", true],
      ["1.10 ×", true],
      ["16.0 s, 9.0 s of CPU, 0.50 GB", false],
    ]);
    expect(claimTable(claims)).toMatch(/compiling +≤ 15 s, 1 GB +16.0 s.*no$/m);
  });

  it("has a model whose bytes differ", () => {
    const [claim] = claimsOf([{ ...measured, different: ["js"] }], new Map()).filter(({ what }) =>
      what.endsWith("the same bytes"),
    );
    expect(claim).toMatchObject({ measured: "others: js", holds: false });
  });

  it("prints no figure where there is none", () => {
    expect(resultTable([result("a", 0)])).not.toMatch(/NaN|Infinity/);
  });
});
