import type { Attributes, AttributeValue } from "../ir/graph.ts";
import type { AttributeDef, OpDef, OperandRole } from "../ir/op.ts";
import { type Shape, sizeOf, type TensorType } from "../ir/types.ts";
import type { Draw } from "./choices.ts";
import { drawShape, type Palette, real } from "./palette.ts";
import { recipes } from "./recipes.ts";
import type { Weights } from "./weights.ts";

/** Where an op is to be used: what is known of its operands and of its result. */
export interface RecipeSite {
  readonly draw: Draw;
  readonly palette: Palette;
  /** Types of the operands that are there already. */
  readonly types: readonly (TensorType | undefined)[];
  /** What the result should be, if anybody asks. */
  readonly want?: TensorType | undefined;
  /** How the reader of the result uses it: as a weight with this channel axis, or a bias with these scales. */
  readonly role?: OperandRole | undefined;
  readonly axis?: number | undefined;
  readonly product?: readonly number[] | undefined;
  /** Permutations and shapes that the graph has already: the likely ones. */
  readonly used: () => readonly (readonly number[])[];
}

/** How uses of an op are made up. What is absent follows from the op's definition. */
export interface OpRecipe {
  /** The least and the most dimensions of the first operand; 1 to 4 if absent. */
  readonly ranks?: readonly [least: number, most: number];
  /** A type that operand `index` can have beside the others; `undefined` where the recipe has no opinion. */
  readonly operand?: (index: number, site: RecipeSite) => TensorType | undefined;
  /** What the first operand can be where the result shall be `want`. */
  readonly before?: (want: TensorType, site: RecipeSite) => TensorType | undefined;
  /** Attributes that fit the operands; those with a default may be left out. */
  readonly attributes?: (site: RecipeSite) => Attributes;
  /** What a constant operand holds. */
  readonly weights?: (
    index: number,
    attributes: Attributes,
    types: RecipeSite["types"],
  ) => Weights | undefined;
  /** How many operands a variadic op has, besides the fixed ones. */
  readonly variadic?: (draw: Draw) => number;
}

function recipeOf({ name }: OpDef): OpRecipe {
  return Object.hasOwn(recipes, name) ? recipes[name]! : {};
}

/** A type for operand `index` of an op. */
export function operandType(op: OpDef, index: number, site: RecipeSite): TensorType {
  const recipe = recipeOf(op);
  const own = recipe.operand?.(index, site);
  if (own) return own;
  const other = site.types.find((type) => type !== undefined);
  if (op.traits.includes("elementwise") && op.operands.length > 1)
    return broadcastType(other, site);
  if (index > 0 && other) return other;
  const { want } = site;
  if (want) {
    const asked = recipe.before
      ? recipe.before(want, site)
      : keepsShape(op)
        ? real(want.shape)
        : undefined;
    if (asked) return movedAs(op, asked, want);
  }
  const [least, most] = recipe.ranks ?? [1, 4];
  return movedAs(op, real(drawShape(site.draw, site.palette, least, most)), want);
}

/** What is only moved has the elements of the result. */
function movedAs({ traits }: OpDef, type: TensorType, want: TensorType | undefined): TensorType {
  if (!traits.includes("movement") || !want || (want.quant && want.quant.axis !== undefined))
    return type;
  return { ...want, shape: type.shape };
}

/** Whether the result has the shape of the first operand, whatever the attributes are. */
function keepsShape({ traits, operands }: OpDef): boolean {
  return (
    (traits.includes("elementwise") && operands.length === 1) ||
    traits.includes("inference-identity")
  );
}

/** A type that broadcasts with `other`, the same one first; with `want` beside a smaller one, that. */
function broadcastType(
  other: TensorType | undefined,
  { draw, palette, want }: RecipeSite,
): TensorType {
  if (other === undefined) return real(want?.shape ?? drawShape(draw, palette, 1, 4));
  const { shape, dtype } = other;
  const plain = dtype === "bool" || dtype === "int32" ? dtype : "float32";
  if (want && sizeOf(want.shape) > sizeOf(shape)) return real(want.shape, plain);
  return real(draw.pick(broadcastShapes(shape, draw)), plain);
}

/** Shapes that broadcast with `shape`: itself, one channel vector, one number, some extents of 1, and larger ones. */
function broadcastShapes(shape: Shape, draw: Draw): readonly Shape[] {
  const last = shape.at(-1) ?? 1;
  const thin = shape.map((size) => (draw.chance(1, 2) ? 1 : size));
  const wide = shape.map((n) => (n === 1 ? 2 : n));
  return [
    shape,
    shape,
    [last],
    [last],
    [],
    [1],
    thin,
    wide,
    shape.length < 4 ? [2, ...shape] : thin,
  ];
}

/** Attributes of a use of an op on operands of these types; every required one is there. */
export function drawAttributes(op: OpDef, site: RecipeSite): Attributes {
  const chosen = recipeOf(op).attributes?.(site) ?? {};
  const complete: Record<string, AttributeValue> = { ...chosen };
  for (const [name, def] of Object.entries(op.attributes)) {
    if (name in complete || name === "activation") continue;
    const value = otherThanDefault(def, site.draw);
    if (value !== undefined) complete[name] = value;
  }
  return complete;
}

/** Now and then another word or truth value than the default; numbers keep theirs. */
function otherThanDefault(
  { kind, oneOf, default: usual }: AttributeDef,
  draw: Draw,
): AttributeValue | undefined {
  if (kind === "boolean") return draw.chance(1, 4) ? !usual : undefined;
  if (oneOf) return draw.chance(1, 4) ? draw.pick(oneOf) : undefined;
  return undefined;
}

/** What a constant for operand `index` holds. */
export function drawWeights(
  op: OpDef,
  index: number,
  attributes: Attributes,
  types: RecipeSite["types"],
): Weights {
  const own = recipeOf(op).weights?.(index, attributes, types);
  return own ?? { kind: op.traits.includes("elementwise") ? "powers" : "integers" };
}

/** How many operands a use has: the optional ones may be missing. */
export function operandCount(op: OpDef, draw: Draw): number {
  const last = op.operands.at(-1);
  if (last?.variadic) return op.operands.length - 1 + (recipeOf(op).variadic?.(draw) ?? 2);
  const required = op.operands.filter(({ optional }) => !optional).length;
  return required + draw.below(op.operands.length - required + 1);
}

/** The role of operand `index`; all variadic ones have the last. */
export function roleOf({ operands }: OpDef, index: number): OperandRole {
  return operands[Math.min(index, operands.length - 1)]?.role ?? "parameter";
}
