import type { Span } from "./source-file.ts";

/** What we tell a user about their program or model: data, so that a terminal, an editor and JSON show the same. */
export interface Diagnostic {
  /** Stable for ever; `qcfg explain --code` prints the manual's entry. */
  readonly code: Code;
  readonly severity: "error" | "warning" | "note";
  /** What is wrong, in lower case and without a full stop. Names go in backticks. */
  readonly message: string;
  /** Where. The first label is the place to fix; the others are what it disagrees with. */
  readonly labels: readonly Label[];
  /** What to do about it, when we know. */
  readonly help?: string;
  /** Changes of the text that set it right, the likeliest first. */
  readonly fixes?: readonly Fix[];
}

export interface Fix {
  /** What it does, as a command: "replace by `Conv2D`". */
  readonly title: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  readonly place: Span;
  /** Takes the place of what stands there. */
  readonly text: string;
}

export type Code = `QC${number}`;

export interface Label {
  readonly place: Place;
  readonly text: string;
}

/** A place is a span of a text, or a path inside a model or data file: `mobilenet.tflite › conv_3`. */
export type Place = Span | ModelPlace;

export interface ModelPlace {
  readonly model: string;
  /** Node, tensor or byte offset inside the file; empty for the whole file. */
  readonly path: string;
}

/**
 * The user's input cannot be used. Thrown deep inside a reader or a pass and turned back into data
 * at the public doors; it is never our bug (that is a plain `Error` that begins with `internal:`).
 */
export class Rejected extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code}: ${d.message}`).join("\n"));
    this.name = "Rejected";
    this.diagnostics = diagnostics;
  }
}

/** The value of a checking function with all that it had to say; absent when errors forbid one. */
export interface Checked<T> {
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}
