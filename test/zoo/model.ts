import type { Net, WriterOptions } from "./writer.ts";

/** A model of the zoo: who wrote it, how, and what is expected of its quantized form. */
export interface ZooModel extends WriterOptions {
  readonly name: string;
  readonly build: (net: Net) => void;
  /** For integer inputs: the numbers fed are below this. */
  readonly below?: Readonly<Record<string, number>>;
  /** Sizes of open dimensions other than the batch. */
  readonly dimensions?: Readonly<Record<string, number>>;
  readonly batch?: number;
  /** Ops that stay in float in the quantized model, sorted; none unless stated. */
  readonly float?: readonly string[];
  /** The most transposes that are left in the program; one at each border unless stated. */
  readonly transposes?: number;
  /** The part of the exported model's results that is within two steps of ours, 0.99 unless stated. */
  readonly near?: number;
}
