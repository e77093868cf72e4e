import { explanations as ofLanguage } from "../grammar/explanations.ts";
import type { Code } from "../grammar/source/diagnostic.ts";

/** The long form of a diagnostic: why it is one, with a rule file that shows it or a command that does. */
export interface LongForm {
  readonly title: string;
  readonly why: string;
  readonly wrong?: string;
  readonly right?: string;
  readonly command?: string;
}

/** The long form of any code that a catalogue defines. */
export function explanationOf(code: Code): LongForm | undefined {
  return ofLanguage[code];
}
