import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { quantizeWeights, quantizeWeightsWith } from "../calibrate/parameters.ts";
import {
  type Annotations,
  type SiteAnnotation,
  type SiteKey,
  siteKey,
  valueKey,
} from "../ir/annotations.ts";
import { GraphEditor } from "../ir/edit.ts";
import type { Graph, NodeId, Provenance, Value } from "../ir/graph.ts";
import type { OpDef, OperandDef, OpTable } from "../ir/op.ts";
import type { Quantizer } from "../ir/quantizer.ts";
import type { DType, QuantParams, Tensor } from "../ir/types.ts";
import { type BiasSite, deriveBias, raiseForBias } from "./derive-bias.ts";
import { weightScaleRaised } from "./diagnostics.ts";

/** What the integers of a site are and mean. */
export interface SiteParameters {
  readonly dtype: DType;
  readonly quant: QuantParams;
}

/**
 * Makes every granted request explicit:
 *
 * ```text
 * %y = Conv2D(%x, %kernel, %bias)
 * ```
 * becomes
 * ```text
 * %y  = Conv2D(%x_dq, Dequantize(%kernel_q), Dequantize(%bias_q))
 * %yq = Quantize(%y) { scale, zeroPoint }
 * %yd = Dequantize(%yq)          and all users of %y use %yd
 * ```
 *
 * @param parameters what calibration found, for each site that has a quantizer and is a value, an edge or a constant that
 *   is tied to others.
 */
export function insertQuantize(
  graph: Graph,
  ops: OpTable,
  annotations: Annotations,
  parameters: ReadonlyMap<SiteKey, SiteParameters>,
): { readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] } {
  const editor = new GraphEditor(ops, graph);
  const diagnostics: Diagnostic[] = [];
  for (const annotation of annotations.sites.values()) {
    const { site } = annotation;
    const found = parameters.get(siteKey(site));
    if (found && site.kind === "value") quantizeValue(editor, site.value, found, annotation);
  }
  const shared = new Map<string, Value>();
  for (const annotation of annotations.sites.values()) {
    const { site } = annotation;
    const found = parameters.get(siteKey(site));
    if (found && site.kind === "edge") quantizeEdge(editor, site, found, annotation, shared);
  }
  for (const node of graph.nodes.values()) {
    diagnostics.push(
      ...quantizeConstants(editor, node.id, ops.get(node.op)!, annotations, parameters, graph.name),
    );
  }
  return { graph: editor.finish(), diagnostics };
}

/** Quantizes a value right after its producer, for all its users. */
function quantizeValue(
  editor: GraphEditor,
  value: Value,
  parameters: SiteParameters,
  { winner }: SiteAnnotation,
): void {
  if (editor.typeOf(value).dtype !== "float32") return;
  const { name, provenance } = editor.node(value.node);
  const { quantized, real } = quantizedAndBack(editor, value, parameters, name, {
    sources: provenance.sources,
    rules: [...provenance.rules, winner.rule],
  });
  editor.replaceValue(value, real, quantized.node);
}

/**
 * Quantizes one use of a value with parameters of its own: a requantize on the edge, if the value is quantized already.
 * Uses with the same parameters share it: they are in `shared`.
 */
function quantizeEdge(
  editor: GraphEditor,
  { node, operand }: { readonly node: NodeId; readonly operand: number },
  parameters: SiteParameters,
  { winner }: SiteAnnotation,
  shared: Map<string, Value>,
): void {
  const user = editor.node(node);
  const value = user.operands[operand];
  if (value === undefined || editor.typeOf(value).dtype !== "float32") return;
  const key = `${valueKey(value)} ${JSON.stringify(parameters)}`;
  let real = shared.get(key);
  if (real === undefined) {
    const provenance = { sources: user.provenance.sources, rules: [winner.rule] };
    const name = `${user.name}_input${operand}`;
    real = quantizedAndBack(editor, value, parameters, name, provenance).real;
    shared.set(key, real);
  }
  editor.replaceOperands(
    node,
    user.operands.map((old, i) => (i === operand ? real : old)),
  );
}

