import { format, parse } from "../../grammar/index.ts";
import { lawTexts } from "./law.ts";
import type { Failure } from "./rule-report.ts";

/** A broken law: which, by what graph, how it comes about and how it is seen again. */
export function failureText(failure: Failure): string {
  const { law, rule, other, message, derivations, replay, precondition, size } = failure;
  const who = other === undefined || other === rule ? rule : `${rule}, ${other}`;
  const lines = [
    `refuted: ${who} (${law}): a rule ${lawTexts[law]}`,
    `  ${message}`,
    ...(failure.graph.length > 0
      ? [`  on ${size} node${size === 1 ? "" : "s"}:`, "", indented(testBlock(failure), "    "), ""]
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
  sharesScales: "shares scales:",
  ignoresIdentities: "ignores what changes nothing:",
};

function indented(text: string, by: string): string {
  return text.replaceAll(/^(?=.)/gm, by);
}
