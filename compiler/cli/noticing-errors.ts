import type { Listener } from "../listener.ts";

/** A listener that passes on what it is told, and remembers whether there was an error. */
export interface Noticing extends Listener {
  readonly hasErrors: () => boolean;
}

/** For commands that go on where something is at fault: the shell is to know of it all the same. */
export function noticingErrors({ report, progress }: Listener): Noticing {
  let hasErrors = false;
  return {
    report(diagnostics) {
      hasErrors ||= diagnostics.some(({ severity }) => severity === "error");
      report(diagnostics);
    },
    progress,
    hasErrors: () => hasErrors,
  };
}
