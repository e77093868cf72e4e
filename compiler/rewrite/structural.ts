import { kernels } from "../../runtime/reference/index.ts";
import type { GraphEditor } from "../ir/edit.ts";
import { runCalls } from "../ir/evaluate.ts";
import { type Node, type NodeId, sameValue, type Value } from "../ir/graph.ts";
import { isIntegerForm } from "../ir/infer.ts";
import type { OpTable } from "../ir/op.ts";
import { sizeOf, type Tensor } from "../ir/types.ts";
import { type CodeRule, defineRule } from "./rule.ts";
import { sameAttributes } from "./term.ts";

/** Rules that speak of every op alike, which a pattern cannot. */

/** Borders between integers and reals stay: what they hold is the quantization of the model. */
const borders: ReadonlySet<string> = new Set(["Quantize", "Dequantize", "Requantize"]);

/** A constant that is this many times larger than what it is computed from is left to be computed. */
const largestGrowth = 16;

const foldConstants = defineRule({
  name: "FoldConstants",
  law: "f(k) is a constant    for constants k",
  preserve: { kind: "bits" },
  sight: { edges: 1, isAround: false },
  rewrite(editor, id, ops) {
    const node = editor.node(id);
    if (node.operands.length === 0 || borders.has(node.op)) return undefined;
    for (const operand of node.operands)
      if (operand && editor.constantOf(operand) === undefined) return undefined;
    const constants = node.operands.map((operand) => editor.constantOf(operand));
    const elements = (types: readonly { readonly shape: readonly number[] }[]) =>
      types.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const given = elements(constants.filter((constant) => constant !== undefined));
    if (elements(node.types) > largestGrowth * given + 1024) return undefined;
    return computed(editor, node, constants, ops);
  },
});

function computed(
  editor: GraphEditor,
  node: Node,
  constants: readonly (Tensor | undefined)[],
  ops: OpTable,
): readonly Value[] | undefined {
  const op = ops.get(node.op)!;
  if (isIntegerForm(op, node.attributes)) return undefined;
  const calls = op.lower({
    name: node.name,
    attributes: node.attributes,
    operands: constants,
    constants,
    results: node.types,
    requantize: "onnx",
  });
  const results = runCalls(calls, constants, node.types, kernels);
  return results.map((tensor) => editor.constant(tensor, node.name, node.provenance));
}

/** Beyond this many users of an operand twins are not looked for: it would cost the square of their number. */
const mostSiblings = 32;

const mergeEqualNodes = defineRule({
  name: "MergeEqualNodes",
  law: "f(x) = f(x)    computed once",
  preserve: { kind: "bits" },
  sight: { edges: 1, isAround: true },
  rewrite(editor, id) {
    const node = editor.node(id);
    for (const other of fewestUsers(editor, node)) {
      const twin = editor.node(other);
      if (isTwin(node, twin)) return node.types.map((_, output) => ({ node: other, output }));
    }
    return undefined;
  },
});

function fewestUsers(editor: GraphEditor, { operands }: Node): readonly NodeId[] {
  let rarest: NodeId | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const operand of operands) {
    if (operand === undefined) continue;
    const count = editor.useCount(operand.node);
    if (count >= fewest) continue;
    fewest = count;
    rarest = operand.node;
  }
  if (rarest === undefined || fewest < 2 || fewest > mostSiblings) return [];
  return editor.users(rarest);
}

function isTwin(node: Node, other: Node): boolean {
  return (
    other.id !== node.id &&
    other.op === node.op &&
    other.operands.length === node.operands.length &&
    other.operands.every((operand, i) => sameValue(operand, node.operands[i])) &&
    sameAttributes(other.attributes, node.attributes)
  );
}

/** The rules in TypeScript that belong to a library, by the name under which it is imported. */
export const codeRules: Readonly<Record<string, readonly CodeRule[]>> = {
  "std/canonical": [foldConstants, mergeEqualNodes],
  "std/layout": [foldConstants],
};
