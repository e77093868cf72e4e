import type { Evaluation, Kernel } from "../ir/evaluate.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { allocate, type DType, type Tensor, type TypedArray } from "../ir/types.ts";
import { joinInPlace } from "./join-in-place.ts";
import { kernelExport } from "./kernel-exports.ts";
import { planMemory } from "./plan-memory.ts";
import { type BufferId, type Schedule, type Step, schedule } from "./schedule.ts";
import { selectFloat } from "./select-float.ts";

/** Bytes of a module of kernels, named as `kernelExport` says, on a memory that it imports as `env.memory`. */
export type KernelModule = Uint8Array;

const pageBytes = 65536;
/** What 32 bits address. */
const mostPages = 65536;

/**
 * `prepare` of `ir/evaluate.ts`, the same bytes, sooner: the graph as a program in one memory, each call made in a module of
 * SIMD kernels; where that has none for the types of a call, the reference kernel is called on the same memory.
 * `undefined` for a graph that no memory holds.
 */
export function prepareScheduled(
  graph: Graph,
  { ops, kernels, requantize = "onnx", observe }: Evaluation,
  module: KernelModule,
): ((inputs: ReadonlyMap<string, Tensor>) => Map<string, Tensor>) | undefined {
  const program = selectFloat(joinInPlace(schedule(graph, ops, requantize)));
  const plan = planMemory(program);
  const pages = Math.ceil((plan.constantBytes + plan.arenaBytes) / pageBytes);
  if (pages > mostPages) return undefined;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(compiled(module), { env: { memory } });
  const views = program.buffers.map(({ id, dtype, length, constant }) => {
    const view = viewOn(memory.buffer, dtype, plan.offsets[id]!, length);
    if (constant) view.set(constant.data);
    return view;
  });
  const bind = ({ kernel, arguments: list }: Step): (() => void) => {
    const arrays = list.filter((each) => typeof each === "object");
    const dtypes = arrays.map(({ buffer }) => program.buffers[buffer]!.dtype);
    const fast = exports[kernelExport(kernel, dtypes)];
    const call = fast ?? (kernels[kernel] as Kernel | undefined);
    if (call === undefined) throw new Error(`internal: no kernel ${kernel}`);
    const values = list.map((each) => {
      if (typeof each === "number") return each;
      return fast ? plan.offsets[each.buffer]! : views[each.buffer]!;
    });
    return () => call.apply(undefined, values as never[]);
  };
  for (const call of (program.preparation ?? []).map(bind)) call();
  const calls = program.steps.map(bind);
  const see = observe && observersByStep(graph, program, views, observe);
  return (inputs) => {
    for (const { name, buffer } of program.inputs) {
      const input = inputs.get(name);
      if (input === undefined) throw new Error(`internal: input ${name} is not given`);
      views[buffer]!.set(input.data);
    }
    see?.(-1);
    for (let step = 0; step < calls.length; step++) {
      calls[step]!();
      see?.(step);
    }
    return new Map(
      program.outputs.map(({ name, type, buffer }) => [
        name,
        { ...type, data: views[buffer]!.slice() },
      ]),
    );
  };
}

/** Shows the results of all nodes that are there after a step; a later step may write over them. */
function observersByStep(
  graph: Graph,
  { values }: Schedule,
  views: readonly TypedArray[],
  observe: (node: Node, results: readonly Tensor[]) => void,
): (step: number) => void {
  const buffers = new Map<Node, BufferId[]>();
  const nodesAt = new Map<number, Node[]>();
  for (const { node: id, buffer, step } of values) {
    const node = graph.nodes.get(id)!;
    const known = buffers.get(node);
    buffers.set(node, [...(known ?? []), buffer]);
    if (known) continue;
    const nodes = nodesAt.get(step);
    if (nodes) nodes.push(node);
    else nodesAt.set(step, [node]);
  }
  return (step) => {
    for (const node of nodesAt.get(step) ?? []) {
      const results = buffers.get(node)!.map((buffer, output) => {
        return { ...node.types[output]!, data: views[buffer]! };
      });
      observe(node, results);
    }
  };
}

function viewOn(memory: ArrayBuffer, dtype: DType, offset: number, length: number): TypedArray {
  const View = allocate(dtype, 0).constructor as new (
    buffer: ArrayBuffer,
    byteOffset: number,
    length: number,
  ) => TypedArray;
  return new View(memory, offset, length);
}

const modules = new WeakMap<KernelModule, WebAssembly.Module>();

/** The module, compiled once for all graphs. */
function compiled(bytes: KernelModule): WebAssembly.Module {
  const known = modules.get(bytes);
  if (known) return known;
  const module = new WebAssembly.Module(bytes);
  modules.set(bytes, module);
  return module;
}
