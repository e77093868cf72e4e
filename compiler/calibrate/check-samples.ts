import { Rejected } from "../../grammar/source/diagnostic.ts";
import { allocate, printType, sameShape, type Tensor, type TensorType } from "../ir/types.ts";
import { noSamples, unfitSample } from "./diagnostics.ts";

/**
 * The samples one by one, each with a tensor of its type for every input and for nothing else. Throws `Rejected` at the
 * first that does not fit, and at the end when there was none.
 * @param inputs by name
 * @param model its name in messages
 */
export function* checkedSamples(
  samples: Iterable<ReadonlyMap<string, Tensor>>,
  inputs: ReadonlyMap<string, TensorType>,
  model: string,
): Iterable<ReadonlyMap<string, Tensor>> {
  let index = 0;
  for (const sample of samples) {
    const names = new Set([...inputs.keys(), ...sample.keys()]);
    for (const name of names) {
      const [tensor, expected] = [sample.get(name), inputs.get(name)];
      if (tensor !== undefined && expected !== undefined && fits(tensor, expected)) continue;
      const found = tensor && printType(tensor);
      throw new Rejected([unfitSample(model, index, name, found, expected && printType(expected))]);
    }
    index++;
    yield sample;
  }
  const [input] = inputs.keys();
  if (index === 0 && input !== undefined) throw new Rejected([noSamples({ file: model, input })]);
}

function fits({ dtype, shape, data }: Tensor, expected: TensorType): boolean {
  const isSameType = dtype === expected.dtype && sameShape(shape, expected.shape);
  const length = shape.reduce((product, size) => product * size, 1);
  return (
    isSameType && data.length === length && data.constructor === allocate(dtype, 0).constructor
  );
}
