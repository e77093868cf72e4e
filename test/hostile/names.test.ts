import { Project } from "ts-morph";
import { describe, expect, it } from "vitest";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { calibrate, emitModel, exportOnnx, quantizeModel } from "../../compiler/index.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { SourceFile } from "../../grammar/source/source-file.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { modelBytes, node } from "../onnxruntime/one-op-model.ts";
import { accepted, loadEmitted, lowered, prepared } from "../support/models.ts";

/** Names that mean something to JavaScript, to a comment, to a string or to a file. */
const names = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "then",
  "Float32Array",
  "Int8Array",
  "public",
  "await",
  "arguments",
  "memory",
  "relu",
  "*/ throw new Error('out') /*",
  "`$\u007bprocess.exit(7)}`",
  '"); process.exit(7); ("',
  "line\nbreak",
  "\r\n",
  "\u2028\u2029",
  "\ud83d\ude00 日本語",
  "\u0000",
  "../../etc/passwd",
  "%x = Input",
  "x".repeat(10_000),
];

/** Every thing of the model has a name made of `name`; the input has just that one. */
function hostileModel(name: string): Uint8Array {
  const port = { dtype: "float32", shape: [1, 4] } as const;
  const record = <T>(key: string, value: T) => Object.fromEntries([[key, value]]);
  return modelBytes({
    inputs: record(name, port),
    outputs: record(`${name} out`, { dtype: "float32", shape: [1, 2] }),
    constants: record(`${name} kernel`, {
      dtype: "float32",
      shape: [4, 2],
      values: [1, 2, 3, 4, -1, -2, 0.5, 0.25],
    }),
    nodes: [
      { ...node("MatMul", [name, `${name} kernel`], `${name} hidden`), name },
      { ...node("Relu", [`${name} hidden`], `${name} out`), name },
    ],
  });
}

describe.each(names.map((name) => [JSON.stringify(name).slice(0, 40), name] as const))(
  "a model whose things are called %s",
  (_, name) => {
    const model = accepted(importModel(hostileModel(name), { name }));
    const ready = prepared(model);
    const x = tensor("float32", [1, 4], [1, -2, 3, 0.5]);
    const sample = new Map([[name, x]]);
    const statistics = accepted(calibrate(ready, [sample]));
    const quantized = accepted(quantizeModel(ready, statistics, { io: "float" }));
    const integer = lowered(quantized, "onnx");

    it("computes the same as graph and as program", async () => {
      const [expected] = evaluate(integer.graph, sample, { ops, kernels }).values();
      const program = await loadEmitted(integer);
      expect(program.inputs.map((port) => port.name)).toEqual([name]);
      const results = program.run(Object.fromEntries([[name, x.data as Float32Array]]));
      expect(Object.entries(results)).toEqual([[`${name} out`, expected!.data]]);
      expect(() => program.run({})).toThrow(expect.objectContaining({ code: "missing-input" }));
    });

    it("has declarations and a manifest that can be read", async () => {
      const origin = {
        model: name,
        modelDigest: "",
        rulesDigest: "",
        rules: {},
        floatNodes: [],
        preprocessing: {},
      };
      const files = await emitModel(integer, { origin, target: "js", readSource: runtimeSources });
      const manifest = JSON.parse(files.get("model.json") as string);
      expect(manifest.inputs[0].name).toBe(name);
      const project = new Project({ compilerOptions: { strict: true, noLib: true } });
      const declarations = project.createSourceFile(
        "/v/model.d.ts",
        files.get("model.d.ts") as string,
      );
      const program = project.getProgram().compilerObject;
      expect(program.getSyntacticDiagnostics(declarations.compilerNode)).toEqual([]);
      expect(declarations.getTypeAliasOrThrow("Inputs").getType().getProperties()).toHaveLength(1);
    });

    it("is printed, parsed and exported", () => {
      const reparsed = (text: string) =>
        printGraph(accepted(parseGraph(new SourceFile("g.qir", text), ops)), ops);
      // Where a node came from is a comment, which the parser drops.
      const plain = reparsed(printGraph(integer.graph, ops));
      expect(reparsed(plain)).toBe(plain);
      const again = accepted(importModel(exportOnnx(quantized.graph, ops), { name: "again" }));
      expect(again.graph.inputs.map((port) => port.name)).toEqual([name]);
    });
  },
);
