import type { Diagnostic } from "../../../grammar/source/diagnostic.ts";

/** A node that cannot be written. */
export interface Obstacle {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

/** Some nodes have no form in ONNX. */
export function cannotExport(model: string, obstacles: readonly Obstacle[]): Diagnostic {
  const ops = [...new Set(obstacles.map(({ op }) => `\`${op}\``))];
  return {
    code: "QC2401",
    severity: "error",
    message: `${obstacles.length === 1 ? "1 node" : `${obstacles.length} nodes`} cannot be written to ONNX: ${ops.join(", ")}`,
    labels: obstacles.slice(0, 16).map(({ node, op, reason }) => ({
      place: { model, path: node },
      text: `\`${op}\`: ${reason}`,
    })),
    help: "compile the model with `qcfg compile`, which needs no ONNX op for them",
  };
}
