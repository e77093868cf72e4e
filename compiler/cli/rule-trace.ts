import type { RuleObserver } from "../pipeline.ts";
import { tracedFiring, traceText } from "../rewrite/trace.ts";
import { checkWritable, writeFileAtomically } from "./files.ts";

/** Where `--trace-rules` goes. */
export interface RuleTrace {
  readonly trace?: RuleObserver;
  /** Called when the rules are done, or have failed. */
  readonly close: () => void;
}

/**
 * Writes a line for each application of a rewrite rule, with `json` a JSON document: at once, or into a file when it is closed.
 *
 * @param to a file, or `true` for `say`; nothing is traced without
 */
export function ruleTrace(
  to: string | true | undefined,
  json: boolean,
  say: (line: string) => void,
): RuleTrace {
  if (to === undefined) return { close: () => {} };
  const lines: string[] = [];
  const write = to === true ? say : (line: string) => void lines.push(line);
  if (to !== true) checkWritable(to);
  return {
    trace(pass, firing) {
      const traced = tracedFiring(pass, firing);
      write(json ? JSON.stringify(traced) : traceText(traced));
    },
    close() {
      if (to !== true) writeFileAtomically(to, lines.map((line) => `${line}\n`).join(""));
    },
  };
}
