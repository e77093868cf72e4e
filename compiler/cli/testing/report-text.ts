import { failureText } from "../../testing/failure-text.ts";
import type { RuleReport } from "../../testing/rule-report.ts";
import type { FileReport } from "../../testing/test-file.ts";
import { rowsText } from "../text.ts";

/** What became of a rule file, for people. */
export function reportText(report: FileReport): string {
  const { path, tests, rules, library, failures } = report;
  const { pairs, dead, termination, unproved } = library;
  const survivors = rules.flatMap(({ rule, clauses }) =>
    clauses.filter(({ verdict }) => verdict === "survived").map(({ text }) => `${rule}: ${text}`),
  );
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
    ...(survivors.length > 0
      ? [
          ["  clauses not needed or not tested:", ...survivors.map((one) => `    ${one}`)].join(
            "\n",
          ),
        ]
      : []),
    ...failures.map(failureText),
  ];
  return parts.join("\n\n");
}

/** What became of one rule, on a line. */
export function ruleText(rule: RuleReport): string {
  const { kind, runs, matched, fired, misses, missesRefused, clauses, coverage } = rule;
  const parts = [
    matched === 0
      ? "no graph was found in which it matches"
      : kind === "quantize"
        ? `matched ${matched} of ${runs}`
        : `fired ${fired} of ${matched}`,
    ...(misses > 0 ? [`near misses refused ${missesRefused} of ${misses}`] : []),
    ...(clauses.length > 0 ? [clausesText(clauses)] : []),
    ...(kind === "quantize" ? [] : [errorText(rule)]),
    ...(rule.acceptance === undefined
      ? []
      : [`accepted ${Math.round(100 * rule.acceptance)}% of what reached its own conditions`]),
    ...(coverage.missing.length > 0 ? [`never met: ${coverage.missing.join(", ")}`] : []),
  ];
  return parts.join(", ");
}

function clausesText(clauses: RuleReport["clauses"]): string {
  const count = (wanted: string) => clauses.filter(({ verdict }) => verdict === wanted).length;
  const [implied, cost] = [count("implied"), count("cost")];
  return [
    `clauses killed ${count("killed")} of ${clauses.length}`,
    ...(implied > 0 ? [`${implied} implied`] : []),
    ...(cost > 0 ? [`${cost} for cost`] : []),
  ].join(", ");
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
