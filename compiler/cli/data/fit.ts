import type { Diagnostic } from "../../../grammar/source/diagnostic.ts";
import { roundHalfEven, saturate } from "../../../runtime/reference/requantize.ts";
import type { ExpectedInput } from "../../calibrate/lint.ts";
import {
  allocate,
  type DType,
  type QuantParams,
  quantRange,
  type Shape,
  sizeOf,
  type Tensor,
  type TypedArray,
} from "../../ir/types.ts";
import { type Arrangement, arrangementOf, rearrange } from "./arrangement.ts";
import type { Dataset } from "./dataset.ts";
import {
  channelMismatch,
  missingInput,
  preprocessingUnused,
  quantizedOnEntry,
  reject,
  shapeMismatch,
  surplusData,
  transposed,
  unknownInput,
  valueMismatch,
} from "./diagnostics.ts";
import { type NpyArray, numbersOf } from "./npy.ts";
import { channelAxisOf, channelsOf, type Preprocessing, preprocess } from "./preprocessing.ts";

/** What a model, or a compiled program, says of one of its inputs. */
export interface ModelInput {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly quant?: QuantParams | undefined;
}

/** A dataset cut and converted for a model, run by run; nothing is converted before it is asked for. */
export interface FittedDataset {
  /** Samples in all. */
  readonly count: number;
  /** Samples of each run: more than 1 where the model's inputs have a batch. */
  readonly batch: number;
  /** The last run is filled up with its last sample: only `count − (runs − 1) · batch` of it are real. */
  readonly runs: number;
  /** The inputs of a run (from 0) by name, freshly allocated. */
  readonly run: (index: number) => ReadonlyMap<string, Tensor>;
  /** Where the data of an input came from, and its sample as the model sees it. */
  readonly sources: readonly FittedSource[];
  /** What was done to the data that the user did not state. */
  readonly notes: readonly Diagnostic[];
}

export interface FittedSource {
  readonly file: string;
  readonly input: string;
  readonly count: number;
  /** Of one sample: the input's own, without its batch. */
  readonly shape: Shape;
  /** Whether the model takes the file's numbers for real values: converted, preprocessed or quantized. */
  readonly isReal: boolean;
  /** A sample's values before any quantization. */
  readonly sample: (index: number) => ArrayLike<number>;
}

/**
 * Fits data to a model's inputs. Arrays go to the inputs that they name, the others in order. A sample
 * is reshaped when its sizes other than 1 agree with the input's; images with the channels at the other
 * end are transposed, with a note. An input with a batch takes as many samples at once.
 *
 * Numbers are converted one by one. Inputs of real values take any data, preprocessed; quantized inputs
 * take data of their own dtype as it is, and quantize other data, or what is to be preprocessed, with
 * the model's parameters (half to even), with a note. Other integer inputs take integers in their range.
 */
export function fitDataset(
  dataset: Dataset,
  inputs: readonly ModelInput[],
  preprocessing?: Preprocessing,
): FittedDataset {
  const fits = assign(dataset, inputs).map(([input, array]) =>
    fitInput(input, array, preprocessing),
  );
  const { count } = dataset;
  const batch = batchOf(fits);
  if (preprocessing !== undefined && !fits.some(({ source }) => source.isReal)) {
    reject(preprocessingUnused(dataset.arrays[0]!.array.file));
  }
  return {
    count,
    batch,
    runs: Math.ceil(count / batch),
    run: (index) =>
      new Map(fits.map((fitted) => [fitted.input.name, tensorOf(fitted, index, batch, count)])),
    sources: fits.map(({ source }) => source),
    notes: fits.flatMap(({ notes }) => notes),
  };
}

/** What `lintSamples` is to expect of `sources`. */
export function expectedInputs(
  { sources }: FittedDataset,
  inputs: readonly ModelInput[],
): ReadonlyMap<string, ExpectedInput> {
  return new Map(
    sources.flatMap(({ input: name, shape, isReal }) => {
      const input = inputs.find((candidate) => candidate.name === name);
      if (input === undefined) return [];
      const { dtype, quant } = input;
      const expected = isReal && quant ? { dtype, shape, quant } : { dtype, shape };
      return [[name, expected] as const];
    }),
  );
}

/** Pairs each input with its array. */
function assign(
  { arrays }: Dataset,
  inputs: readonly ModelInput[],
): readonly (readonly [ModelInput, NpyArray])[] {
  const names = inputs.map(({ name }) => name);
  const byName = new Map<string, NpyArray>();
  const inOrder: NpyArray[] = [];
  for (const { name, array } of arrays) {
    if (name === undefined) inOrder.push(array);
    else if (names.includes(name)) byName.set(name, array);
    else reject(unknownInput(array.file, name, names));
  }
  const pairs = inputs.map((input) => {
    const array = byName.get(input.name) ?? inOrder.shift();
    return [input, array ?? reject(missingInput(input.name, arrays[0]?.array.file ?? ""))] as const;
  });
  if (inOrder.length > 0) reject(surplusData(inOrder[0]!.file, names));
  return pairs;
}

