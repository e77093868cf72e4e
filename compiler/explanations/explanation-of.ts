import { explanations as ofLanguage } from "../../grammar/explanations.ts";
import type { Code } from "../../grammar/source/diagnostic.ts";
import { dataExplanations } from "./data.ts";
import type { LongForm } from "./long-form.ts";
import { modelExplanations } from "./models.ts";
import { ruleExplanations } from "./rules.ts";
import { testExplanations } from "./tests.ts";
import { typeScriptExplanations } from "./typescript.ts";

/** The long forms of all that the compiler can tell, beyond the language itself. */
export const compilerExplanations: Readonly<Record<Code, LongForm>> = {
  ...modelExplanations,
  ...ruleExplanations,
  ...dataExplanations,
  ...typeScriptExplanations,
  ...testExplanations,
};

/** The long form of any code that a catalogue defines. */
export function explanationOf(code: Code): LongForm | undefined {
  return ofLanguage[code] ?? compilerExplanations[code];
}
