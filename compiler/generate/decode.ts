import type { Graph, Value } from "../ir/graph.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import type { TensorType } from "../ir/types.ts";
import { type Choices, Draw } from "./choices.ts";
import { DraftGraph, isSmall } from "./draft-graph.ts";
import {
  drawAttributes,
  drawWeights,
  operandCount,
  operandType,
  type RecipeSite,
  roleOf,
} from "./op-recipes.ts";
import { drawPalette, type Palette, real } from "./palette.ts";
import { drawTensor } from "./weights.ts";

export interface DecodeOptions {
  readonly ops: OpTable;
  /** The most nodes beside inputs and constants; 8 if absent. */
  readonly nodes?: number;
}

/**
 * A random graph of every op of the table. Total: all choices decode, to a graph that the verifier accepts; the same ones
 * always to the same graph.
 */
export function decodeGraph(choices: Choices, { ops, nodes = 8 }: DecodeOptions): Graph {
  const draw = new Draw(choices);
  const draft = new DraftGraph(ops);
  const palette = drawPalette(draw);
  draft.input(real(palette.image));
  const steps = 1 + draw.below(nodes);
  for (let i = 0; i < steps; i++) growByOne(draft, draw, palette);
  for (const value of unread(draft)) draft.output(value);
  if (draft.nodes.length === 1) draft.output({ node: 0, output: 0 });
  return draft.finish();
}

/** Values that nothing uses: what a graph has for its outputs. */
export function unread(draft: DraftGraph): readonly Value[] {
  const read = new Set(draft.nodes.flatMap(({ operands }) => operands.map((o) => o?.node)));
  return draft.nodes.flatMap(({ id, op }) =>
    read.has(id) || op === "Constant" || op === "Input" ? [] : [{ node: id, output: 0 }],
  );
}

/** Ops that are met more often than others. */
const usual = ["ReLU", "Add", "Conv2D", "Dense", "Multiply", "Reshape", "Transpose", "Concat"];

/**
 * Adds a node that reads one of the values, the newest ones rather than others, or one of `from`. Tries a few ops; `undefined`
 * where none of them fits.
 */
export function growByOne(
  draft: DraftGraph,
  draw: Draw,
  palette: Palette,
  from?: readonly Value[],
): Value | undefined {
  const values = from ?? valuesOf(draft);
  if (values.length === 0) return undefined;
  const back = Math.min(draw.below(4), draw.below(values.length));
  const value = values[values.length - 1 - back]!;
  const names = [...draft.ops.keys()];
  const site = () => ({ draft, draw, palette, types: [], used: () => usedIn(draft) });
  for (let i = 0; i < 4; i++) {
    const name = draw.chance(1, 2) ? draw.pick(names) : draw.pick(usual);
    const op = draft.ops.get(name);
    if (op === undefined || op.operands.length === 0) continue;
    const made = addReader(draft, draw, palette, op, from ? value : readBy(op, value, site()));
    if (made) return made;
    if (from || !draw.chance(1, 4)) continue;
    const size = draft.size;
    const own = addReader(draft, draw, palette, op, draft.input(operandType(op, 0, site())));
    if (own) return own;
    draft.undo(size);
  }
  return undefined;
}

function valuesOf(draft: DraftGraph): readonly Value[] {
  return draft.nodes.flatMap(({ id, op }) => (op === "Constant" ? [] : [{ node: id, output: 0 }]));
}

/** A value for an op's first operand: `value`, or one of the dtype that it reads. */
function readBy(op: OpDef, value: Value, site: RecipeSite & { readonly draft: DraftGraph }): Value {
  const { draft } = site;
  if (isRead(op, draft.typeOf(value))) return value;
  const wanted = operandType(op, 0, site);
  const fitting = draft.nodes.findLast(
    ({ op: name, types: [type] }) =>
      name !== "Constant" && type!.dtype === wanted.dtype && !type!.quant === !wanted.quant,
  );
  return fitting ? { node: fitting.id, output: 0 } : draft.input(wanted);
}

/** A node of `op` whose first operand is `value`; `undefined` where that does not fit. */
export function addReader(
  draft: DraftGraph,
  draw: Draw,
  palette: Palette,
  op: OpDef,
  value: Value,
): Value | undefined {
  if (op.operands.length === 0) return undefined;
  const size = draft.size;
  const count = operandCount(op, draw);
  const types: (TensorType | undefined)[] = new Array(count).fill(undefined);
  types[0] = draft.typeOf(value);
  const site: RecipeSite = { draw, palette, types, used: () => usedIn(draft) };
  if (!isRead(op, types[0])) return undefined;
  for (let i = 1; i < count; i++) types[i] = operandType(op, i, { ...site, types });
  if (!types.every((type) => type === undefined || isSmall(type))) return undefined;
  const attributes = drawAttributes(op, { ...site, types });
  const operands = types.map((type, i) =>
    i === 0 ? value : operandFor(draft, draw, op, i, type!, attributes, types),
  );
  const made = draft.add(op.name, operands, attributes);
  if (made === undefined) draft.undo(size);
  return made;
}

/** Whether an op reads values of such a dtype first; inference says the rest. */
function isRead(op: OpDef, { dtype, quant }: TensorType): boolean {
  if (op.traits.includes("movement") || (op.name === "Cast" && !quant)) return true;
  const wanted = firstType(op);
  return quant ? wanted.quant !== undefined : !wanted.quant && wanted.dtype === dtype;
}

const firstTypes = new WeakMap<OpDef, TensorType>();

/** What an op reads first where all is as simple as can be. */
function firstType(op: OpDef): TensorType {
  const draw = new Draw([0]);
  const known =
    firstTypes.get(op) ??
    operandType(op, 0, { draw, palette: drawPalette(draw), types: [], used: () => [] });
  firstTypes.set(op, known);
  return known;
}

function operandFor(
  draft: DraftGraph,
  draw: Draw,
  op: OpDef,
  index: number,
  type: TensorType,
  attributes: Parameters<typeof drawWeights>[2],
  types: RecipeSite["types"],
): Value {
  const isActivation = roleOf(op, index) === "activation";
  if (isActivation && draw.chance(2, 3)) {
    const fitting = draft.nodes.filter((node) => isSame(node.types[0]!, type));
    if (fitting.length > 0) return { node: draw.pick(fitting).id, output: 0 };
    if (draw.chance(1, 3)) return draft.input(type);
  }
  return draft.constant(drawTensor(draw, type, drawWeights(op, index, attributes, types)));
}

function isSame(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && !a.quant && !b.quant && a.shape.join() === b.shape.join();
}

function usedIn(draft: DraftGraph): readonly (readonly number[])[] {
  return draft.nodes.flatMap(({ attributes, types }) => [
    ...Object.values(attributes).filter(
      (value): value is readonly number[] => Array.isArray(value) && typeof value[0] === "number",
    ),
    ...types.map(({ shape }) => shape),
  ]);
}
