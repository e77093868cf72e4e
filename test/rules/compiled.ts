import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { importModel } from "../../compiler/frontends/import-model.ts";
import type { Requantize } from "../../compiler/ir/op.ts";
import {
  calibrate,
  loadRules,
  lowerModel,
  prepareModel,
  quantizeModel,
} from "../../compiler/pipeline.ts";
import type { RuleSource } from "../../compiler/rewrite/load-rules.ts";
import { accepted } from "../support/models.ts";
import { samples } from "../zoo/inspect.ts";
import type { ZooModel } from "../zoo/model.ts";
import { zoo } from "../zoo/models.ts";
import { writer } from "../zoo/writer.ts";

/** Models of the zoo by name, in its order. */
export function zooModels(...names: readonly string[]): readonly (readonly [string, ZooModel])[] {
  const models = Object.values(zoo).flat();
  return models.flatMap((model) => (names.includes(model.name) ? [[model.name, model]] : []));
}

/** A model under the rules of a text, measured on two samples; of a file, if the text imports what is beside it. */
export function compiled(
  rules: string | RuleSource,
  model: ZooModel,
  requantize: Requantize = "onnx",
) {
  const source = typeof rules === "string" ? { path: "own.qcfg", text: rules } : rules;
  const loaded = accepted(loadRules(source, resolveRules));
  const net = writer(model);
  model.build(net);
  const { name, dimensions } = model;
  const imported = accepted(importModel(net.bytes(), { name, ...(dimensions && { dimensions }) }));
  const ready = accepted(prepareModel(imported, loaded));
  const inputs = samples(model, imported.graph, 2, 1);
  const statistics = accepted(calibrate(ready, inputs));
  const quantized = accepted(quantizeModel(ready, statistics, { io: "float" }));
  const lowered = accepted(lowerModel(quantized, { requantize }));
  return { ready, quantized, lowered, inputs };
}
