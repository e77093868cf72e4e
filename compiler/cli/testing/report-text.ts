import { format, parse } from "../../../grammar/index.ts";
import { lawTexts } from "../../testing/law.ts";
import type { Failure, RuleReport } from "../../testing/rule-report.ts";
import type { FileReport } from "../../testing/test-file.ts";
import { countText, rowsText } from "../text.ts";

/** What became of a rule file, for people. */
export function reportText(report: FileReport): string {
  const { path, tests, rules, library, failures } = report;
  const { pairs, dead, termination, unproved } = library;
  const failed = tests.filter(({ failures: found }) => found.length > 0);
  const rows: (readonly [string, string])[] = rules.map((rule) => [rule.rule, ruleText(rule)]);
  const facts = [
    ...(tests.length > 0
      ? [`tests: ${tests.length - failed.length} of ${tests.length} passed`]
      : []),
    ...(pairs.found > 0
      ? [`critical pairs: joined ${pairs.joined} of ${pairs.found} up to bound ${pairs.bound}`]
      : []),
    ...(rules.some(({ kind }) => kind !== "quantize")
      ? [`dead rules: ${dead.length === 0 ? "none" : dead.join(", ")}`]
      : []),
    ...termination.map((sentence) => `ends: ${sentence}`),
    ...unproved.map((circle) => `no argument was found that ${circle.join(", ")} come to an end`),
  ];
  const parts = [
    path,
    ...(rows.length > 0 ? [rowsText(rows)] : []),
    ...(facts.length > 0 ? [facts.map((fact) => `  ${fact}`).join("\n")] : []),
    ...failures.map(failureText),
  ];
  return parts.join("\n\n");
}

/** What became of one rule, on a line. */
export function ruleText(rule: RuleReport): string {
  const { kind, runs, matched, fired, misses, missesRefused, clauses, coverage } = rule;
  const killed = clauses.filter(({ isKilled }) => isKilled).length;
  const parts = [
    kind === "quantize" ? `matched ${matched} of ${runs}` : `fired ${fired} of ${matched}`,
    ...(misses > 0 ? [`near misses refused ${missesRefused} of ${misses}`] : []),
    ...(clauses.length > 0 ? [`clauses killed ${killed} of ${clauses.length}`] : []),
    ...(kind === "quantize" ? [] : [errorText(rule)]),
    ...(rule.acceptance === undefined
      ? []
      : [`accepted ${Math.round(100 * rule.acceptance)}% of what reached its own conditions`]),
    ...(coverage.missing.length > 0 ? [`never met: ${coverage.missing.join(", ")}`] : []),
  ];
  return parts.join(", ");
}

function errorText({ contract, worstError }: RuleReport): string {
  if (worstError === 0 || contract === undefined) return "exact";
  if (!Number.isFinite(worstError)) return "wrong";
  const allowed =
    contract.kind === "within"
      ? ` of ${contract.epsilon}`
      : contract.kind === "steps"
        ? ` of ${contract.steps} steps`
        : "";
  return `error at most ${percentText(worstError)}${allowed}`;
}

function percentText(share: number): string {
  return `${Number((100 * share).toPrecision(2))}%`;
}

/** A broken law: which, by what graph, how it comes about and how it is seen again. */
export function failureText(failure: Failure): string {
  const { law, rule, other, message, derivations, replay, precondition, size } = failure;
  const who = other === undefined || other === rule ? rule : `${rule}, ${other}`;
  const lines = [
    `refuted: ${who} (${law}): a rule ${lawTexts[law]}`,
    `  ${message}`,
    ...(failure.graph.length > 0
      ? [`  on ${countText(size, "node")}:`, "", indented(testBlock(failure), "    "), ""]
      : []),
    ...(derivations ?? []).flatMap((steps, i) => [
      `  ${i === 0 ? "one way" : "another way"}:`,
      ...steps.map((step) => `    ${step}`),
    ]),
    ...(precondition === undefined ? [] : [`  it holds when: ${precondition}`]),
    ...(replay === "" ? [] : [`  again: --replay ${replay}`]),
  ];
  return lines.join("\n");
}

/** The graph as a `test` item that can be pasted into the file: it passes when the rule is right. */
export function testBlock({ rule, law, graph }: Failure): string {
  const count = law === "refusesNearMisses" ? "== 0" : ">= 1";
  const expectation = ["joins", "conflictFree", "terminates"].includes(law)
    ? ""
    : `expect ${rule} fires ${count}`;
  const text = `test "${lawTitles[law]} ${rule}" {\ngraph { ${graph.join(",\n")} }\n${expectation}\n}\n`;
  return format(parse("test.qcfg", text).value).trimEnd();
}

const lawTitles: Readonly<Record<Failure["law"], string>> = {
  firesAlone: "fires:",
  firesInLibrary: "is not dead:",
  sound: "computes the same after",
  preservesInterface: "keeps types and ports:",
  terminates: "comes to an end:",
  decreases: "becomes smaller:",
  idempotent: "is done after",
  orderIndependent: "has one result:",
  refusesNearMisses: "is left alone by",
  joins: "has one result:",
  conflictFree: "asks for one thing:",
};

function indented(text: string, by: string): string {
  return text.replaceAll(/^(?=.)/gm, by);
}
