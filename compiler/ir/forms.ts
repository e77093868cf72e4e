import type { Graph, Node } from "./graph.ts";
import { isIntegerForm } from "./infer.ts";
import type { OpTable } from "./op.ts";

/**
 * The forms that a graph passes through, and what is true of every node in each. These are the facts that passes may
 * rely on, so each is one that the passes before it guarantee. What holds in all forms is in `verify.ts`; that a
 * quantized value is not computed on as if it were real is for the inference of each op to say.
 */

/** Something that holds of every node; `breach` says what is wrong, as the end of "node `x` …". */
interface Fact {
  readonly holds: string;
  readonly breach: (node: Node, graph: Graph, ops: OpTable) => string | undefined;
}

const noIntegerForms: Fact = {
  holds:
    "reals are computed on as reals; only sums that a file wants as plain int32 are integer forms",
  breach: ({ op, attributes }, _, ops) =>
    isIntegerForm(ops.get(op)!, attributes) && attributes.dtype !== "int32"
      ? "is in integer form"
      : undefined,
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

const noInferenceIdentities: Fact = {
  holds: "what does nothing at inference time is gone",
  breach: ({ op }, _, ops) =>
    ops.get(op)!.traits.includes("inference-identity") ? "does nothing" : undefined,
};

const imported = [noIntegerForms, activationsApart];
const canonical = [...imported, noInferenceIdentities];
const integer = [activationsApart, noInferenceIdentities];

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
