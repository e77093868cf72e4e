import type { Diagnostic, Fix } from "../../grammar/source/diagnostic.ts";

/** A change that sets a diagnostic right. */
export interface CodeAction {
  readonly fix: Fix;
  readonly diagnostic: Diagnostic;
  /** The only thing that can be meant. */
  readonly isPreferred: boolean;
}

/** The fixes of the diagnostics whose place to fix touches a part of a text. */
export function codeActionsIn(
  diagnostics: readonly Diagnostic[],
  start: number,
  end: number,
): readonly CodeAction[] {
  return diagnostics.filter(touches).flatMap((diagnostic) => {
    const { fixes = [] } = diagnostic;
    return fixes.map((fix) => ({ fix, diagnostic, isPreferred: fixes.length === 1 }));
  });

  function touches({ labels: [first] }: Diagnostic): boolean {
    if (first === undefined || !("file" in first.place)) return false;
    return first.place.start <= end && start <= first.place.end;
  }
}
