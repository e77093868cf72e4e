import * as fc from "fast-check";
import type { Choices } from "../generate/choices.ts";
import { clausesOf } from "../generate/clauses.ts";
import { decodeGraph } from "../generate/decode.ts";
import { type GeneratedMatch, generateMatch } from "../generate/generate-match.ts";
import { generateMiss, type NearMiss } from "../generate/generate-miss.ts";
import { type PatternedRule, placesOf } from "../generate/matching.ts";
import { replayOf } from "../generate/replay.ts";
import { smallerGraphs } from "../generate/shrink-graph.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import {
  type DType,
  type QuantizedDType,
  type QuantParams,
  quantRange,
  type TensorType,
} from "../ir/types.ts";
import { ops as allOps } from "../ops/index.ts";
import { exactInputs, type Inputs } from "./run-graph.ts";

/** What all arbitraries of graphs may be told. */
export interface GraphOptions {
  /** All ops if absent. */
  readonly ops?: OpTable;
  /** The most nodes of a random graph beside inputs and constants; 8 if absent. */
  readonly nodes?: number;
}

/** A generated thing with the string that stands for it before it was shrunk. */
export type Replayable<T> = T & { readonly replay: string };

/** A graph with a value for each input. */
export interface Model {
  readonly graph: Graph;
  readonly inputs: Inputs;
}

/** Random graphs of all ops, well typed. They shrink as graphs do: outputs, nodes, extents, weights. */
export function graphs({
  ops = allOps,
  nodes = 8,
}: GraphOptions = {}): fc.Arbitrary<Replayable<{ readonly graph: Graph }>> {
  return new Generated({
    make: (choices) => ({
      graph: decodeGraph(choices, { ops, nodes }),
      replay: replayOf({ kind: "graph", nodes, choices }),
    }),
    *smaller(one) {
      for (const graph of smallerGraphs(one.graph, ops)) yield { ...one, graph };
    },
  });
}

/** Random graphs with inputs of small numbers, on which float arithmetic is exact. */
export function models(options: GraphOptions = {}): fc.Arbitrary<Model> {
  return fc
    .tuple(graphs(options), fc.nat(1000))
    .map(([{ graph }, seed]) => ({ graph, inputs: exactInputs(graph, seed) }));
}

/** A graph in which a rule matches, and where. */
export type Match = Replayable<Pick<GeneratedMatch, "graph" | "place">>;

/** Graphs in which a rule matches; smaller ones still have a match. Throws where none can be made. */
export function matchesOf(
  rule: PatternedRule,
  { ops = allOps }: GraphOptions = {},
): fc.Arbitrary<Match> {
  return new Generated<Match>({
    make(choices) {
      const made = generateMatch(rule, choices, { ops });
      const replay = replayOf({ kind: "match", rule: rule.name, choices });
      return made && { graph: made.graph, place: made.place, replay };
    },
    *smaller(one) {
      for (const graph of smallerGraphs(one.graph, ops)) {
        const [place] = placesOf(rule, graph, ops);
        if (place) yield { ...one, graph, place };
      }
    },
    failure: `no graph was found in which \`${rule.name}\` matches`,
  });
}

/**
 * Graphs that a rule misses by one clause, each clause as likely as any other; smaller ones miss it by the same clause. Throws
 * where no clause can be broken.
 */
export function nearMissesOf(
  rule: PatternedRule,
  { ops = allOps }: GraphOptions = {},
): fc.Arbitrary<Replayable<NearMiss>> {
  const clauses = clausesOf(rule, ops);
  return new Generated<Replayable<NearMiss>>({
    make(choices) {
      const clause = clauses[(choices[0] ?? 0) % clauses.length];
      const made = clause && generateMiss(rule, clause, choices, { ops });
      if (made === undefined) return undefined;
      const { id } = made.clause;
      return { ...made, replay: replayOf({ kind: "miss", rule: rule.name, clause: id, choices }) };
    },
    *smaller(one) {
      if (one.clause.kind === "op") return;
      for (const graph of smallerGraphs(one.graph, ops)) {
        if (placesOf(rule, graph, ops).length > 0) continue;
        const [place] = placesOf(one.dropped, graph, ops);
        if (place) yield { ...one, graph, place };
      }
    },
    failure: `no graph was found that \`${rule.name}\` misses by one clause`,
  });
}

const dtypes: readonly DType[] = ["float32", "int8", "uint8", "int16", "int32", "bool"];
const extents = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 });

/** Types of values: of reals, of plain integers, and of integers with a scale. */
export function tensorTypes(): fc.Arbitrary<TensorType> {
  const plain = fc.record({ dtype: fc.constantFrom(...dtypes), shape: extents });
  const quantized = fc
    .constantFrom<QuantizedDType>("int8", "uint8", "int16")
    .chain((dtype) =>
      fc.record({ dtype: fc.constant(dtype), shape: extents, quant: quantParams(dtype) }),
    );
  return fc.oneof(plain, quantized);
}

/** Parameters with one scale, a power of two. */
export function quantParams(dtype: QuantizedDType = "int8"): fc.Arbitrary<QuantParams> {
  const [low, high] = quantRange[dtype];
  return fc.record({
    scale: fc.integer({ min: -8, max: 2 }).map((exponent) => [2 ** exponent]),
    zeroPoint: fc
      .integer({ min: Math.max(low, -(2 ** 15)), max: Math.min(high, 2 ** 15) })
      .map((z) => [z]),
  });
}

interface Making<T> {
  readonly make: (choices: Choices) => T | undefined;
  readonly smaller: (value: T) => Iterable<T>;
  readonly failure?: string;
}

/** How often something is made before it counts as impossible. */
const mostTries = 64;

/** What is decoded from choices and then shrinks by itself. */
class Generated<T> extends fc.Arbitrary<T> {
  readonly #making: Making<T>;

  constructor(making: Making<T>) {
    super();
    this.#making = making;
  }

  override generate(random: fc.Random): fc.Value<T> {
    for (let i = 0; i < mostTries; i++) {
      const made = this.#making.make([random.nextInt(1, 2 ** 31 - 1)]);
      if (made !== undefined) return new fc.Value(made, undefined);
    }
    throw new Error(this.#making.failure ?? "nothing could be generated");
  }

  override canShrinkWithoutContext(_value: unknown): _value is T {
    return false;
  }

  override shrink(value: T): fc.Stream<fc.Value<T>> {
    return fc.stream(valuesOf(this.#making.smaller(value)));
  }
}

function* valuesOf<T>(all: Iterable<T>): Generator<fc.Value<T>> {
  for (const one of all) yield new fc.Value(one, undefined);
}
