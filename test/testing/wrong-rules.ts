import { readdirSync, readFileSync } from "node:fs";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { ops } from "../../compiler/ops/index.ts";
import type { LawName } from "../../compiler/testing/law.ts";
import { type TestedLibrary, testedLibrary } from "../../compiler/testing/tested-library.ts";

const folder = new URL("../wrong-rules/", import.meta.url);

/** A rule file that breaks a law. */
export interface WrongRules {
  readonly name: string;
  readonly law: LawName;
  /** Nodes of the smallest graph that shows it. */
  readonly smallest: number;
  readonly tested: TestedLibrary;
}

/** The corpus: each file says in its first lines which law it breaks, and by how small a graph. */
export function wrongRules(): readonly WrongRules[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".qcfg"))
    .map((name) => {
      const text = readFileSync(new URL(name, folder), "utf8");
      const [, law, smallest] = /^\/\/ law: (\w+)\n\/\/ smallest: (\d+)\n/.exec(text) ?? [];
      const { value, diagnostics } = testedLibrary(
        { path: name, text },
        { ops, resolve: resolveRules },
      );
      if (value === undefined) throw new Error(`${name}: ${diagnostics[0]?.message}`);
      return { name, law: law as LawName, smallest: Number(smallest), tested: value };
    });
}
