import type { OpDef } from "../ir/op.ts";

/** States an op; the literal keeps its own type, so that tables of ops stay precise. */
export function defineOp<const Op extends OpDef>(op: Op): Op {
  return op;
}
