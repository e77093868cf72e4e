import { describe, expect, it } from "vitest";
import { type Findings, inspect } from "./inspect.ts";
import type { ZooModel } from "./model.ts";
import { zoo } from "./models.ts";

/**
 * Small models with random weights, written as exporters write the architectures that people use, from the file to the
 * program: what is imported means what it means to ONNX Runtime, what is quantized is near it, in every form and in
 * both modes the same integers.
 */
describe.each(Object.entries(zoo))("%s", (_, models) => {
  it.each(models.map((model) => ({ name: model.name, model })))("$name", async ({ model }) => {
    const findings = await inspect(model);
    console.log(lineOf(model, findings));
    expect(findings.violations).toEqual([]);
    expect(findings.importedError).toBeLessThan(1e-4);
    expect(findings.canonicalError).toBeLessThan(1e-4);
    expect(findings.simulationDiffers).toEqual([]);
    expect(findings.programDiffers).toEqual([]);
    expect(findings.unlinked).toEqual([]);
    expect(findings.arena).toBeLessThanOrEqual(1.1);
    expect(floatOps(findings)).toEqual(model.float ?? []);
    expect(findings.transposes.length).toBeLessThanOrEqual(model.transposes ?? 2);
    expect(Math.min(...Object.values(findings.sqnr))).toBeGreaterThan(25);
    expect(findings.exported.failure).toBeUndefined();
    expect(findings.exported.near).toBeGreaterThanOrEqual(model.near ?? 0.99);
  });
});

function floatOps({ floatNodes }: Findings): readonly string[] {
  return [...new Set(floatNodes.map(({ op }) => op))].sort();
}

function lineOf({ name, exporter, opset }: ZooModel, findings: Findings): string {
  const { operators, integerNodes, floatNodes, transposes, sqnr, exported } = findings;
  const ratios = Object.values(sqnr).map((ratio) => ratio.toFixed(0));
  return [
    `${name} (${exporter}, opset ${opset}): ${operators} operators`,
    `${integerNodes} integer and ${floatNodes.length} float nodes`,
    `${transposes.length} transposes`,
    `${ratios.join(", ") || "no noise, no"} dB`,
    `${(100 * exported.near).toFixed(1)} % within two steps when exported`,
  ].join("; ");
}
