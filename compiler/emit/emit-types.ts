import {
  type MethodSignatureStructure,
  type OptionalKind,
  Project,
  type PropertySignatureStructure,
  Writers,
} from "ts-morph";
import { printType } from "../ir/types.ts";
import type { PortPlan, Schedule } from "../lower/schedule.ts";
import type { Target } from "./manifest.ts";

/** `model.d.ts`: the inputs and outputs by name, with their shapes in the documentation. Needs no other file. */
export function emitTypes(schedule: Schedule, target: Target): string {
  const file = new Project({ useInMemoryFileSystem: true }).createSourceFile("model.d.ts");
  // Aliases, which are records too: so a model of these types is also a `Model` of `qcfg/runtime`.
  file.addTypeAliases([
    {
      name: "Inputs",
      isExported: true,
      docs: ["What `run` takes."],
      type: Writers.objectType({ properties: schedule.inputs.map((port) => property(port)) }),
    },
    {
      name: "Outputs",
      isExported: true,
      docs: ["What `run` gives: fresh arrays."],
      type: Writers.objectType({
        properties: schedule.outputs.map(({ name, type }) => property({ name, type })),
      }),
    },
  ]);
  file.addInterfaces([
    {
      name: "Port",
      isExported: true,
      properties: [
        { name: "name", type: "string", isReadonly: true },
        {
          name: "dtype",
          type: `"float32" | "int8" | "uint8" | "int16" | "uint16" | "int32" | "bool"`,
          isReadonly: true,
        },
        { name: "shape", type: "readonly number[]", isReadonly: true },
        {
          name: "quantization",
          hasQuestionToken: true,
          isReadonly: true,
          type: "{ readonly scale: readonly number[]; readonly zeroPoint: readonly number[] }",
          docs: ["`real = scale · (q − zeroPoint)`, where the integers stand for reals."],
        },
      ],
    },
    {
      name: "Model",
      isExported: true,
      docs: ["A loaded model. Two loaded models share nothing."],
      properties: [
        { name: "inputs", type: "readonly Port[]", isReadonly: true },
        { name: "outputs", type: "readonly Port[]", isReadonly: true },
        ...(target === "wasm" ? [familyProperty] : []),
      ],
      methods: [
        {
          name: "run",
          parameters: [{ name: "inputs", type: "Inputs" }],
          returnType: "Outputs",
          docs: [
            "One inference, synchronous. Throws `PlanError` when an input is missing or does not fit.",
          ],
        },
        ...(target === "wasm" ? [partsMethod] : []),
      ],
    },
    {
      name: "LoadOptions",
      isExported: true,
      properties: [
        {
          name: "weights",
          type: "ArrayBuffer | Uint8Array",
          hasQuestionToken: true,
          docs: ["The bytes of `model.bin`, if the host has them already."],
        },
        {
          name: "weightsUrl",
          type: "string | URL",
          hasQuestionToken: true,
          docs: ["Where `model.bin` is; beside `model.js` by default."],
        },
        ...(target === "wasm" ? programOptions : []),
      ],
    },
  ]);
  file.addClass({
    name: "PlanError",
    isExported: true,
    hasDeclareKeyword: true,
    extends: "Error",
    properties: [
      {
        name: "code",
        isReadonly: true,
        type: `"missing-input" | "unknown-input" | "wrong-type" | "wrong-length" | "bad-weights"${
          target === "wasm" ? ` | "bad-wasm" | "bad-option" | "no-simd"` : ""
        }`,
      },
    ],
  });
  file.addStatements([
    "export declare const inputs: readonly Port[];",
    "export declare const outputs: readonly Port[];",
    "export declare function load(options?: LoadOptions): Promise<Model>;",
  ]);
  return file.getFullText();
}

const programOptions: OptionalKind<PropertySignatureStructure>[] = [
  {
    name: "simd",
    type: `"auto" | "relaxed" | "baseline"`,
    hasQuestionToken: true,
    docs: [
      "Which program; `auto` takes the fastest that is exact in this engine. All give the same bytes.",
    ],
  },
  {
    name: "wasm",
    type: "ArrayBuffer | Uint8Array",
    hasQuestionToken: true,
    docs: ["The bytes of one of the two programs, if the host has them already."],
  },
  {
    name: "wasmUrl",
    type: "string | URL",
    hasQuestionToken: true,
    docs: ["Where the program is; beside `model.js` by default."],
  },
];

const familyProperty: OptionalKind<PropertySignatureStructure> = {
  name: "family",
  type: `"relaxed" | "baseline"`,
  isReadonly: true,
  docs: ["Which program runs."],
};

const partsMethod: OptionalKind<MethodSignatureStructure> = {
  name: "inParts",
  parameters: [{ name: "inputs", type: "Inputs" }],
  returnType: "(from: number, to: number) => void",
  docs: [
    "For measurements: an inference that is run in parts, the steps of `model.json` from one to before another, in order.",
  ],
};

const arrayOf = {
  float32: "Float32Array",
  int8: "Int8Array",
  uint8: "Uint8Array",
  int16: "Int16Array",
  uint16: "Uint16Array",
  int32: "Int32Array",
  bool: "Uint8Array",
  int4: "Int8Array",
  uint4: "Uint8Array",
} as const;

function property({ name, type, wire }: Pick<PortPlan, "name" | "type" | "wire">) {
  const array = arrayOf[type.dtype];
  return {
    name: JSON.stringify(name),
    type: wire === "int64" ? `${array} | BigInt64Array` : array,
    isReadonly: true,
    docs: [printType(type).replaceAll("*/", "* /")],
  };
}
