/** How a clause or an item is written, and what it is about. */
export interface Form {
  /** One that is whole, to be shown. */
  readonly example: string;
  /** What stands right behind the word. */
  readonly first: string;
  /** What an expression in it is, where that is more than a value. */
  readonly value?: string;
}

/** The forms of clauses and items by their word. */
export const clauseForms: Readonly<Record<string, Form>> = {
  match: { example: "match layer: Dense -> act: ReLU", first: "a pattern" },
  unless: { example: "unless layer -> ReLU", first: "a pattern" },
  every: { example: "every user of layer is ReLU", first: "`user` or `operand`" },
  require: {
    example: 'require layer.activation == "linear"',
    first: "a condition",
    value: "a condition",
  },
  let: { example: "let factor = 1 / layer.alpha", first: "a name" },
  set: { example: "set layer.kernel = w8", first: "a site", value: "a quantizer" },
  tie: { example: "tie a.output, b.output", first: "sites", value: "a quantizer" },
  fuse: { example: "fuse layer, act", first: "the names of nodes" },
  derive: {
    example: "derive layer.bias = layer.input * layer.kernel",
    first: "a site",
  },
  replace: { example: "replace act with x -> ReLU6", first: "the name of a node" },
  preserve: { example: "preserve within 1e-5", first: "`bits`, `reals`, `within` or `steps`" },
  before: { example: "before OtherRule", first: "the name of a rule" },
  decreases: {
    example: "decreases size(x)",
    first: "a number that becomes smaller",
    value: "a number that becomes smaller",
  },
  ops: { example: "ops Linear = Dense | Conv2D", first: "a capitalised name" },
  pattern: {
    example: "pattern Block(x, act) = x -> Conv2D -> act: ReLU",
    first: "a capitalised name",
  },
  quantizer: {
    example: "quantizer w8 = LastValue(int8, per: channel, symmetric)",
    first: "a name",
    value: "a quantizer",
  },
  import: {
    example: 'import "std/default8bit"',
    first: "the name of a library or file, in quotes",
  },
};
