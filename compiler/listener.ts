import { type Checked, type Diagnostic, Rejected } from "../grammar/source/diagnostic.ts";

/** Told what happens during a compilation: a terminal, or whoever collects it for a program that called us. */
export interface Listener {
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
  /** Long work begins: `total` samples. The result is called with the number done, and again at the end. */
  readonly progress: (title: string, total: number) => (done: number) => void;
}

/** The value, its warnings reported; throws `Rejected` where there is none. */
export function accept<T>(checked: Checked<T>, listener: Listener): T {
  const isRejected = checked.diagnostics.some(({ severity }) => severity === "error");
  if (checked.value === undefined || isRejected) throw new Rejected(checked.diagnostics);
  listener.report(checked.diagnostics);
  return checked.value;
}

/** Does `work` with a listener that keeps what is reported: the way from rejections to data, at the public doors. */
export async function asData<T>(work: (listener: Listener) => T | Promise<T>): Promise<Checked<T>> {
  const diagnostics: Diagnostic[] = [];
  const report = (found: readonly Diagnostic[]) => {
    for (const diagnostic of found) diagnostics.push(diagnostic);
  };
  try {
    return { value: await work({ report, progress: () => () => {} }), diagnostics };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return { diagnostics: [...diagnostics, ...error.diagnostics] };
  }
}