interface Fit {
  readonly input: ModelInput;
  /** Of a sample in the file. */
  readonly shape: Shape;
  readonly batch: number;
  readonly arrangement: Arrangement;
  readonly source: FittedSource;
  readonly notes: readonly Diagnostic[];
}

function fitInput(
  input: ModelInput,
  array: NpyArray,
  preprocessing: Preprocessing | undefined,
): Fit {
  const shape = array.shape.slice(1);
  const { batch, arrangement } = placementOf(input, array.file, shape);
  const isReal = takesReals(input, array, preprocessing);
  const notes: Diagnostic[] = [];
  if (arrangement !== "same") notes.push(transposed(array.file, input.name, shape, input.shape));
  if (isReal && input.quant !== undefined) {
    notes.push(quantizedOnEntry(array.file, input.name, array.dtype, input.dtype));
  }
  const values = readerOf(array, shape, isReal ? preprocessing : undefined);
  const source = {
    file: array.file,
    input: input.name,
    count: array.shape[0]!,
    shape: batch === 1 ? input.shape : [1, ...input.shape.slice(1)],
    isReal,
    sample: (index: number) => {
      const from = values(index);
      const to = new Float64Array(from.length);
      rearrange(shape, arrangement, (i, o) => {
        to[o] = from[i]!;
      });
      return to;
    },
  };
  return { input, shape, batch, arrangement, source, notes };
}

/** How many samples the input takes at once, and how each is arranged. */
function placementOf(
  { name, shape: expected }: ModelInput,
  file: string,
  sample: Shape,
): Pick<Fit, "batch" | "arrangement"> {
  const whole = arrangementOf(sample, expected);
  if (whole !== undefined) return { batch: 1, arrangement: whole };
  const [batch = 1, ...rest] = expected;
  const part = batch > 1 ? arrangementOf(sample, [1, ...rest]) : undefined;
  if (part !== undefined) return { batch, arrangement: part };
  return reject(shapeMismatch(file, name, sample, expected));
}

function batchOf(fits: readonly Fit[]): number {
  const batch = Math.max(1, ...fits.map((fitted) => fitted.batch));
  const odd = fits.find((fitted) => fitted.batch !== batch);
  if (odd) reject(shapeMismatch(odd.source.file, odd.input.name, odd.shape, odd.input.shape));
  return batch;
}

function takesReals(
  { dtype, quant }: ModelInput,
  array: NpyArray,
  preprocessing: Preprocessing | undefined,
): boolean {
  if (dtype === "float32") return true;
  return quant !== undefined && (array.dtype !== dtype || preprocessing !== undefined);
}

/** Gives the values of a sample, preprocessed, in the order of the file. */
function readerOf(
  array: NpyArray,
  shape: Shape,
  preprocessing: Preprocessing | undefined,
): (sample: number) => ArrayLike<number> {
  const size = sizeOf(shape);
  const read = (sample: number) => numbersOf(array, sample * size, (sample + 1) * size);
  if (preprocessing === undefined) return read;
  const channels = channelsOf(preprocessing);
  const axis = channels === 1 ? shape.length : channelAxisOf(channels, shape);
  if (axis === undefined) return reject(channelMismatch(array.file, channels, shape));
  const inner = sizeOf(shape.slice(axis + 1));
  return (sample) => preprocess(read(sample), preprocessing, inner);
}

function tensorOf({ input, source }: Fit, run: number, batch: number, count: number): Tensor {
  const { dtype, shape, quant } = input;
  const data = allocate(dtype, sizeOf(shape));
  const size = data.length / batch;
  for (let i = 0; i < batch; i++) {
    const sample = Math.min(count - 1, run * batch + i);
    store(source.sample(sample), data.subarray(i * size, (i + 1) * size), input, source, sample);
  }
  return { dtype, shape, data, ...(quant === undefined ? {} : { quant }) };
}

function store(
  values: ArrayLike<number>,
  data: TypedArray,
  { name, dtype, quant }: ModelInput,
  { file, isReal }: FittedSource,
  sample: number,
): void {
  if (dtype === "float32") {
    data.set(values);
    return;
  }
  const [lowest, highest] = dtype === "bool" ? [0, 1] : quantRange[dtype];
  for (let i = 0; i < data.length; i++) {
    const x = values[i]!;
    if (isReal && quant !== undefined) {
      const q = roundHalfEven(Math.fround(Math.fround(x) / quant.scale[0]!)) + quant.zeroPoint[0]!;
      data[i] = saturate(q, lowest, highest);
    } else if (Number.isInteger(x) && lowest <= x && x <= highest) data[i] = x;
    else reject(valueMismatch(file, name, dtype, sample, x));
  }
}
