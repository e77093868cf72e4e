/** What the words of the language mean, in a sentence each, with the form in which they are written. */
export const keywordDocs: Readonly<
  Record<string, { readonly form: string; readonly doc: string }>
> = {
  import: {
    form: 'import "std/default8bit"',
    doc: "The rules, op sets, patterns and quantizers of another file, or names from TypeScript.",
  },
  ops: { form: "ops Linear = Dense | Conv2D", doc: "Names a set of ops." },
  pattern: {
    form: "pattern ConvBn(x, conv, bn) = x -> conv: Conv2D -> bn: BatchNorm",
    doc: "Names a part of patterns.",
  },
  quantizer: {
    form: "quantizer w8 = LastValue(int8, per: channel, symmetric)",
    doc: "Names a quantizer.",
  },
  quantize: {
    form: "quantize NAME { match … set … }",
    doc: "A rule that requests quantizers and never changes the graph.",
  },
  rewrite: {
    form: "rewrite NAME { match … replace … with … preserve … }",
    doc: "A rule that changes the graph and states what that preserves.",
  },
  phase: {
    form: "phase cleanup { driver once rules A, B before main }",
    doc: "Rewrite rules that are applied together, apart from all others.",
  },
  expect: { form: "expect RULE fires >= 1", doc: "How often a rule must fire on the model." },
  test: {
    form: 'test "what it shows" { graph { … } expect RULE fires == 1 }',
    doc: "What the rules of the file do to one graph: `qcfg test` tries it.",
  },
  graph: {
    form: "graph { x :: f32[1, 4] -> ReLU -> y }",
    doc: "The graph that is given to the rules.",
  },
  match: {
    form: "match a: Conv2D -> b: ReLU",
    doc: "The pattern. `->` is the flow of data into the first operand; a name before `:` captures a node.",
  },
  require: {
    form: "require c % 16 == 0",
    doc: "A condition on what is matched; outside of rules, what must hold of the compiled model.",
  },
  unless: {
    form: "unless out -> BatchNorm",
    doc: "There is no way in which these chains fit too.",
  },
  every: {
    form: "every user of x is Dense",
    doc: "A condition on all users of a value, or on all operands of a node.",
  },
  let: {
    form: "let factor = bn.gamma / sqrt(bn.variance + bn.epsilon)",
    doc: "Names a value that is computed at compile time.",
  },
  set: { form: "set layer.kernel = w8", doc: "Requests a quantizer for slots of a node." },
  tie: { form: "tie cat.output, xs.output = a8", doc: "One scale for all of these sites." },
  fuse: { form: "fuse conv, act", doc: "The values inside the group are not quantized." },
  derive: {
    form: "derive b.bias = a.input * a.kernel",
    doc: "The scale is the product of other ones.",
  },
  replace: {
    form: "replace bn with x -> Conv2D { ...conv, kernel: k }",
    doc: "What the matched nodes become.",
  },
  preserve: {
    form: "preserve bits | reals | within 1e-5 | steps 1",
    doc: "What the rewrite keeps; `reals`, equal up to float rounding, where nothing is written.",
  },
  before: {
    form: "before OTHER",
    doc: "Wherever a match of the other rule shares a node with one of this rule, this one goes first; of a phase, the ones that come after it.",
  },
  decreases: {
    form: "decreases n.rank",
    doc: "A natural number that each application makes smaller, so that rewriting ends.",
  },
  with: { form: "replace n with …", doc: "What takes the place of the node." },
  same: {
    form: "same conv { kernel: k }",
    doc: "Rebuilds whichever op was matched, with other operands or attributes.",
  },
  any: { form: "layer: any", doc: "Every op." },
  in: { form: 'op in ["Conv2D", "Dense"]', doc: "Whether a list or an op set has it." },
  shared: { form: "match shared …", doc: "Interior nodes may have other users." },
  ordered: {
    form: "ordered Add(x, y)",
    doc: "Commutative operands are not tried the other way round.",
  },
  override: { form: "quantize NAME override", doc: "The rule beats all that are no overrides." },
  optional: { form: "quantize NAME optional", doc: "The rule may match nothing." },
  once: { form: "rewrite NAME once", doc: "The rule does not match what it built itself." },
  on: {
    form: "quantize NAME on layer: Dense set kernel = w8",
    doc: "The short form of a rule with one node.",
  },
  using: {
    form: 'quantize NAME using MyConfig from "./configs.ts"',
    doc: "The requests come from a `QuantizeConfig` in TypeScript.",
  },
  fires: { form: "expect RULE fires >= 1", doc: "How often the rule was applied." },
  within: { form: "preserve within 1e-5", doc: "The largest difference that is allowed." },
  bits: { form: "preserve bits", doc: "The result is the same, bit for bit." },
  reals: { form: "preserve reals", doc: "The result is equal up to float rounding." },
  steps: { form: "preserve steps 1", doc: "Integers differ by at most so many steps." },
  driver: { form: "driver fixpoint", doc: "How the rules of a phase are applied." },
  fixpoint: { form: "driver fixpoint", doc: "The rules are applied until none matches." },
  walk: { form: "driver walk", doc: "Each node is visited one time, inputs first." },
  rules: { form: "rules A, B", doc: "The rules of the phase." },
  coverage: {
    form: "require coverage >= 0.9",
    doc: "The least share of the multiply-accumulates that is done in integers.",
  },
  integer_only: { form: "require integer_only", doc: "No op of the compiled model is in float." },
  none: { form: "set layer.output = none", doc: "No request: weaker than any other." },
  float: { form: "set layer.* = float", doc: "A request to stay in float." },
};
