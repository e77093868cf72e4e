import { type Form, forms } from "./forms.ts";
import { type AttributeValue, type Graph, isTensor, type Node, type Port } from "./graph.ts";
import { attributeOf, completeAttributes, inferTypes } from "./infer.ts";
import { type AttributeDef, InferenceError, type OpTable } from "./op.ts";
import {
  allocate,
  parameterShape,
  printType,
  type QuantizedDType,
  quantRange,
  sameType,
  sizeOf,
  type Tensor,
  type TensorType,
} from "./types.ts";

/**
 * What is wrong with a graph, one sentence for each breach; none for a good graph. Whatever is found here is a bug of
 * the pass that made the graph. In every form:
 *
 * - operands stand before their users and are results that exist;
 * - names of nodes, of inputs and of outputs are unique;
 * - every attribute is known to the op and of its kind; none without default is missing;
 * - types are what inference gives, quantization parameters are possible for their dtype;
 * - constants hold as many elements as their shape says;
 * - inputs are `Input` nodes, each the port of exactly one name, and outputs exist.
 */
export function verify(graph: Graph, ops: OpTable, form: Form): readonly string[] {
  const violations: string[] = [];
  const names = new Set<string>();
  const done = new Set<number>();
  for (const [id, node] of graph.nodes) {
    const say = (breach: string) => violations.push(`node \`${node.name}\` (${node.op}) ${breach}`);
    if (id !== node.id) say(`has id ${node.id} in the place of ${id}`);
    if (names.has(node.name)) say("shares its name with another node");
    names.add(node.name);
    const operandsStand = checkOperands(graph, node, done, say);
    if (!ops.has(node.op)) say("is of an op that does not exist");
    else if (operandsStand) {
      checkAttributes(node, ops, say);
      checkTypes(graph, node, ops, say);
      for (const { breach } of forms[form]) {
        const found = breach(node, graph, ops);
        if (found !== undefined) say(`${found}, which form ${form} forbids`);
      }
    }
    done.add(id);
  }
  checkPorts(graph, violations);
  return violations;
}

type Say = (breach: string) => void;

function checkOperands(
  graph: Graph,
  { operands }: Node,
  done: ReadonlySet<number>,
  say: Say,
): boolean {
  let stand = true;
  for (const [i, value] of operands.entries()) {
    if (value === undefined) continue;
    const node = graph.nodes.get(value.node);
    const fault =
      node === undefined
        ? "does not exist"
        : !done.has(value.node)
          ? "comes after it"
          : node.types[value.output] === undefined
            ? `has no result ${value.output}`
            : undefined;
    if (fault === undefined) continue;
    say(`has an operand ${i} that ${fault}`);
    stand = false;
  }
  return stand;
}

function checkAttributes({ op, attributes }: Node, ops: OpTable, say: Say): void {
  const def = ops.get(op)!;
  try {
    const missing = Object.keys(completeAttributes(def, attributes)).find(
      (n) => !(n in attributes),
    );
    if (missing !== undefined) say(`does not state attribute \`${missing}\``);
  } catch (error) {
    say(inferenceMessage(error));
  }
  for (const [name, value] of Object.entries(attributes)) {
    const attribute = attributeOf(def, name);
    if (attribute && !isOfKind(value, attribute)) say(`has an ill-typed attribute \`${name}\``);
  }
}

function isOfKind(value: AttributeValue, { kind, oneOf }: AttributeDef): boolean {
  switch (kind) {
    case "number":
    case "boolean":
      return typeof value === kind;
    case "string":
      return typeof value === "string" && (oneOf === undefined || oneOf.includes(value));
    case "dtype":
      return typeof value === "string";
    case "numbers":
      return Array.isArray(value) && value.every((x) => typeof x === "number");
    case "strings":
      return Array.isArray(value) && value.every((x) => typeof x === "string");
    case "tensor":
      return isTensor(value) && isWhole(value);
  }
}

/** Whether the data is of the dtype's array type and fills the shape. */
function isWhole({ dtype, shape, data }: Tensor): boolean {
  return data.length === sizeOf(shape) && data.constructor === allocate(dtype, 0).constructor;
}

function checkTypes(graph: Graph, node: Node, ops: OpTable, say: Say): void {
  for (const type of node.types) {
    const fault = typeFault(type);
    if (fault !== undefined) say(`has the type ${printType(type)}: ${fault}`);
  }
  if (node.op === "Input") {
    if (node.types.length !== 1) say(`has ${node.types.length} results`);
    return;
  }
  const operands = node.operands.map((v) => v && graph.nodes.get(v.node)!.types[v.output]!);
  try {
    const inferred = inferTypes(ops.get(node.op)!, operands, node.attributes);
    const agree =
      inferred.length === node.types.length &&
      inferred.every((type, i) => sameType(type, node.types[i]!));
    const list = (types: readonly TensorType[]) => types.map(printType).join(", ");
    if (!agree) say(`has type ${list(node.types)} where inference gives ${list(inferred)}`);
  } catch (error) {
    say(`cannot be: ${inferenceMessage(error)}`);
  }
}

function inferenceMessage(error: unknown): string {
  if (error instanceof InferenceError) return error.message;
  throw error;
}

/** What makes a type impossible: its dimensions or its quantization parameters. */
export function typeFault({ dtype, shape, quant }: TensorType): string | undefined {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return "a bad dimension";
  if (quant === undefined) return undefined;
  const { scale, zeroPoint, axis, group } = quant;
  if (!(dtype in quantRange)) return "a dtype that cannot be quantized";
  if (scale.length !== zeroPoint.length) return "as many zero points as scales are needed";
  if (axis === undefined && scale.length !== 1) return "several scales need an axis";
  if (axis !== undefined && shape[axis] === undefined) return "the scales do not fit the axis";
  if (group !== undefined && !(axis === shape.length - 1 && dividesInto(group, shape[axis]!)))
    return "groups that do not divide the last axis";
  if (scale.length !== sizeOf(parameterShape(shape, quant)))
    return `the scales do not fit the ${group === undefined ? "axis" : "groups"}`;
  if (!scale.every((s) => 0 < s && s < Number.POSITIVE_INFINITY)) return "an impossible scale";
  const [low, high] = quantRange[dtype as QuantizedDType];
  if (!zeroPoint.every((z) => low <= z && z <= high)) return "an impossible zero point";
  return undefined;
}

function dividesInto(part: number, whole: number): boolean {
  return Number.isSafeInteger(part) && part > 0 && whole % part === 0;
}

function checkPorts(graph: Graph, violations: string[]): void {
  const inputs = new Set(graph.inputs.map(({ value }) => value.node));
  for (const { value, name } of graph.inputs)
    if (graph.nodes.get(value.node)?.op !== "Input")
      violations.push(`input \`${name}\` is not an Input node`);
  for (const node of graph.nodes.values())
    if (node.op === "Input" && !inputs.has(node.id))
      violations.push(`node \`${node.name}\` (Input) is no input of the graph`);
  for (const { value, name } of graph.outputs)
    if (graph.nodes.get(value.node)?.types[value.output] === undefined)
      violations.push(`output \`${name}\` does not exist`);
  checkUnique("input", graph.inputs, violations);
  checkUnique("output", graph.outputs, violations);
}

function checkUnique(kind: string, ports: readonly Port[], violations: string[]): void {
  const names = new Set<string>();
  for (const { name } of ports) {
    if (names.has(name)) violations.push(`two ${kind}s are called \`${name}\``);
    names.add(name);
  }
}
