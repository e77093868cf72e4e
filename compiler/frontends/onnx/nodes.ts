import type { AttributeProto, FunctionProto, GraphProto, NodeProto } from "onnx-buf";
import { Rejected } from "../../../grammar/source/diagnostic.ts";
import { cycle, unsupportedFeature } from "../diagnostics.ts";

/** Versions of the operator sets by domain; `ai.onnx` is written as the empty domain. */
export type Opsets = ReadonlyMap<string, number>;

/** A node of the flat graph: calls of the file's own functions are replaced by their bodies. */
export interface FlatNode {
  readonly proto: NodeProto;
  readonly domain: string;
  /** Its name, or else its first output's. */
  readonly name: string;
  readonly opsets: Opsets;
}

/** Calls in calls; deeper ones are taken for recursion. */
const deepestCall = 64;

/** Nodes that bodies of functions may grow to: a few functions that call each other could mean billions. */
const mostNodes = 500_000;

function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

/** The nodes with calls of the file's functions expanded, in the file's order. */
export function expandFunctions(
  nodes: readonly NodeProto[],
  functions: readonly FunctionProto[],
  opsets: Opsets,
  model: string,
): readonly FlatNode[] {
  const byKey = new Map(functions.map((f) => [functionKey(f.domain, f.name, f.overload), f]));
  const flat: FlatNode[] = [];
  const open = nodes.map((proto) => ({ proto, opsets, depth: 0 })).reverse();
  while (open.length > 0) {
    const { proto, opsets, depth } = open.pop()!;
    const domain = plainDomain(proto.domain);
    const body = byKey.get(functionKey(proto.domain, proto.opType, proto.overload));
    if (body === undefined) {
      flat.push({ proto, domain, name: nameOf(proto, flat.length), opsets });
      continue;
    }
    if (depth === deepestCall || open.length + flat.length > mostNodes) {
      const path = nameOf(proto, flat.length);
      throw new Rejected([unsupportedFeature(model, path, "a function that calls itself is")]);
    }
    const inner = new Map([...opsets, ...opsetsOf(body.opsetImport)]);
    for (const called of bodyOf(body, proto, flat.length).reverse())
      open.push({ proto: called, opsets: inner, depth: depth + 1 });
  }
  return flat;
}

/** The version of each domain that a model imports; the standard domain has two spellings. */
export function opsetsOf(
  imports: readonly { readonly domain: string; readonly version: bigint }[],
): Opsets {
  return new Map(imports.map(({ domain, version }) => [plainDomain(domain), Number(version)]));
}

function functionKey(domain: string, name: string, overload: string): string {
  return JSON.stringify([domain, name, overload]);
}

function nameOf(proto: NodeProto, index: number): string {
  return proto.name || proto.output.find((name) => name !== "") || `${proto.opType}_${index}`;
}

/** The body with the call's values and attributes put in; its own names begin with the call's name. */
function bodyOf(body: FunctionProto, call: NodeProto, index: number): NodeProto[] {
  const prefix = nameOf(call, index);
  const actual = new Map<string, string>();
  for (const [i, name] of body.input.entries()) actual.set(name, call.input[i] ?? "");
  for (const [i, name] of body.output.entries())
    actual.set(name, call.output[i] || `${prefix}/${name}`);
  const given = new Map(
    [...body.attributeProto, ...call.attribute].map((attribute) => [attribute.name, attribute]),
  );
  const rename = (name: string) => (name === "" ? "" : (actual.get(name) ?? `${prefix}/${name}`));
  return body.node.map((node) => substitute(node, rename, given));
}

function substitute(
  node: NodeProto,
  rename: (name: string) => string,
  given: ReadonlyMap<string, AttributeProto>,
): NodeProto {
  return changed(node, {
    name: rename(node.name),
    input: node.input.map(rename),
    output: node.output.map(rename),
    attribute: node.attribute.flatMap((attribute) => {
      if (attribute.refAttrName !== "") {
        const referred = given.get(attribute.refAttrName);
        return referred ? [changed(referred, { name: attribute.name })] : [];
      }
      const { g } = attribute;
      return g ? [changed(attribute, { g: renameGraph(g, rename, given) })] : [attribute];
    }),
  });
}

function renameGraph(
  graph: GraphProto,
  rename: (name: string) => string,
  given: ReadonlyMap<string, AttributeProto>,
): GraphProto {
  const renamed = <T extends { name: string }>(named: T) =>
    changed<{ name: string }>(named, { name: rename(named.name) }) as T;
  return changed(graph, {
    node: graph.node.map((node) => substitute(node, rename, given)),
    initializer: graph.initializer.map(renamed),
    output: graph.output.map(renamed),
  });
}

/** A message with other fields. A spread would lose those that are unset: they live in the prototype. */
function changed<T extends object>(message: T, fields: Partial<T>): T {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message, fields);
}

/** Names of all values that a node needs, those that its subgraphs take from around them included. */
function usedNames({ proto }: FlatNode): readonly string[] {
  const names: string[] = [];
  const open: NodeProto[] = [proto];
  while (open.length > 0) {
    const node = open.pop()!;
    for (const name of node.input) if (name !== "") names.push(name);
    for (const graph of node.attribute.flatMap((a) => (a.g ? [a.g] : a.graphs))) {
      for (const inner of graph.node) open.push(inner);
      for (const value of graph.output) names.push(value.name);
    }
  }
  return names;
}

/** Nodes after the nodes whose results they use; otherwise in the given order. Rejects cycles. */
export function topologicalOrder(nodes: readonly FlatNode[], model: string): readonly FlatNode[] {
  const producer = new Map<string, FlatNode>();
  for (const node of nodes)
    for (const name of node.proto.output) if (!producer.has(name)) producer.set(name, node);
  const ordered = new Set<FlatNode>();
  const path = new Map<FlatNode, Iterator<string>>();
  for (const root of nodes) {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      const needed = ordered.has(node) ? undefined : nextNeeded(node, path, producer, ordered);
      if (needed === undefined) {
        stack.pop();
        path.delete(node);
        ordered.add(node);
      } else if (path.has(needed)) {
        const names = stack.slice(stack.indexOf(needed)).map(({ name }) => name);
        throw new Rejected([cycle(model, names)]);
      } else stack.push(needed);
    }
  }
  return [...ordered];
}

/** The next node that must come before `node`; `path` remembers how far each open node has looked. */
function nextNeeded(
  node: FlatNode,
  path: Map<FlatNode, Iterator<string>>,
  producer: ReadonlyMap<string, FlatNode>,
  ordered: ReadonlySet<FlatNode>,
): FlatNode | undefined {
  const names = path.get(node) ?? usedNames(node)[Symbol.iterator]();
  path.set(node, names);
  for (let next = names.next(); !next.done; next = names.next()) {
    const needed = producer.get(next.value);
    if (needed !== undefined && !ordered.has(needed)) return needed;
  }
  return undefined;
}
