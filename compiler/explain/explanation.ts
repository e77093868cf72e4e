import type { Coverage } from "../lower/coverage.ts";

/**
 * What became of a model under some rules, and why: the document that `qcfg explain --json` prints and that the text and the
 * page are drawn from. Plain JSON. A later `version` may add fields; it changes or removes none without another number.
 */
export interface Explanation {
  readonly version: 1;
  readonly model: string;
  /**
   * `measured` on samples, now or before; `locked` by a lock file, which has no ranges; `assumed` where there were none: then every value counts as one of [−1, 1], and no
   * scale is told. `none` where nothing has a range: a float model, or one that is quantized already.
   */
  readonly ranges: "measured" | "locked" | "assumed" | "none";
  readonly coverage: Coverage;
  /** Bytes of all constants of the program. */
  readonly constantBytes: number;
  /** The program's nodes in the order of the graph, without constants. */
  readonly nodes: readonly ExplainedNode[];
  /** Nodes of the source model that nothing of the program comes from. */
  readonly gone: readonly GoneNode[];
  readonly borders: readonly Border[];
  readonly groups: readonly ScaleGroup[];
  /** All rules, whether or not they did something. */
  readonly rules: readonly ExplainedRule[];
  /** Names of the rules that matched nothing. */
  readonly unmatched: readonly string[];
}

/** Where a rule or a clause of one stands. */
export interface TextPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A node as others are named by it. */
export interface NodeName {
  readonly node: string;
  readonly op: string;
}

/** A node of the program. */
export interface ExplainedNode extends NodeName {
  /** `border`: integers become reals here, or the other way. */
  readonly kind: "input" | "integer" | "float" | "border";
  /** The type of the first result: `i8[1, 28, 28, 8]{0.5, -3}`. */
  readonly type: string;
  /** Names of the nodes that it reads. */
  readonly reads: readonly string[];
  /** The nodes of the canonical graph, which the rules annotate, that this one computes. */
  readonly parts: readonly NodeName[];
  /** Nodes and tensors of the source model. */
  readonly sources: readonly string[];
  /** Applications of rewrite rules that made it, oldest first. */
  readonly rewrites: readonly ExplainedRewrite[];
  readonly sites: readonly ExplainedSite[];
  /** Rules that nearly applied, the nearest first. */
  readonly nearMisses: readonly NearMiss[];
  /** Why it computes in float; absent for all others. */
  readonly reason?: string;
  /** Multiply-accumulates of an inference. */
  readonly macs?: number;
}

export interface ExplainedRewrite {
  readonly pass: string;
  readonly rule: string;
  readonly place?: TextPlace;
  /** The nodes that the match covered. */
  readonly from: readonly NodeName[];
}

/** A place that has integers, or reals by request, and who asked for what. */
export interface ExplainedSite {
  /** The part that the site belongs to. */
  readonly node: string;
  /** `kernel`, `output`, `output[1]`, `input[0]`. */
  readonly slot: string;
  readonly claim: ExplainedClaim;
  readonly losers: readonly LostClaim[];
  /** The number of its scale group. */
  readonly group?: number;
  readonly scale?: ExplainedScale;
}

/** A request. */
export interface ExplainedClaim {
  /** A quantizer in the syntax of rule files, `float` or `derived`. */
  readonly request: string;
  readonly rule: string;
  readonly place?: TextPlace;
}

export interface LostClaim extends ExplainedClaim {
  /** By what precedence the winner is stronger. */
  readonly because: string;
}

/** Where a scale comes from: samples → observer → group → parameters. */
export interface ExplainedScale {
  readonly from: "samples" | "constant" | "stated" | "derived" | "lock file";
  readonly dtype: string;
  /** How many scales: 1, or one for each channel or group. */
  readonly count: number;
  /** The least and the greatest scale. */
  readonly scale: Interval;
  readonly zeroPoint: Interval;
  /** Samples that were seen, and the number of values that were NaN or infinite. */
  readonly samples?: number;
  readonly nonFinite?: number;
  /** The least and the greatest value. */
  readonly observed?: Interval;
  /** What the observer chose, with 0 in it. */
  readonly chosen?: Interval;
  /** What the group made of it; absent outside of groups. */
  readonly united?: Interval;
  /** The share of the values beyond what the integers reach, 0 to 1. */
  readonly saturated?: number;
  readonly histogram?: ExplainedHistogram;
}

export interface Interval {
  readonly min: number;
  readonly max: number;
}

/** Counts of the observed values in equal parts of an interval. */
export interface ExplainedHistogram extends Interval {
  readonly counts: readonly number[];
}

/** A rule that begins to fit at a node and does not apply. */
export interface NearMiss {
  readonly rule: string;
  /** The clause that does not hold, or the rule. */
  readonly place?: TextPlace;
  /** What does not hold, with the values that make it so. */
  readonly reason: string;
  /** `clause`: the pattern fits. `pattern`: only a part of it. `kernel`: all holds, but the result cannot be computed. */
  readonly at: "clause" | "pattern" | "kernel";
  /** The part at which it was tried. */
  readonly node: string;
}

export interface GoneNode extends NodeName {
  /** The rule that took it away; absent where nothing uses it. */
  readonly rule?: string;
  readonly place?: TextPlace;
}

/** A `Quantize` or `Dequantize` that is left in the program. */
export interface Border extends NodeName {
  /** Names of the nodes on both sides. */
  readonly reads: string;
  readonly readBy: readonly string[];
  /** Read and written by it in an inference. */
  readonly bytes: number;
  /** The rules that asked for it. */
  readonly rules: readonly string[];
}

/** Sites that have one scale. */
export interface ScaleGroup {
  readonly group: number;
  /** `node.slot`. */
  readonly members: readonly string[];
  readonly tiedBy: readonly string[];
  readonly request: string;
  /** Absent where ranges are assumed. */
  readonly range?: Interval;
}

export interface ExplainedRule {
  readonly rule: string;
  readonly kind: "rewrite" | "quantize";
  readonly place?: TextPlace;
  /** Applications or matches. */
  readonly fired: number;
  /** The rule stands in the user's own file. */
  readonly own: boolean;
  /** The ops at which its pattern begins; absent for any. */
  readonly roots?: readonly string[];
  /** Names of the program's nodes in which it had a part. */
  readonly nodes: readonly string[];
  /** Where it matches nothing: why, at the nearest place. */
  readonly nearMiss?: { readonly node?: string; readonly reason: string };
}
