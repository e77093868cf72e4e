import type { Graph, Node } from "./graph.ts";
import { isIntegerForm } from "./infer.ts";
import type { OpTable } from "./op.ts";

/**
 * The forms that a graph passes through, and what is true of every node in each. These are the facts that passes may
 * rely on, so each is one that the passes before it guarantee. What holds in all forms is in `verify.ts`.
 */

/** Something that holds of every node; `breach` says what is wrong, as the end of "node `x` …". */
interface Fact {
  readonly holds: string;
  readonly breach: (node: Node, graph: Graph, ops: OpTable) => string | undefined;
}

const noIntegerForms: Fact = {
  holds: "integers are computed with only between Quantize and Dequantize",
  breach: ({ op, attributes }, _, ops) =>
    isIntegerForm(ops.get(op)!, attributes) ? "is in integer form" : undefined,
};

const activationsApart: Fact = {
  holds: "an activation is a node of its own; only an integer form limits its own result",
  breach: ({ op, attributes }, _, ops) =>
    attributes.activation !== undefined &&
    attributes.activation !== "linear" &&
    !isIntegerForm(ops.get(op)!, attributes)
      ? `has the activation ${attributes.activation}`
      : undefined,
};

const realsAreReals: Fact = {
  holds: "a quantized value goes to Dequantize, to ops that only move it, and to integer forms",
  breach: ({ op, operands, attributes }, { nodes }, ops) => {
    const def = ops.get(op)!;
    if (op === "Dequantize" || def.traits.includes("movement") || isIntegerForm(def, attributes))
      return undefined;
    const quantized = operands.findIndex(
      (value) => value && nodes.get(value.node)!.types[value.output]!.quant !== undefined,
    );
    return quantized < 0 ? undefined : `takes operand ${quantized} quantized`;
  },
};

const noInferenceIdentities: Fact = {
  holds: "what does nothing at inference time is gone",
  breach: ({ op }, _, ops) =>
    ops.get(op)!.traits.includes("inference-identity") ? "does nothing" : undefined,
};

const imported = [noIntegerForms, activationsApart, realsAreReals];
const canonical = [...imported, noInferenceIdentities];
const integer = [activationsApart, realsAreReals, noInferenceIdentities];

/** The facts of each form, in the order in which a graph passes through the forms. */
export const forms = {
  /** As the file says it, channel-last inside, activations apart. */
  imported,
  /** One way to say each thing: what rewrite rules and schemes are written for. */
  canonical,
  /** Canonical; the requests of the scheme are known beside the graph. */
  annotated: canonical,
  /** Canonical; every site that needs a range has one. */
  calibrated: canonical,
  /** Quantize and Dequantize nodes stand where values become integers and back. */
  quantized: canonical,
  /** Dequantize, op, Quantize have become one integer op where that is possible. */
  integer,
  /** Integer; the order of the nodes is the order of execution. */
  scheduled: integer,
} as const satisfies Record<string, readonly Fact[]>;

export type Form = keyof typeof forms;
