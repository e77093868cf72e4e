import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Tensor } from "../ir/types.ts";
import { fixedBatch, unboundDimension, unknownBinding } from "./diagnostics.ts";

/** What the user fixes of a model while importing it. */
export interface Bindings {
  /**
   * Sizes of symbolic dimensions, by name; a dimension without a name is called `input.axis`.
   */
  readonly dimensions?: Readonly<Record<string, number>> | undefined;
  /** Size of every first dimension that the file leaves open; 1 unless stated. */
  readonly batch?: number | undefined;
  /** Inputs that become constants. */
  readonly constants?: ReadonlyMap<string, Tensor> | undefined;
}

/** A dimension that the file leaves open, and the size that it got. */
export interface SymbolicDimension {
  /** Its name, or `input.axis`: what `--shape` calls it. */
  readonly name: string;
  readonly size: number;
  /** The inputs that have it. */
  readonly inputs: readonly string[];
}

/** One dimension as a file states it: a size, or open with a name if it has one. */
export type FileDimension = { readonly size: number } | { readonly name: string };

/** Fixes open dimensions and remembers which there were. */
export class DimensionBinder {
  readonly #model: string;
  readonly #bindings: Bindings;
  readonly #found = new Map<string, { size: number; inputs: string[] }>();
  readonly #missing: Diagnostic[] = [];
  #hasBatch = false;

  constructor(model: string, bindings: Bindings) {
    this.#model = model;
    this.#bindings = bindings;
  }

  /** The shape of an input; a size that is not bound is 1 and reported by `finish`. */
  shape(input: string, dimensions: readonly FileDimension[]): readonly number[] {
    return dimensions.map((dimension, axis) =>
      "size" in dimension ? dimension.size : this.#bind(input, axis, dimension.name),
    );
  }

  #bind(input: string, axis: number, stated: string): number {
    const key = stated === "" ? `${input}.${axis}` : stated;
    const known = this.#found.get(key);
    if (known) {
      known.inputs.push(input);
      return known.size;
    }
    const size = this.#sizeOf(key, axis);
    if (size === undefined) this.#missing.push(unboundDimension(this.#model, input, axis, key));
    this.#found.set(key, { size: size ?? 1, inputs: [input] });
    return size ?? 1;
  }

  #sizeOf(key: string, axis: number): number | undefined {
    const { dimensions = {}, batch = 1 } = this.#bindings;
    if (Object.hasOwn(dimensions, key)) return dimensions[key];
    if (axis !== 0) return undefined;
    this.#hasBatch = true;
    return batch;
  }

  get dimensions(): readonly SymbolicDimension[] {
    return [...this.#found].map(([name, { size, inputs }]) => ({ name, size, inputs }));
  }

  /** Dimensions that nobody bound, and bindings of what the model does not have. */
  finish(): readonly Diagnostic[] {
    const { dimensions = {}, batch } = this.#bindings;
    const known = [...this.#found.keys()];
    const unknown = Object.keys(dimensions)
      .filter((name) => !this.#found.has(name))
      .map((name) => unknownBinding(this.#model, "dimension", name, known));
    const fixed = batch !== undefined && batch !== 1 && !this.#hasBatch;
    return [...this.#missing, ...unknown, ...(fixed ? [fixedBatch(this.#model, batch)] : [])];
  }
}
