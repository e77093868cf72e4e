import { createHash } from "node:crypto";
import { replayed } from "../../compiler/generate/replayed.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { ops } from "../../compiler/ops/index.ts";
import { rulesOf } from "../../compiler/testing/laws.ts";

const rules = `
quantizer a8 = MovingAverage(int8, per: tensor, affine)

rewrite FoldBatchNorm optional {
  match x -> conv: Conv2D | DepthwiseConv2D { activation: "linear" } -> bn: BatchNorm
  let f = bn.gamma / sqrt(bn.variance + bn.epsilon)
  replace bn with same conv { kernel: conv.kernel * f, bias: (conv.bias - bn.mean) * f + bn.beta }
  preserve within 1e-5
}

rewrite CancelTransposes optional {
  match x -> first: Transpose -> second: Transpose
  require isIdentity(compose(first.permutation, second.permutation))
  replace second with x
}

rewrite LimitConcat optional {
  match shared cat: Concat(...xs: ReLU6) -> end: ReLU?
  require size(xs) >= 2 && allEqual(xs.shape)
  replace cat with Concat(...xs) { axis: cat.axis }
}

quantize Channels optional {
  match d: Dense :: f32[_, c] -> one of { limited = a: ReLU6, plain = a: Tanh } as which
  require c % 16 == 0 && (which == "limited" || c > 16)
  tie d.output, a.output = a8
}

quantize Islands optional {
  match (DepthwiseConv2D -> Conv2D)+ -> q: Quantize
  set q.output = a8
}
`;

/**
 * Graphs by their strings, with the digest of what they are printed as. Where these become others, as they do with a change of what the
 * generator draws, the version of the strings counts up (\`compiler/generate/replay.ts\`): a string of a former one is no longer understood.
 */
export const pinned: readonly (readonly [replay: string, digest: string])[] = [
  ["q1:graph:8:1z141z3", "e68c3ea5ed8a925c"],
  ["q1:graph:c:k2j9x", "0ef147936f861b55"],
  ["q1:graph:1k:7.7.7", "f43e4423929695c6"],
  ["q1:match:FoldBatchNorm:0", "1f114f121a046c1a"],
  ["q1:match:FoldBatchNorm:1z141z3", "33d3dc442310a54d"],
  ["q1:match:FoldBatchNorm:3.1.4.1.5", "d55cb3b895890b4a"],
  ["q1:match:CancelTransposes:a1b2c", "c49b076dae6477fc"],
  ["q1:match:LimitConcat:9z9z9", "04e5367f328079df"],
  ["q1:match:Channels:r00t", "279dee4b18a6153c"],
  ["q1:match:Islands:abc", "60cfc61f9b6db477"],
  ["q1:miss:FoldBatchNorm:op1:4d2", "df7f64f1fe106209"],
  ["q1:miss:CancelTransposes:require1:5", "c152ff0606f4572e"],
  ["q1:miss:Channels:require1:zz", "fe454a2a0e6abbd4"],
];

const { rewrites, quantizes } = rulesOf(rules);
const patterned = [...rewrites, ...quantizes].filter((rule) => rule.kind !== "code");

/** What a string is a graph of, on this machine. */
export function digestOfReplay(text: string): string {
  const found = replayed(text, patterned, ops);
  if (found === undefined) return "none";
  return createHash("sha256").update(printGraph(found.graph, ops)).digest("hex").slice(0, 16);
}
