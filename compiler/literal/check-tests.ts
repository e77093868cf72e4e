import type { RuleFile } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { OpTable } from "../ir/op.ts";
import { buildLiteral } from "./build-literal.ts";

/** What is wrong with the graphs of the tests of a file: nodes that do not fit their operands. */
export function checkTests({ items }: RuleFile, ops: OpTable): readonly Diagnostic[] {
  const tests = items.filter((item) => item.kind === "test");
  return tests.flatMap(({ name, clauses }) =>
    clauses.flatMap((clause) =>
      clause.kind === "graph" || clause.kind === "becomes"
        ? buildLiteral(clause.graph, name.text, ops).diagnostics
        : [],
    ),
  );
}
