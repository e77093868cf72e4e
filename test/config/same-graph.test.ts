import { expect, it } from "vitest";
import { modules } from "../../compiler/cli/modules.ts";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { deserialize, serialize } from "../../compiler/config/index.ts";
import { configOf, type RuleConfig, ruleSource } from "../../compiler/index.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { ops } from "../../compiler/ops/index.ts";
import { calibrate, loadRules, prepareModel, quantizeModel } from "../../compiler/pipeline.ts";
import type { RuleSource } from "../../compiler/rewrite/load-rules.ts";
import { accepted, importDigits, samplesOf, take } from "../support/models.ts";
import { example, load } from "./support.ts";

/** The Q/DQ graph that rules make of the demo's network, as text. */
function graphUnder(rules: RuleSource): string {
  const model = importDigits();
  const loaded = accepted(loadRules(rules, resolveRules, { modules }));
  const ready = accepted(prepareModel(model, loaded));
  const samples = take(samplesOf(model.graph, "examples/digits/calib_x.npy"), 12);
  const statistics = accepted(calibrate(ready, samples));
  return printGraph(accepted(quantizeModel(ready, statistics, { io: "float" })).graph, ops);
}

/** The rules of a file as configs, through JSON, as a file again. */
function throughJson(source: RuleSource): RuleSource {
  const rules = load(source).value!.quantizes.filter(({ distance }) => distance === 0);
  const texts = rules.map((rule) => {
    const json = JSON.stringify(serialize(configOf(rule)));
    return ruleSource(deserialize(JSON.parse(json)) as RuleConfig).text;
  });
  return { path: source.path, text: texts.join("\n") };
}

it("TFMOT's class, the rule of three lines, and the rule through JSON give one graph", () => {
  const asClass = graphUnder(example("with-config.qcfg"));
  const asRule = graphUnder(example("as-a-rule.qcfg"));
  const again = graphUnder(throughJson(example("as-a-rule.qcfg")));
  expect(asRule).toContain("Quantize");
  expect(asClass).toBe(asRule);
  expect(again).toBe(asRule);
  // What makes a difference is seen.
  const { path, text } = example("as-a-rule.qcfg");
  expect(graphUnder({ path, text: text.replace("int8", "int4") })).not.toBe(asRule);
});

it("a scheme of several rules gives one graph with what JSON makes of it", () => {
  const scheme: RuleSource = {
    path: "scheme.qcfg",
    text: `
      quantizer w8 = LastValue(int8, per: channel, symmetric, narrow)
      quantize Layers {
        match layer: Conv2D | Dense
        set layer.kernel = w8
        set layer.{input[0], output} = AllValues(uint8, per: tensor, affine)
      }
      quantize Limits { match layer: Conv2D | Dense -> act: ReLU | ReLU6 fuse layer, act }
      quantize Moved { match x -> m: Movement :: f32[...] tie x.output, m.output }`,
  };
  expect(graphUnder(throughJson(scheme))).toBe(graphUnder(scheme));
});
