import type { AttributeValue, Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { sameShape, sizeOf, type Tensor } from "../ir/types.ts";
import { Draw } from "./choices.ts";
import { cropped } from "./rebuild.ts";
import { shrinkSteps, simplerTensors, weightOf } from "./shrink-steps.ts";
import { drawTensor } from "./weights.ts";

/** A graph with what its inputs are, by name. */
export interface Case {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

export interface ShrinkOptions {
  readonly ops: OpTable;
  /** The most candidates that are tried; 2,000 if absent. */
  readonly candidates?: number;
}

/** All graphs that are one step smaller, the smallest first; for whoever has a search of their own. */
export function* smallerGraphs(graph: Graph, ops: OpTable): Generator<Graph> {
  const size = sizeOfCase({ graph, inputs: new Map() }, ops);
  for (const step of shrinkSteps)
    for (const smaller of step(graph, ops))
      if (smaller && compareSizes(sizeOfCase({ graph: smaller, inputs: new Map() }, ops), size) < 0)
        yield smaller;
}

/** What is left of something that fails. */
export interface Shrunk<T> {
  readonly smallest: T;
  /** How many candidates were tried. */
  readonly tried: number;
}

/**
 * The smallest graph found that still fails: outputs, nodes, operands, extents, attributes and weights are taken away or made
 * simpler as long as `stillFails` says so. Every candidate is well typed. Always ends; the result is never larger than `graph`.
 */
export function shrinkGraph(
  graph: Graph,
  stillFails: (graph: Graph) => boolean,
  options: ShrinkOptions,
): Shrunk<Graph> {
  const start = { graph, inputs: new Map<string, Tensor>() };
  const { smallest, tried } = shrink(start, (one) => stillFails(one.graph), options, false);
  return { smallest: smallest.graph, tried };
}

/** The same of a graph together with its inputs, which follow its types and become simpler at last. */
export function shrinkCase(
  start: Case,
  stillFails: (one: Case) => boolean,
  options: ShrinkOptions,
): Shrunk<Case> {
  return shrink(start, stillFails, options, true);
}

function shrink(
  start: Case,
  stillFails: (one: Case) => boolean,
  { ops, candidates = 2000 }: ShrinkOptions,
  hasInputs: boolean,
): Shrunk<Case> {
  let smallest = start;
  let tried = 0;
  const steps = [
    ...shrinkSteps.map(
      (step) =>
        function* (one: Case): Generator<Case> {
          for (const graph of step(one.graph, ops))
            if (graph) yield { graph, inputs: hasInputs ? inputsFor(graph, one) : one.inputs };
        },
    ),
    ...(hasInputs ? [simplerInputs] : []),
  ];
  const isBetter = (one: Case): boolean => {
    if (compareSizes(sizeOfCase(one, ops), sizeOfCase(smallest, ops)) >= 0) return false;
    tried++;
    return stillFails(one);
  };
  for (let before: Case | undefined; before !== smallest && tried < candidates; ) {
    before = smallest;
    for (const step of steps) {
      let next: Case | undefined = smallest;
      while (next && tried < candidates) {
        next = firstOf(step(smallest), (one) => tried < candidates && isBetter(one));
        if (next) smallest = next;
      }
    }
  }
  return { smallest, tried };
}

function firstOf<T>(all: Iterable<T>, holds: (item: T) => boolean): T | undefined {
  for (const item of all) if (holds(item)) return item;
  return undefined;
}

/** Inputs of a changed graph: those of before, cut to the new shape; made up for a value that was computed before. */
function inputsFor(graph: Graph, before: Case): ReadonlyMap<string, Tensor> {
  const known = new Map(
    before.graph.inputs.map(({ name, value }) => [value.node, before.inputs.get(name)]),
  );
  return new Map(
    graph.inputs.map(({ name, value }): [string, Tensor] => {
      const type = graph.nodes.get(value.node)!.types[0]!;
      const old = known.get(value.node);
      const made =
        old === undefined
          ? drawTensor(new Draw([value.node + 1]), type, { kind: "integers" })
          : sameShape(old.shape, type.shape)
            ? old
            : cropped(old, type.shape);
      return [name, { ...made, ...type }];
    }),
  );
}

function* simplerInputs({ graph, inputs }: Case): Generator<Case> {
  for (const [name, value] of inputs)
    for (const simpler of simplerTensors(value))
      yield { graph, inputs: new Map([...inputs, [name, simpler]]) };
}

/** What counts, first things first: nodes, outputs, constants and inputs, elements, attributes, weights, names. */
function sizeOfCase({ graph, inputs }: Case, ops: OpTable): readonly number[] {
  const nodes = [...graph.nodes.values()];
  const constants = nodes.filter(({ op }) => op === "Constant");
  const computed = nodes.length - constants.length - graph.inputs.length;
  const elements = nodes.flatMap(({ types }) => types.map(({ shape }) => sizeOf(shape)));
  const operands = nodes.map((node) => node.operands.filter(Boolean).length);
  const weights = constants.map(({ attributes }) => weightOf((attributes.value as Tensor).data));
  const stated = nodes.map(({ op, attributes }) => {
    const defs = Object.entries(ops.get(op)!.attributes);
    return sum(defs.map(([name, def]) => distance(attributes[name], def.default)));
  });
  return [
    computed,
    graph.outputs.length,
    constants.length + graph.inputs.length,
    sum(operands),
    sum(elements),
    sum(stated),
    sum(weights) + sum([...inputs.values()].map(({ data }) => weightOf(data))),
    sum(nodes.map(({ name }) => name.length)),
  ];
}

/** How far an attribute is from its default: for lists of one length, in how many places. */
function distance(stated: AttributeValue | undefined, usual: AttributeValue | undefined): number {
  if (`${stated}` === `${usual}`) return 0;
  if (!Array.isArray(stated) || !Array.isArray(usual) || stated.length !== usual.length) return 1;
  return stated.filter((item, i) => item !== usual[i]).length;
}

function compareSizes(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((n, i) => n !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
