import type { FloatTimes } from "../float-evaluation.ts";
import type { BrowserReport } from "./browser.ts";
import type { LargeLayer } from "./largest-layers.ts";
import type { Result } from "./measure.js";

/** All that was measured of one model. */
export interface Measured {
  readonly model: string;
  readonly node: readonly Result[];
  /** None where there is no Chromium. */
  readonly browser?: BrowserReport;
  /** Programs that gave the same bytes as the first one on the inputs of this run, and those that did not. */
  readonly same: readonly string[];
  readonly different: readonly string[];
  readonly compilation: Compilation;
  readonly sizes: Sizes;
  /** The largest products, if there are; none where the relaxed dot product is not exact. */
  readonly largest: readonly LargeLayer[];
}

/** What it took to compile a model to WebAssembly, in a process of its own. */
export interface Compilation {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

export interface Sizes {
  /** `model.js` and the larger one of the programs. */
  readonly codeBytes: number;
  readonly weightBytes: number;
  readonly arenaBytes: number;
  readonly arenaLowerBoundBytes: number;
}

/** A line of the table of what must hold. */
export interface Claim {
  readonly what: string;
  readonly asked: string;
  readonly measured: string;
  /** `undefined` where it could not be measured. */
  readonly holds: boolean | undefined;
}

const large = "mobilenet_v2_int8";

/** What must hold of compiled programs, with what was measured. A model that was not measured has no lines. */
export function claimsOf(
  all: readonly Measured[],
  floats: ReadonlyMap<string, FloatTimes>,
): readonly Claim[] {
  return [
    ...all.flatMap(speedClaims),
    ...all.flatMap(largestClaims),
    ...all.map(bytesClaim),
    ...all.flatMap(sizeClaims),
    ...all.map(compileClaim),
    ...[...floats].map(floatClaim),
  ];
}

function speedClaims(measured: Measured): readonly Claim[] {
  const { model, node, browser } = measured;
  const int8 = msOf(node, "onnxruntime-web int8");
  const relaxed = msOf(node, "qcfg relaxed");
  const least = model === large ? 6 : 8;
  const claims = [atLeast(`${model}: onnxruntime-web int8 to ours`, least, ratio(int8, relaxed))];
  if (model !== large) return claims;
  const ofBrowser = browser?.results ?? [];
  const liteRt = ratio(msOf(ofBrowser, "LiteRT.js"), msOf(ofBrowser, "qcfg relaxed"));
  const baseline = ratio(int8, msOf(node, "qcfg baseline"));
  return [
    ...claims,
    atLeast(`${model}: LiteRT.js to ours, in Chromium`, 1, liteRt),
    atLeast(`${model}: onnxruntime-web int8 to ours, baseline SIMD`, 4, baseline),
  ];
}

/** The largest layers of a model, beside plain products of their sizes. */
function largestClaims({ model, largest }: Measured): readonly Claim[] {
  if (largest.length === 0) return [];
  const shares = largest.map(({ speed, plainSpeed }) => speed / plainSpeed);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const layers = largest.length === 1 ? "largest product" : `${largest.length} largest products`;
  return [
    {
      what: `${model}: the ${layers} to plain products of the same sizes`,
      asked: "≥ 75 %",
      measured: [...new Set([percent(least), percent(most)])].join(" to "),
      holds: least >= 0.75,
    },
  ];
}

function bytesClaim({ model, same, different }: Measured): Claim {
  const measured = different.length > 0 ? `others: ${different.join(", ")}` : same.join(", ");
  const holds = different.length > 0 ? false : same.length > 1 ? true : undefined;
  return { what: `${model}: the same bytes`, asked: "all", measured, holds };
}

function sizeClaims({ model, node, sizes }: Measured): readonly Claim[] {
  const { codeBytes, weightBytes, arenaBytes, arenaLowerBoundBytes } = sizes;
  const arena = atMost(
    `${model}: arena to its lower bound`,
    1.1,
    arenaBytes / arenaLowerBoundBytes,
    " ×",
  );
  if (model !== large) return [arena];
  const load = (name: string) => node.find((each) => each.name === name)?.loadMs;
  const first = ratio(load("qcfg relaxed") ?? load("qcfg baseline"), load("onnxruntime-web int8"));
  return [
    atMost(`${model}: model.js and one model.wasm`, 100, codeBytes / 1024, " KiB"),
    atMost(`${model}: model.bin`, 3.7, weightBytes / 2 ** 20, " MiB"),
    atMost(`${model}: from load to the first answer, to onnxruntime-web's`, 0.2, first, " ×"),
    arena,
  ];
}

function compileClaim({ model, compilation }: Measured): Claim {
  const { seconds, cpuSeconds, peakBytes } = compilation;
  const [most, mostBytes] = model === large ? [15, 1e9] : [4, Number.POSITIVE_INFINITY];
  const figures = [`${seconds.toFixed(1)} s`, `${cpuSeconds.toFixed(1)} s of CPU`];
  return {
    what: `${model}: compiling`,
    asked: model === large ? `≤ ${most} s, 1 GB` : `≤ ${most} s`,
    measured: [...figures, `${(peakBytes / 1e9).toFixed(2)} GB`].join(", "),
    holds: seconds <= most && peakBytes <= mostBytes,
  };
}

function floatClaim([model, times]: readonly [string, FloatTimes]): Claim {
  return atLeast(
    `${model}: onnxruntime-web float to evaluation`,
    1,
    times.onnxRuntime / times.asInFile,
  );
}

function msOf(results: readonly Result[], name: string): number | undefined {
  return results.find((each) => each.name === name)?.ms;
}

function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined ? undefined : part / whole;
}

function atLeast(what: string, least: number, value: number | undefined): Claim {
  const holds = value === undefined ? undefined : value >= least;
  return { what, asked: `≥ ${least} ×`, measured: textOf(value, " ×"), holds };
}

function atMost(what: string, most: number, value: number | undefined, unit: string): Claim {
  const holds = value === undefined ? undefined : value <= most;
  return { what, asked: `≤ ${most}${unit}`, measured: textOf(value, unit), holds };
}

function textOf(value: number | undefined, unit: string): string {
  return value === undefined ? "not measured" : `${value.toFixed(2)}${unit}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
