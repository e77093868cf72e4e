import type { Firing } from "./driver.ts";

/** One line per rewrite, `FoldBatchNorm: bn_1 => conv_1 Conv2D`: the observer of `applyRules` that writes it. */
export function traceTo(write: (line: string) => void): (firing: Firing) => void {
  return ({ rule, node, built }) => {
    const made = built.filter(({ op }) => op !== "Constant").map(({ name, op }) => `${name} ${op}`);
    write(
      `${rule.name}: ${node.name} => ${made.length === 0 ? "what it was made from" : made.join(", ")}`,
    );
  };
}
