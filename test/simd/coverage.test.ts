import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { RuntimeSources } from "../../compiler/emit/runtime-sources.ts";
import { readSimdSources, type SimdKernel } from "../../compiler/emit/simd-sources.ts";
import { Form } from "../../compiler/lower/pack-layers.ts";
import { spillBytes } from "../../compiler/lower/select-integer.ts";
import { kernels } from "../../runtime/reference/index.ts";

/** The SIMD family against the list of the reference: nothing is missing, and a call of one fits the other. */

const simd = readSimdSources(runtimeSources).kernels;
const reference = new RuntimeSources(runtimeSources);
const names = Object.keys(kernels);

const texts = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".test.ts") && file !== "coverage.test.ts")
  .map((file) => readFileSync(`${import.meta.dirname}/${file}`, "utf8"));
/** Tests in which names in quotes are those of kernels that are compared with the reference. */
const properties = texts.filter((text) => text.includes("prepareFamilies(")).join();

/** What lies in arrays of one type; all others may hold several, which takes a type parameter. */
const elementOf: Readonly<Record<string, string>> = {
  Float32Array: "f32",
  Int32Array: "i32",
  Uint8Array: "u8",
  View: "i32",
};

/** The parameters of a SIMD kernel: numbers, `T` for a place in memory of any type, or what lies there. */
function parametersOf({ parameters, elements, typeParameters }: SimdKernel): readonly string[] {
  const left = [...elements];
  return parameters.map((type) => {
    if (type !== "pointer") return "number";
    const element = left.shift()!;
    return typeParameters.includes(element) ? "T" : element;
  });
}

describe("kernels of the SIMD family", () => {
  it("are all those of the reference", () => {
    expect(names.filter((name) => !simd.has(name))).toEqual([]);
  });

  it.each(names.filter((name) => simd.has(name)))("%s takes what the reference takes", (name) => {
    const wanted = reference
      .kernel(name)
      .getParameters()
      .map((parameter) => parameter.getTypeNodeOrThrow().getText())
      .map((type) => (type === "number" ? type : (elementOf[type] ?? "T")));
    const found = parametersOf(simd.get(name)!);
    // A kernel of any elements takes those of one type too.
    expect(
      found.map((type, i) => (type === "T" && wanted[i] !== "number" ? wanted[i] : type)),
    ).toEqual(wanted);
  });

  it("have a property each, which has their name in quotes", () => {
    expect(names.filter((name) => !properties.includes(`"${name}"`))).toEqual([]);
  });

  it("are used in a test if the reference does not have them", () => {
    // Programs call it once, and no kernel: it has no bytes to compare.
    const own = [...simd.keys()].filter((name) => name !== "setDotSigns" && !names.includes(name));
    expect(own.filter((name) => !new RegExp(`\\b${name}\\b`).test(texts.join()))).toEqual([]);
  });

  it("agree with the compiler on the layout of what it packs", () => {
    const constant = (file: string, name: string) =>
      Number(
        new RegExp(`\\b${name}: i32 = (\\d+);`).exec(runtimeSources(`runtime/simd/${file}.ts`))![1],
      );
    expect(constant("packed-product", "spillBytes")).toBe(spillBytes);
    for (const [name, number] of Object.entries(Form))
      expect(constant("packed-scaling", name)).toBe(number);
  });
});
