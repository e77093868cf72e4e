import { ansi, type Painter, renderDiagnostic } from "../../grammar/source/code-frame.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { SourceFile } from "../../grammar/source/source-file.ts";
import type { Listener } from "../listener.ts";

/** A stream as we use it: a terminal or a pipe. */
export interface Output {
  readonly write: (text: string) => unknown;
}

export interface TerminalOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Results are JSON, one document. */
  readonly json: boolean;
  readonly colours: boolean;
  /** Whether a line on standard error can be written over. */
  readonly isInteractive: boolean;
}

/** Where a command speaks: the result on standard output, all that is meant for people on standard error. */
export interface Terminal extends Listener {
  /** The one result of a command. JSON carries the diagnostics too. */
  readonly result: (value: object, text: () => string) => void;
  /** A line for people. */
  readonly say: (text: string) => void;
  /** The JSON of a failure; nothing for people, who have read it on standard error. */
  readonly failed: (facts?: object) => void;
}

export function openTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, json, colours, isInteractive } = options;
  const paint: Painter = colours ? ansi : (_, text) => text;
  const reported: Diagnostic[] = [];
  const printJson = (value: object) => {
    const document = { ...value, diagnostics: reported.map(diagnosticJson) };
    stdout.write(`${JSON.stringify(document)}\n`);
  };
  return {
    report(diagnostics) {
      for (const diagnostic of diagnostics) {
        reported.push(diagnostic);
        stderr.write(`${renderDiagnostic(diagnostic, paint)}\n\n`);
      }
    },
    progress: (title, total) => (isInteractive ? progressBar(stderr, title, total) : () => {}),
    result(value, text) {
      if (json) printJson(value);
      else stdout.write(`${text()}\n`);
    },
    say: (text) => void stderr.write(`${text}\n`),
    failed(facts = {}) {
      if (json) printJson(facts);
    },
  };
}

const barWidth = 24;
const millisecondsPerFrame = 100;
const eraseLine = "\r\u001b[2K";

/** A line that is drawn over itself and gone at the end. */
function progressBar(stderr: Output, title: string, total: number): (done: number) => void {
  const started = performance.now();
  let drawn = Number.NEGATIVE_INFINITY;
  return (done) => {
    const now = performance.now();
    if (done >= total) {
      stderr.write(eraseLine);
    } else if (now - drawn >= millisecondsPerFrame) {
      drawn = now;
      const bar = "█".repeat(Math.floor((barWidth * done) / total)).padEnd(barWidth, "░");
      const left = Math.ceil(((now - started) * (total - done)) / done / 1000);
      stderr.write(`${eraseLine}${title} ${bar} ${done}/${total}, ${left} s left`);
    }
  };
}

/** A diagnostic as JSON: lines and columns from 1, columns in UTF-16 units, the end excluded. */
function diagnosticJson({ code, severity, message, labels, help }: Diagnostic): object {
  const placed = labels.map(({ place, text }) => {
    if ("model" in place) return { file: place.model, path: place.path, text };
    const { line, column } = place.file.positionAt(place.start);
    return { file: place.file.path, line, column, ...endOf(place.file, place.end), text };
  });
  return { code, severity, message, labels: placed, ...(help === undefined ? {} : { help }) };
}

function endOf(file: SourceFile, end: number): { endLine: number; endColumn: number } {
  const { line, column } = file.positionAt(end);
  return { endLine: line, endColumn: column };
}
