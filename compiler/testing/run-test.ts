import type { SiteReference, TestExpectation, TestItem } from "../../grammar/ast.ts";
import { printExpression } from "../../grammar/index.ts";
import { type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import { type Annotations, siteKey } from "../ir/annotations.ts";
import type { Graph } from "../ir/graph.ts";
import { viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { type BuiltGraph, buildLiteral } from "../literal/build-literal.ts";
import { printLiteral } from "../literal/print-literal.ts";
import { type Annotated, annotate } from "../quantize/annotate.ts";
import { printRequest } from "../quantize/claims.ts";
import { quantizerOf } from "../quantize/requests-quantizer.ts";
import { allSites, slotSites } from "../quantize/resolve-sites.ts";
import type { Rewritten } from "../rewrite/driver.ts";
import { type Miss, missAt } from "../rewrite/near-miss.ts";
import { applyPhases } from "../rewrite/phases.ts";
import type { PatternRule, QuantizeRule } from "../rewrite/rule.ts";
import { differenceText, worstDifference } from "./compare-outcomes.ts";
import {
  becomesOtherwise,
  computesOtherwise,
  firesOtherwise,
  requestedOtherwise,
} from "./diagnostics.ts";
import { exactInputs, runGraph } from "./run-graph.ts";
import { firstDifference } from "./same-graph.ts";
import type { TestedLibrary } from "./tested-library.ts";

/** What became of one `test` item: it has passed if there are no failures. */
export interface TestOutcome {
  readonly name: string;
  readonly failures: readonly Diagnostic[];
}

/** So many inputs are enough to see that numbers differ: the values of a test are no accidents. */
const samples = 3;

/**
 * Gives the graph of a test to the rules of its file and looks at what is expected. Whatever is expected, the graph computes the same
 * afterwards, as far as the rules that fired promise.
 */
export function runTest(test: TestItem, tested: TestedLibrary, ops: OpTable): TestOutcome {
  const given = test.clauses.find((clause) => clause.kind === "graph");
  if (given === undefined) throw new Error("internal: a test without a graph was not rejected");
  const { value: built, diagnostics } = buildLiteral(given.graph, test.name.text, ops);
  if (built === undefined) return { name: test.name.text, failures: diagnostics };
  const rewritten = applyPhases(built.graph, tested.library.phases, { ops });
  const run: Run = { test, tested, ops, built, rewritten };
  const expectations = test.clauses.filter((clause) => clause.kind !== "graph");
  const failures = [
    ...rewritten.diagnostics.filter(({ severity }) => severity === "error"),
    ...expectations.flatMap((expectation) => failuresOf(run, expectation)),
    ...differencesOf(run, given.span),
  ];
  return { name: test.name.text, failures };
}

interface Run {
  readonly test: TestItem;
  readonly tested: TestedLibrary;
  readonly ops: OpTable;
  readonly built: BuiltGraph;
  readonly rewritten: Rewritten;
}

function failuresOf(run: Run, expectation: TestExpectation): readonly Diagnostic[] {
  switch (expectation.kind) {
    case "fires":
      return countFailures(run, expectation);
    case "becomes": {
      const { ops, rewritten, test } = run;
      const { value: wanted, diagnostics } = buildLiteral(expectation.graph, test.name.text, ops);
      if (wanted === undefined) return diagnostics;
      const difference = firstDifference(rewritten.graph, wanted.graph, ops, wanted.filled);
      if (difference === undefined) return [];
      const text = `\n${printLiteral(rewritten.graph, ops).join(",\n")}`;
      return [becomesOtherwise(expectation.span, difference, text)];
    }
    case "request":
      return requestFailures(run, expectation);
  }
}

const holds = {
  "==": (a: number, b: number) => a === b,
  "!=": (a: number, b: number) => a !== b,
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
} as const;

function countFailures(
  run: Run,
  { rule, comparison, count, span }: Extract<TestExpectation, { kind: "fires" }>,
): readonly Diagnostic[] {
  const { tested, rewritten, ops, built } = run;
  const quantize = tested.library.quantizes.find(({ name }) => name === rule.text);
  const fired = quantize
    ? (annotated(run).annotations.fired.get(rule.text) ?? 0)
    : (rewritten.fired.get(rule.text) ?? 0);
  if (holds[comparison](fired, count)) return [];
  const rewrite = tested.library.rewrites.find(({ name }) => name === rule.text);
  const pattern = quantize ?? (rewrite?.kind === "rewrite" ? rewrite : undefined);
  const near = fired === 0 && pattern ? missOf(built.graph, pattern, ops) : undefined;
  return [firesOtherwise(span, { rule: rule.text, fired, miss: near })];
}

/** Why a rule does not apply where it comes nearest, as a sentence. */
function missOf(graph: Graph, rule: PatternRule | QuantizeRule, ops: OpTable): string | undefined {
  const view = viewOf(graph);
  let nearest: (Miss & { readonly node: string }) | undefined;
  for (const { id, op, name } of graph.nodes.values()) {
    if (rule.roots?.has(op) === false) continue;
    const miss = missAt(rule, id, view, ops);
    if (miss && (nearest === undefined || miss.fitting > nearest.fitting))
      nearest = { ...miss, node: name };
  }
  return nearest && `it nearly applies at \`${nearest.node}\`: ${nearest.reason}`;
}

/** The requests of the file's `quantize` rules, on the graph as it was rewritten. */
function annotated({ rewritten, tested, ops }: Run): Annotated {
  const rules = tested.library.quantizes.map((rule) => ({ ...rule, optional: true }));
  return annotate(rewritten.graph, rules, { ops });
}

function requestFailures(
  run: Run,
  { sites, value, span }: Extract<TestExpectation, { kind: "request" }>,
): readonly Diagnostic[] {
  const { annotations, diagnostics } = annotated(run);
  const conflicts = diagnostics.filter(({ severity }) => severity === "error");
  if (conflicts.length > 0) return conflicts;
  const { library } = run.tested;
  const foreign = library.quantizes[0]?.pattern.typescript?.foreign;
  try {
    const wanted = quantizerOf(value, library.quantizers, foreign);
    const asText = wanted === "none" ? "no request" : printRequest(wanted);
    return sites.flatMap((site) =>
      requestsAt(run, site, annotations)
        .filter((actual) => actual !== asText)
        .map((actual) => {
          const name = `${site.capture.text}.${site.slot?.text ?? "*"}`;
          const facts = { site: name, actual, wanted: `\`${printExpression(value)}\`` };
          return requestedOtherwise(span, facts);
        })
        .slice(0, 1),
    );
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics;
    throw error;
  }
}

/** What the sites of a slot get, in words. */
function requestsAt(
  { built, rewritten: { graph }, ops }: Run,
  { capture, slot, index = 0 }: SiteReference,
  annotations: Annotations,
): readonly string[] {
  const original = built.graph.nodes.get(built.names.get(capture.text)!.node)!;
  const node = nodeNamed(graph, original.name);
  if (node === undefined) return ["nothing: the rules took its node away"];
  const view = viewOf(graph);
  const at = typeof index === "number" ? index : 0;
  const sites = slot
    ? slotSites(node, slot.text, at, { graph: view, ops })
    : allSites(node, view, ops);
  if (sites.length === 0) return ["no request: it is no place that can be quantized"];
  return sites.map((site) => {
    const read = site.kind === "edge" ? node.operands[site.operand] : undefined;
    const found =
      annotations.sites.get(siteKey(site)) ??
      (read && annotations.sites.get(siteKey({ kind: "value", value: read })));
    return found ? printRequest(found.winner.request) : "no request";
  });
}

function nodeNamed({ nodes }: Graph, name: string) {
  for (const node of nodes.values()) if (node.name === name) return node;
  return undefined;
}

/** The rewritten graph computes what the given one does. */
function differencesOf(
  { built, rewritten, tested, ops }: Run,
  place: TestItem["span"],
): readonly Diagnostic[] {
  const rules = tested.library.rewrites.filter(({ name }) => rewritten.fired.has(name));
  if (rules.length === 0) return [];
  const contracts = rules.flatMap(({ contract, name }) =>
    Array<typeof contract>(rewritten.fired.get(name)!).fill(contract),
  );
  for (let seed = 1; seed <= samples; seed++) {
    const inputs = exactInputs(built.graph, seed);
    const before = runGraph(built.graph, inputs, ops);
    const worst = worstDifference(before, runGraph(rewritten.graph, inputs, ops), contracts);
    if (worst !== undefined && worst.error > 1) {
      const names = rules.map(({ name }) => name);
      return [computesOtherwise(place, names, differenceText(worst))];
    }
  }
  return [];
}
