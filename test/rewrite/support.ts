import { existsSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Attributes, Graph, NodeId, Value } from "../../compiler/ir/graph.ts";
import { viewOf } from "../../compiler/ir/graph-view.ts";
import type { DType, Shape, Tensor } from "../../compiler/ir/types.ts";
import { sizeOf, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import type { Rewritten } from "../../compiler/rewrite/driver.ts";
import { type Library, loadLibrary } from "../../compiler/rewrite/load-rules.ts";
import { forEachMatch } from "../../compiler/rewrite/near-miss.ts";
import { applyPhases } from "../../compiler/rewrite/phases.ts";
import { isAbsent, isList, isValueTerm, type Term } from "../../compiler/rewrite/term.ts";
import * as kernels from "../../runtime/reference/index.ts";

/** The library of a rule text; every diagnostic fails the test. */
export function libraryOf(text: string, files: Readonly<Record<string, string>> = {}): Library {
  const { value, diagnostics } = loadLibrary(
    { path: "rules.qcfg", text },
    {
      ops,
      resolve: (path) => (files[path] === undefined ? undefined : { path, text: files[path] }),
    },
  );
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  return value!;
}

/** All matches of a pattern (`match … require …`) in a graph: what its names stand for, nodes by name. */
export function matchesOf(
  graph: Graph,
  text: string,
  items = "",
): readonly Readonly<Record<string, unknown>>[] {
  const [rule] = libraryOf(
    `${items} quantize R optional { ${text} set root.output = none }`,
  ).quantizes;
  const view = viewOf(graph);
  const found: Record<string, unknown>[] = [];
  const show = (term: Term | undefined): unknown => {
    if (term === undefined || isAbsent(term as Term)) return null;
    if (isList(term)) return term.map(show);
    return isValueTerm(term) ? graph.nodes.get(term.value.node)!.name : term;
  };
  for (const id of graph.nodes.keys()) {
    forEachMatch(rule!, id as NodeId, view, ops, (search) => {
      const names = [...search.pattern.slots.keys()].filter((name) => name !== "root");
      found.push(Object.fromEntries(names.map((name) => [name, show(search.lookup(name))])));
    });
  }
  return found;
}

const rulesFolder = new URL("../../compiler/rules/", import.meta.url);

/** Libraries that come with the compiler, without a warning. */
export function standardLibrary(...names: readonly string[]): Library {
  const { value, diagnostics } = loadLibrary(
    { path: "root.qcfg", text: names.map((name) => `import "std/${name}"`).join("\n") },
    {
      ops,
      resolve(specifier) {
        const url = new URL(`${specifier.replace("std/", "")}.qcfg`, rulesFolder);
        return existsSync(url) ? { path: specifier, text: readFileSync(url, "utf8") } : undefined;
      },
    },
  );
  expect(diagnostics).toEqual([]);
  return value!;
}

/** Writes a graph in a few words. */
export class Sketch {
  readonly editor = new GraphEditor(ops, "sketch");

  input(name: string, shape: Shape, dtype: DType = "float32"): Value {
    return this.editor.input(name, { dtype, shape });
  }

  constant(shape: Shape, values: readonly number[] | number, name = "constant"): Value {
    const data = typeof values === "number" ? Array(sizeOf(shape)).fill(values) : values;
    return this.editor.constant(tensor("float32", shape, data), name);
  }

  /** A constant of random numbers that float32 multiplies without error: small integers over 4. */
  random(shape: Shape, seed = 1, name = "constant"): Value {
    return this.editor.constant(randomTensor(shape, seed), name);
  }

  node(
    op: string,
    operands: readonly (Value | undefined)[],
    attributes: Attributes = {},
    name = op,
  ): Value {
    return this.editor.value({
      op,
      operands,
      attributes,
      name,
      provenance: { sources: [name], rules: [] },
    });
  }

  graph(...outputs: readonly Value[]): Graph {
    for (const [i, value] of outputs.entries()) this.editor.output({ name: `y${i}`, value });
    return this.editor.finish();
  }
}

export function randomTensor(shape: Shape, seed: number, step = 0.25): Tensor {
  let state = seed * 2654435761;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return tensor(
    "float32",
    shape,
    Array.from({ length: sizeOf(shape) }, () => Math.round((next() - 0.5) * 16) * step),
  );
}

/** `Input → ReLU → …`: the ops of a graph in order, without constants. */
export function opsOf(graph: Graph): readonly string[] {
  return [...graph.nodes.values()].map(({ op }) => op).filter((op) => op !== "Constant");
}

export function apply(graph: Graph, library: Library): Rewritten {
  const result = applyPhases(graph, library.phases, { ops });
  expect(result.diagnostics).toEqual([]);
  return result;
}

/** The outputs of a graph on random inputs. */
export function outputsOf(graph: Graph, seed = 7): readonly Tensor[] {
  const inputs = new Map(
    graph.inputs.map(({ name, value }, i) => {
      const type = graph.nodes.get(value.node)!.types[0]!;
      return [
        name,
        {
          ...randomTensor(type.shape, seed + i),
          ...type,
          data: dataOf(type.dtype, randomTensor(type.shape, seed + i)),
        },
      ];
    }),
  );
  return [...evaluate(graph, inputs, { ops, kernels: kernels.kernels }).values()];
}

function dataOf(dtype: DType, from: Tensor) {
  return tensor(
    dtype,
    from.shape,
    dtype === "float32" ? from.data : Array.from(from.data, (x) => Math.round(x * 20)),
  ).data;
}
