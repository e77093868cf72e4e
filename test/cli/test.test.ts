import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { testBlock } from "../../compiler/testing/failure-text.ts";
import { replay as replayed } from "../../compiler/testing/replay-failure.ts";
import { runTest } from "../../compiler/testing/run-test.ts";
import { testedText } from "../testing/support.ts";
import { json, qcfg, temporaryPaths } from "./support.ts";

const path = temporaryPaths();

describe("qcfg test", () => {
  const wrong = path("wrong.qcfg");
  writeFileSync(
    wrong,
    `rewrite Forgets {
  match conv: Conv2D -> bn: BatchNorm
  let f = bn.gamma / sqrt(bn.variance + bn.epsilon)
  replace bn with same conv { kernel: conv.kernel * f, bias: (conv.bias - bn.mean) * f }
  preserve within 1e-5
}
`,
  );

  it("tells what refutes a rule, in a form that can be pasted and replayed, and exits with 1", async () => {
    const [html, junit] = [path("report.html"), path("report.xml")];
    const { status, stdout } = await qcfg(
      "test",
      wrong,
      "--runs",
      "10",
      "--html",
      html,
      "--junit",
      junit,
    );
    expect(status).toBe(1);
    expect(stdout).toContain("refuted: Forgets (sound)");
    expect(stdout).toMatch(/clauses killed \d+ of \d+/);
    const block = /test "computes[\s\S]*?\n {4}\}/.exec(stdout)![0];
    expect(block).toContain("BatchNorm");
    expect(readFileSync(html, "utf8")).toContain("<svg");
    expect(readFileSync(junit, "utf8")).toMatch(
      /<testsuite name=".*wrong.qcfg" tests="1" failures="1">/,
    );
    const [, replay] = /--replay (\S+)/.exec(stdout)!;
    // The pasted test fails too, with a diagnostic; the replay string leads to the same graph.
    const tested = testedText(`${readFileSync(wrong, "utf8")}\n${block}\n`);
    const outcome = runTest(tested.tests[0]!, tested, ops);
    expect(outcome.failures.map(({ code }) => code)).toEqual(["QC2704"]);
    const again = replayed(replay!, tested, ops);
    expect(testBlock(again!.failure!).split("\n")).toEqual(
      block.split("\n").map((line) => line.replace(/^ {4}/, "")),
    );
  }, 120_000);

  it("says of a good library that it is, and what was looked at", async () => {
    const { files } = await json("test", "std/weights4", "--runs", "4", "--seed", "5");
    expect(files[0].failures).toEqual([]);
    expect(files[0].rules.length).toBeGreaterThan(0);
  }, 120_000);

  it("gives the same results with any number of threads", async () => {
    const files = ["std/default8bit", "std/tflite", "std/weights4"];
    const told = (jobs: string) => json("test", ...files, "--runs", "1", "--jobs", jobs);
    const one = await told("1");
    expect(one.files.flatMap(({ rules }: { rules: object[] }) => rules).length).toBeGreaterThan(30);
    expect(JSON.stringify(await told("2")) === JSON.stringify(one)).toBe(true);
  }, 120_000);

  it("knows no replay string of another rule", () => {
    const tested = testedText(readFileSync(wrong, "utf8"));
    expect(replayed("sound:q1:match:Other:0", tested, ops)).toBeUndefined();
  });
});
