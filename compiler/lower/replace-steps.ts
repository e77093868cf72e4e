import { bytesPerElement, type DType, type Tensor } from "../ir/types.ts";
import type { Buffer, BufferId, Schedule, Step } from "./schedule.ts";

type BufferArgument = { readonly buffer: BufferId };

/** What the replacement of a step may look at and add. */
export interface StepReplacement {
  /** The contents of an argument that is a constant. */
  constantOf(argument: Step["arguments"][number] | undefined): Tensor | undefined;
  dtypeOf(argument: Step["arguments"][number]): DType;
  byteLengthOf(argument: Step["arguments"][number]): number;
  constant(name: string, tensor: Tensor): BufferArgument;
  /** Memory that the step alone uses, uninitialised; `length` in elements. */
  scratch(name: string, dtype: DType, length: number): BufferArgument;
  /** A call that is made once, when the constants are in memory. */
  prepare(step: Step): void;
}

/**
 * The schedule with steps replaced one for one, where `replace` gives another. Constants that no step reads any more are
 * dropped.
 *
 * ```text
 * conv2d(x, kernel, bias, y, …)    ⇒    conv2dPacked(x, packed, panel, y, …)
 * ```
 */
export function replaceSteps(
  schedule: Schedule,
  replace: (step: Step, using: StepReplacement) => Step | undefined,
): Schedule {
  const buffers = [...schedule.buffers];
  const add = (buffer: Omit<Buffer, "id" | "byteLength">): BufferArgument => {
    const { dtype, length } = buffer;
    const id = buffers.length;
    buffers.push({ ...buffer, id, byteLength: length * bytesPerElement(dtype) });
    return { buffer: id };
  };
  const bufferOf = (argument: Step["arguments"][number]): Buffer => {
    if (typeof argument === "number") throw new Error("internal: a number has no buffer");
    return buffers[argument.buffer]!;
  };
  const preparation = [...(schedule.preparation ?? [])];
  const steps = schedule.steps.map((step, at) => {
    const using: StepReplacement = {
      constantOf: (argument) =>
        typeof argument === "object" ? buffers[argument.buffer]!.constant : undefined,
      dtypeOf: (argument) => bufferOf(argument).dtype,
      byteLengthOf: (argument) => bufferOf(argument).byteLength,
      constant(name, constant) {
        const { dtype, data } = constant;
        return add({ name, dtype, length: data.length, constant, firstStep: -1, lastStep: -1 });
      },
      scratch: (name, dtype, length) => add({ name, dtype, length, firstStep: at, lastStep: at }),
      prepare: (call) => void preparation.push(call),
    };
    return replace(step, using) ?? step;
  });
  const prepared = preparation.length > 0 && { preparation };
  return withoutUnusedConstants({ ...schedule, buffers, steps, ...prepared });
}

function withoutUnusedConstants(schedule: Schedule): Schedule {
  const { steps, preparation, inputs, outputs } = schedule;
  const wholes = schedule.buffers.flatMap(({ within }) => within ?? []);
  const used = new Set([...inputs, ...outputs, ...wholes].map(({ buffer }) => buffer));
  for (const step of [...steps, ...(preparation ?? [])])
    for (const argument of step.arguments)
      if (typeof argument === "object") used.add(argument.buffer);
  return keepBuffers(schedule, ({ id, constant }) => !constant || used.has(id));
}

/** The schedule with some of its buffers, those that steps use among them, numbered anew; of the values those that are left. */
export function keepBuffers(schedule: Schedule, isKept: (buffer: Buffer) => boolean): Schedule {
  const { buffers, steps, preparation, inputs, outputs, values } = schedule;
  const kept = buffers.filter(isKept);
  const newId = new Map(kept.map(({ id }, i) => [id, i]));
  const moved = <Holder extends BufferArgument>(holder: Holder): Holder => {
    return { ...holder, buffer: newId.get(holder.buffer)! };
  };
  const movedStep = (step: Step): Step => {
    const list = step.arguments.map((each) => (typeof each === "number" ? each : moved(each)));
    return { ...step, arguments: list };
  };
  return {
    ...schedule,
    buffers: kept.map(({ within, ...buffer }, id) => ({
      ...buffer,
      id,
      ...(within && { within: moved(within) }),
    })),
    steps: steps.map(movedStep),
    ...(preparation && { preparation: preparation.map(movedStep) }),
    inputs: inputs.map(moved),
    outputs: outputs.map(moved),
    values: values.filter(({ buffer }) => newId.has(buffer)).map(moved),
  };
}
