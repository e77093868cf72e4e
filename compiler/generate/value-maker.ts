import type { TensorTypePattern } from "../../grammar/ast.ts";
import type { Attributes, AttributeValue, Value } from "../ir/graph.ts";
import type { OpDef, OperandRole } from "../ir/op.ts";
import type { TensorType } from "../ir/types.ts";
import type { Scope } from "../rewrite/expression.ts";
import type { NodePattern } from "../rewrite/pattern.ts";
import { sizeNames } from "../rewrite/weight-sizes.ts";
import { attributeThatFits } from "./attribute-pattern.ts";
import type { Draw } from "./choices.ts";
import { addReader } from "./decode.ts";
import { type DraftGraph, isSmall } from "./draft-graph.ts";
import { drawAttributes, drawWeights, operandType, type RecipeSite, roleOf } from "./op-recipes.ts";
import { drawShape, type Palette } from "./palette.ts";
import type { Repair } from "./repair.ts";
import { typeThatFits } from "./type-pattern.ts";
import { drawTensor, type Weights } from "./weights.ts";

/** What a value should be like, where that is known before it is made. */
export interface Want {
  readonly type?: TensorType | undefined;
  /** How its reader uses it. */
  readonly role?: OperandRole;
  /** The channel axis of a weight. */
  readonly axis?: number | undefined;
  /** The scales of a bias. */
  readonly product?: readonly number[] | undefined;
  /** What a constant in its place should hold. */
  readonly weights?: Weights;
}

/** The operands of a node as far as they are decided. */
export interface Operands {
  readonly values: readonly (Value | undefined)[];
  /** Places of optional ones that shall be absent; other missing ones are made up. */
  readonly omitted: ReadonlySet<number>;
}

/** Makes single values in a draft: nodes on given operands, and what a pattern says nothing of. */
export class ValueMaker {
  /** How many have been tried. */
  steps = 0;
  readonly #graph: DraftGraph;
  readonly #draw: Draw;
  readonly #palette: Palette;
  /** What names stand for so far. */
  readonly #scope: Scope;
  /** Ops that conditions name as words: what holes read is computed by one of them now and then. */
  readonly #named: readonly string[];

  constructor(
    graph: DraftGraph,
    draw: Draw,
    palette: Palette,
    scope: Scope,
    named: readonly string[],
  ) {
    this.#graph = graph;
    this.#draw = draw;
    this.#palette = palette;
    this.#scope = scope;
    this.#named = named;
  }

  wantOf(op: OpDef, at: number, operands: readonly (Value | undefined)[], want: Want): Want {
    const role = roleOf(op, at);
    const site = this.#site(operands, want);
    return {
      type: operandType(op, at, site),
      role,
      axis: op.operands[Math.min(at, op.operands.length - 1)]?.channelAxis,
      ...(role === "bias" && { product: this.#scalesOf(operands) }),
      weights: drawWeights(op, at, {}, site.types),
    };
  }

  /** The scales of products of the first two operands, where they are dequantized integers. */
  #scalesOf([x, k]: readonly (Value | undefined)[]): readonly number[] | undefined {
    const [first, second] = [x, k].map((value) => {
      const [from] = value ? this.#graph.node(value.node).operands : [];
      return from && this.#graph.typeOf(from).quant?.scale;
    });
    const [scale] = first ?? [];
    return scale === undefined ? undefined : second?.map((other) => Math.fround(scale * other));
  }

  #site(operands: readonly (Value | undefined)[], want: Want): RecipeSite {
    const graph = this.#graph;
    return {
      draw: this.#draw,
      palette: this.#palette,
      types: operands.map((value) => value && graph.typeOf(value)),
      want: want.type,
      role: want.role,
      axis: want.axis,
      product: want.product,
      used: () =>
        graph.nodes.flatMap(({ attributes, types }) => [
          ...Object.values(attributes).filter(isNumbers),
          ...types.map(({ shape }) => shape),
        ]),
    };
  }

  add(
    op: OpDef,
    node: NodePattern,
    want: Want,
    { values, omitted }: Operands,
    repair: Repair,
  ): Value | undefined {
    this.steps++;
    const site = this.#site(values, want);
    const types = [...site.types];
    for (let i = 0; i < values.length; i++)
      if (!omitted.has(i)) types[i] ??= operandType(op, i, { ...site, types });
    if (!types.every((type) => type === undefined || isSmall(type))) return undefined;
    const drawn = { ...drawAttributes(op, { ...site, types }), ...repair.attributes };
    const attributes = this.#patternAttributes(op, node, drawn);
    const all = values.map((value, i) => {
      if (omitted.has(i)) return undefined;
      const forced = repair.operands?.get(op.operands[Math.min(i, op.operands.length - 1)]!.name);
      const weights: Weights =
        forced === undefined
          ? drawWeights(op, i, attributes, types)
          : { kind: "all", value: forced };
      return value ?? this.#filler(op, i, types[i]!, weights, want);
    });
    return this.#graph.add(op.name, all, attributes, repair.name);
  }