function quantizedAndBack(
  editor: GraphEditor,
  value: Value,
  { dtype, quant }: SiteParameters,
  name: string,
  provenance: Provenance,
): { readonly quantized: Value; readonly real: Value } {
  const quantized = editor.value({
    op: "Quantize",
    operands: [value],
    attributes: { dtype, scale: quant.scale, zeroPoint: quant.zeroPoint },
    name: `${name}_quantize`,
    provenance,
  });
  const real = editor.value({
    op: "Dequantize",
    operands: [quantized],
    name: `${name}_dequantize`,
    provenance,
  });
  return { quantized, real };
}

/** Replaces the constant operands of a node by dequantized integers: weights first, a bias takes its scale from them. */
function quantizeConstants(
  editor: GraphEditor,
  id: NodeId,
  op: OpDef,
  annotations: Annotations,
  parameters: ReadonlyMap<SiteKey, SiteParameters>,
  model: string,
): readonly Diagnostic[] {
  const keyOf = (operand: number) => siteKey({ kind: "constant", node: id, operand });
  const requestOf = (operand: number) => annotations.sites.get(keyOf(operand))?.winner.request;
  const bias = op.operands.findIndex(({ role }) => role === "bias");
  const derives = bias >= 0 && requestOf(bias) === "derived";
  const diagnostics: Diagnostic[] = [];
  for (const [operand, { role, channelAxis, asIntegers }] of op.operands.entries()) {
    const request = requestOf(operand);
    if (role === "bias" || request === undefined || typeof request === "string") continue;
    const constant = editor.constantOf(editor.node(id).operands[operand]);
    if (constant?.dtype !== "float32") continue;
    const known = parameters.get(keyOf(operand))?.quant;
    const quantized = quantizeConstant(constant, channelAxis ?? 0, request, known);
    const raised =
      derives && raiseForBias(constant, quantized, request, biasSite(editor, id, bias));
    setConstant(editor, id, operand, raised ? raised.weights : quantized, asIntegers);
    if (raised) diagnostics.push(weightScaleRaised(model, editor.node(id).name, raised.channels));
  }
  if (derives) {
    const derived = deriveBias(biasSite(editor, id, bias));
    if (derived) setConstant(editor, id, bias, derived);
  }
  return diagnostics;
}

/** With parameters that are `known`, or those that fit the constant. */
function quantizeConstant(
  constant: Tensor,
  channelAxis: number,
  quantizer: Quantizer,
  known: QuantParams | undefined,
): Tensor {
  const { shape } = constant;
  const values = constant.data as Float32Array;
  const axis = channelAxis < 0 ? channelAxis + shape.length : channelAxis;
  const { data, dtype, scale, zeroPoint, groups } = known
    ? quantizeWeightsWith(values, shape, axis, quantizer, [
        { scale: known.scale[0]!, zeroPoint: known.zeroPoint[0]! },
      ])
    : quantizeWeights(values, shape, axis, quantizer);
  const last = shape.length - 1;
  const along = groups > 1 ? { axis: last, group: data.length / scale.length } : { axis };
  return { dtype, shape, data, quant: { scale, zeroPoint, ...(scale.length > 1 && along) } };
}

/** What a bias can be derived from: the constants and the input's parameters as they are now. */
function biasSite(editor: GraphEditor, id: NodeId, operand: number): BiasSite {
  const { operands } = editor.node(id);
  const quantizedBehind = (value: Value | undefined) => {
    const producer = value && editor.node(value.node);
    return producer?.op === "Dequantize" ? producer.operands[0] : undefined;
  };
  const input = quantizedBehind(operands[0]);
  const weights = quantizedBehind(operands[1]);
  return {
    input: input && editor.typeOf(input).quant,
    weights: weights && editor.typeOf(weights).quant,
    bias: editor.constantOf(operands[operand]),
  };
}

function setConstant(
  editor: GraphEditor,
  id: NodeId,
  operand: number,
  value: Tensor,
  asIntegers?: OperandDef["asIntegers"],
): void {
  const node = editor.node(id);
  const old = editor.node(node.operands[operand]!.node);
  const integers = editor.constant(value, `${old.name}_quantized`, old.provenance);
  const read = asIntegers?.(value)
    ? integers
    : editor.value({
        op: "Dequantize",
        operands: [integers],
        name: `${old.name}_dequantize`,
        provenance: old.provenance,
      });
  editor.replaceOperands(
    id,
    node.operands.map((before, i) => (i === operand ? read : before)),
  );
}
