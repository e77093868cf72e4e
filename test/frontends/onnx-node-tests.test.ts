import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  ModelProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { describe, expect, it } from "vitest";
import { type ImportedModel, importModel } from "../../compiler/frontends/import-model.ts";
import { readTensor } from "../../compiler/frontends/onnx/tensor.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { sameShape, type Tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import type { Checked } from "../../grammar/source/diagnostic.ts";
import { kernels } from "../../runtime/reference/index.ts";

/**
 * The ONNX project's own tests of single operators: a model of one node, inputs, and the outputs that the
 * specification wants. Inputs that an op needs as constants are bound to their values.
 */

const folder = join(import.meta.dirname, "../../../shared/onnx-node-tests");
const present = existsSync(folder);
const wantedPasses = 360;

/** Tests that do not pass, each with the reason. One that begins to pass must be taken off. */
const known: Readonly<Record<string, string>> = {
  test_resize_downsample_scales_cubic_align_corners:
    "aligns the corners of 2.4 places, though the result has 2; ONNX Runtime gives what we give",
  test_resize_downsample_scales_linear_align_corners:
    "aligns the corners of 2.4 places, though the result has 2; ONNX Runtime gives what we give",
};

const relativeTolerance = 1e-3;
const absoluteTolerance = 1e-5;

describe.skipIf(!present)("ONNX node tests (skipped where ../shared is absent)", () => {
  const names = present ? readdirSync(folder) : [];

  it.each(names)("%s", (name) => {
    const failure = runTest(name);
    if (name in known) expect(failure, `${name} passes: take it off the list`).toBeDefined();
    else expect(failure).toBeUndefined();
  });

  it(`passes at least ${wantedPasses}`, () => {
    expect(names.length - Object.keys(known).length).toBeGreaterThanOrEqual(wantedPasses);
  });
});

/** What is wrong with the results of a test, or `undefined`. */
function runTest(name: string): string | undefined {
  const bytes = readFileSync(join(folder, name, "model.onnx"));
  const graph = fromBinary(ModelProtoSchema, bytes).graph!;
  const data = join(folder, name, "test_data_set_0");
  const inputs = new Map(graph.input.map((port, i) => [port.name, readValue(data, "input", i)]));
  const { value, diagnostics } = importTest(bytes, name, graph, inputs);
  if (value === undefined) return diagnostics.map(({ message }) => message).join("; ");
  const outputs = evaluate(value.graph, inputs, { ops, kernels });
  for (const [i, port] of graph.output.entries()) {
    const difference = differenceOf(outputs.get(port.name)!, readValue(data, "output", i));
    if (difference !== undefined) return `${port.name}: ${difference}`;
  }
  return undefined;
}

/** Imports with all inputs open, then with the later ones bound to constants, then with all. */
function importTest(
  bytes: Uint8Array,
  name: string,
  graph: GraphProto,
  inputs: ReadonlyMap<string, Tensor>,
): Checked<ImportedModel> {
  const dimensions = sizesOf(graph, inputs);
  const attempt = (from: number) =>
    importModel(bytes, { name, constants: new Map([...inputs].slice(from)), dimensions });
  let result = attempt(inputs.size);
  for (let from = 1; result.value === undefined && from >= 0; from--) result = attempt(from);
  return result;
}

/** Sizes of the dimensions that a test leaves open. */
function sizesOf(
  graph: GraphProto,
  inputs: ReadonlyMap<string, Tensor>,
): Readonly<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const { name, type } of graph.input) {
    if (type?.value.case !== "tensorType") continue;
    for (const [axis, { value }] of (type.value.value.shape?.dim ?? []).entries())
      if (value.case === "dimParam") sizes[value.value] = inputs.get(name)!.shape[axis]!;
  }
  return sizes;
}

function readValue(folder: string, kind: "input" | "output", index: number): Tensor {
  const proto = fromBinary(TensorProtoSchema, readFileSync(join(folder, `${kind}_${index}.pb`)));
  return readTensor(proto, { model: TensorProto_DataType[proto.dataType]! });
}

function differenceOf(actual: Tensor, wanted: Tensor): string | undefined {
  if (actual.dtype !== wanted.dtype) return `dtype ${actual.dtype}, not ${wanted.dtype}`;
  if (!sameShape(actual.shape, wanted.shape))
    return `shape [${actual.shape}], not [${wanted.shape}]`;
  for (const [i, x] of wanted.data.entries()) {
    const y = actual.data[i]!;
    const tolerance =
      wanted.dtype === "float32" ? absoluteTolerance + relativeTolerance * Math.abs(x) : 0;
    const near = Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance;
    if (!near) return `${y} at ${i}, not ${x}`;
  }
  return undefined;
}