  #patternAttributes(op: OpDef, node: NodePattern, drawn: Attributes): Attributes {
    const attributes: Record<string, AttributeValue> = { ...drawn };
    for (const wanted of node.attributes) {
      const name = wanted.name.text;
      // The matcher sees whether weights have the size.
      if (sizeNames.has(name)) continue;
      const current = attributes[name] ?? op.attributes[name]?.default;
      const fitting = attributeThatFits(wanted, current, this.#scope, this.#draw);
      if (fitting !== undefined) attributes[name] = fitting;
    }
    return attributes;
  }

  /** An operand of which the pattern says nothing. */
  #filler(op: OpDef, index: number, type: TensorType, weights: Weights, want: Want): Value {
    const role = roleOf(op, index);
    const isActivation = role === "activation" && want.role !== "weight" && want.role !== "bias";
    if (isActivation || (role === "parameter" && type.dtype === "bool"))
      return this.#reused(type) ?? this.#graph.input(type);
    return this.#graph.constant(drawTensor(this.#draw, type, weights));
  }

  /** Now and then a value of the same type that is there already. */
  #reused(type: TensorType): Value | undefined {
    if (!this.#draw.chance(this.#palette.reuse, 6)) return undefined;
    const fitting = this.#graph.nodes.filter(
      ({ op, types }) => op !== "Constant" && sameTypeAs(types[0]!, type),
    );
    if (fitting.length === 0) return undefined;
    const newer = fitting.slice(fitting.length >> 1);
    return { node: this.#draw.pick(newer).id, output: 0 };
  }

  /** First, where values are to be reused, what the newest one is; at last anything. */
  wantedOfLeaf(want: Want, kind: "Constant" | "Input" | undefined, time: number): Want {
    const isReal = want.type === undefined || want.type.dtype === "float32";
    const isFree = isReal && (want.role ?? "activation") === "activation";
    if (!isFree || kind !== undefined || (time > 0 && time < 3)) return want;
    if (time === 3) return { ...want, type: undefined };
    const newest = this.#graph.nodes.findLast(
      ({ operands, types }) => operands.length > 0 && isPlain(types[0]!),
    );
    return this.#palette.reuse > 2 && newest ? { ...want, type: newest.types[0] } : want;
  }

  makeLeaf(
    type: TensorType,
    { role, weights = { kind: "integers" } }: Want,
    kind: "Constant" | "Input" | undefined,
    repair: Repair,
  ): Value | undefined {
    this.steps++;
    const isConstant =
      kind === "Constant" ||
      repair.value !== undefined ||
      (kind === undefined && this.#isConstant(role));
    const { shape = type.shape, dtype = type.dtype } = repair;
    const repaired = repair.shape || repair.dtype ? { dtype, shape } : type;
    if (!isSmall(repaired)) return undefined;
    if (repair.op !== undefined) return this.#computed(repair.op, repaired);
    const [name] = this.#named;
    if (!isConstant && kind === undefined && name !== undefined && this.#draw.chance(1, 6))
      return this.#computed(this.#draw.pick(this.#named), repaired);
    if (!isConstant)
      return (
        (kind === undefined && repaired === type ? this.#reused(type) : undefined) ??
        this.#graph.input(repaired, repair.name)
      );
    const all: Weights =
      repair.value === undefined ? weights : { kind: "all", value: repair.value };
    return this.#graph.constant(drawTensor(this.#draw, repaired, all));
  }

  /** A value that an op computes from an input. */
  #computed(name: string, type: TensorType): Value | undefined {
    const op = this.#graph.ops.get(name);
    return op && addReader(this.#graph, this.#draw, this.#palette, op, this.#graph.input(type));
  }

  #isConstant(role: OperandRole | undefined): boolean {
    if (role === "activation" || role === undefined) return this.#draw.chance(1, 10);
    return !this.#draw.chance(1, 6);
  }

  leafType(patterns: readonly TensorTypePattern[], { type }: Want): TensorType {
    const start = type ?? { dtype: "float32", shape: drawShape(this.#draw, this.#palette, 1, 4) };
    const extentOf = (name: string | undefined, usual: number | undefined) => {
      const known = name === undefined ? undefined : this.#scope.lookup(name);
      return typeof known === "number" ? known : (usual ?? this.#draw.pick(this.#palette.dims));
    };
    return patterns.reduce((found, pattern) => typeThatFits(pattern, found, extentOf), start);
  }
}

function isPlain({ dtype, quant }: TensorType): boolean {
  return dtype === "float32" && quant === undefined;
}

function isNumbers(value: AttributeValue): value is readonly number[] {
  return Array.isArray(value) && typeof value[0] === "number";
}

function sameTypeAs(a: TensorType, b: TensorType): boolean {
  return (
    a.dtype === b.dtype &&
    a.quant?.scale[0] === b.quant?.scale[0] &&
    a.quant?.zeroPoint[0] === b.quant?.zeroPoint[0] &&
    a.quant?.axis === b.quant?.axis &&
    a.shape.length === b.shape.length &&
    a.shape.every((n, i) => n === b.shape[i])
  );
}
