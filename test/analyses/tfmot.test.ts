import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { check } from "../../compiler/compile.ts";
import type { Diagnostic } from "../../grammar/index.ts";

/** TFMOT's own list of transforms, in its order: what is wrong with it is found without a model. */

const text = readFileSync(new URL("cases/tfmot.qcfg", import.meta.url), "utf8");

function checked(rules: string): readonly Diagnostic[] {
  return check({ path: "tfmot.qcfg", text: rules }, resolveRules);
}

/** For each rule that is told to be dead those that take its places. */
function deadRules(): ReadonlyMap<string, readonly string[]> {
  const dead = checked(text).filter(({ code }) => code === "QC2121");
  return new Map(dead.map(namesIn).map(([name, ...takenBy]) => [name!, takenBy]));
}

function namesIn({ message }: Diagnostic): readonly string[] {
  return [...message.matchAll(/`([A-Z]\w*)`/g)].map(([, name]) => name!);
}

it("is there as a whole: 19 transforms, a rule for each", () => {
  const rules = [...text.matchAll(/^(?:quantize|rewrite) (\w+)/gm)].map(([, name]) => name);
  expect(rules).toHaveLength(19);
  expect(new Set(rules).size).toBe(19);
});

it("its rules for Dense, BatchNorm and ReLU are dead, as the shorter one is first", () => {
  const dead = deadRules();
  expect(dead.get("DenseBatchNormReLU")).toContain("DenseBatchNorm");
  expect(dead.has("DenseBatchNormActivation")).toBe(true);
});

it("its rules for `Activation` say again what those for `ReLU` say, and have nothing left", () => {
  const dead = deadRules();
  expect(dead.has("ConvBatchNormActivation")).toBe(true);
  expect(dead.has("ConvReshapeBatchNormActivation")).toBe(true);
});

it("its other rules are alive, the longer ones put ahead of the shorter by `before`, and nothing is said of what ends and keeps types", () => {
  const dead = deadRules();
  expect([...dead.keys()].sort()).toEqual([
    "ConvBatchNormActivation",
    "ConvReshapeBatchNormActivation",
    "DenseBatchNormActivation",
    "DenseBatchNormReLU",
  ]);
  const codes = checked(text).map(({ code }) => code);
  expect(new Set(codes)).toEqual(new Set(["QC2121"]));
});

it("its patterns of op names, which match more than is meant, cannot be written", () => {
  const regular = text.replace("match x -> dense: Dense", "match x -> dense: /Dense|Conv2D/");
  expect(checked(regular).some(({ severity }) => severity === "error")).toBe(true);
  const unknown = text.replace("match x -> dense: Dense", "match x -> dense: Conv2");
  expect(checked(unknown).map(({ code }) => code)).toContain("QC1201");
});

it("its five rules for concatenations exclude each other and do not contradict the one for any number", () => {
  const any = `${text}\nquantize ConcatTransform { match cat: Concat(...xs) tie cat.output, xs.output = a8 }`;
  const conflicts = checked(any).filter(({ code }) => code === "QC2122");
  expect(conflicts.filter((one) => namesIn(one).some((name) => /^Concat/.test(name)))).toEqual([]);
});
