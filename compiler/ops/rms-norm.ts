import type { ImportBuilder, ImportedValue, OnnxImporter } from "../ir/op.ts";
import { tensor } from "../ir/types.ts";
import { axisOf, range } from "./views.ts";

/**
 * Normalisation by the root of the mean square, which no op of ours is: its parts all stay in float, and are what it is written as
 * elsewhere. The names are those of operator set 23 and of ONNX Runtime's own tools.
 */
export const rmsNormLayers: Readonly<Record<string, OnnxImporter>> = {
  RMSNormalization: (node, build) =>
    rmsNorm(
      build,
      [node.input(0), node.input(1)],
      node.int("axis", -1),
      node.float("epsilon", 1e-5),
    ),
  SimplifiedLayerNormalization: (node, build) =>
    rmsNorm(
      build,
      [node.input(0), node.input(1)],
      node.int("axis", -1),
      node.float("epsilon", 1e-5),
    ),
  "com.microsoft.SkipSimplifiedLayerNormalization"(node, build) {
    if (node.outputNames[1] || node.outputNames[2])
      return build.reject("its outputs `mean` and `inv_std_var` are not supported");
    const bias = node.inputs[3];
    const sum = build.one("Add", [node.input(0), node.input(1)]);
    const total = bias ? build.one("Add", [sum, bias]) : sum;
    const y = rmsNorm(build, [total, node.input(2)], -1, node.float("epsilon", 1e-12));
    return [y, y, y, total];
  },
};

/** x / √(mean(x²) + ε) · γ over the axes from `axis` on. */
function rmsNorm(
  build: ImportBuilder,
  [x, gamma]: readonly [ImportedValue, ImportedValue],
  first: number,
  epsilon: number,
): ImportedValue {
  const rank = x.type.shape.length;
  const axis = axisOf(first, rank);
  const mean = build.one("ReduceMean", [build.one("Square", [x])], {
    axes: range(rank - axis, axis),
    keepDims: true,
  });
  const raised = build.one("Add", [mean, build.constant(tensor("float32", [], [epsilon]))]);
  const normal = build.one("Multiply", [x, build.one("Rsqrt", [raised])]);
  return build.one("Multiply", [normal, gamma]);
}
