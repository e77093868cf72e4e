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

function namesIn({ message }: Diagnostic): readonly string[] {
  return [...message.matchAll(/`([A-Z]\w*)`/g)].map(([, name]) => name!);
}

it("its rule for Dense, BatchNorm and ReLU is dead, as the shorter one is first", () => {
  const dead = checked(text).filter(({ code }) => code === "QC2121");
  const names = new Map(dead.map((diagnostic) => [namesIn(diagnostic)[0], namesIn(diagnostic)]));
  expect(names.get("DenseBatchNormReLU")).toContain("DenseBatchNorm");
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
