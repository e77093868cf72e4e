/**
 * Names of layers from names of tensors. The converter names a tensor after all the operations that it fused, with `;`
 * between them and some that only share a constant: `net/act/Relu;net/conv/BiasAdd;net/other/Conv2D;net/conv/Conv2D`.
 * The layer that a user knows, and that rules look for, is `net/conv`.
 */

/** What the operation behind an operator is called in TensorFlow, where that names a layer of its own. */
const operations: ReadonlyMap<string, string> = new Map([
  ["ADD", "add"],
  ["AVERAGE_POOL_2D", "AvgPool"],
  ["CONCATENATION", "concat"],
  ["CONV_2D", "Conv2D"],
  ["DEPTHWISE_CONV_2D", "depthwise"],
  ["FULLY_CONNECTED", "MatMul"],
  ["MAX_POOL_2D", "MaxPool"],
  ["MUL", "mul"],
  ["SUB", "sub"],
  ["TRANSPOSE_CONV", "conv2d_transpose"],
]);

/** Operators whose bias is an operation of its own in TensorFlow. */
const biased = new Set(["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"]);

/** The name of the layer that an operator computes, from the name of its result. */
export function layerName(tensorName: string, opType: string): string {
  const parts = partsOf(tensorName);
  const operation = operations.get(opType);
  const named = operation === undefined ? [] : layersOf(parts, operation);
  const layers = named.length > 0 || !biased.has(opType) ? named : layersOf(parts, "BiasAdd");
  // A part of another layer is there for a shared constant; it stands alone.
  const mentions = (layer: string) => parts.filter((part) => part.startsWith(`${layer}/`)).length;
  const [best] = [...layers].sort((a, b) => mentions(b) - mentions(a));
  return best ?? (parts[0] || tensorName);
}

/** The operations in a tensor's name, without the calls around them. */
export function partsOf(tensorName: string): readonly string[] {
  const parts = tensorName
    .split(";")
    .map((part) => part.replace(/^(StatefulPartitionedCall\/)+/, ""));
  return [...new Set(parts)];
}

/** What comes before `/operation`; a number behind it only makes the tensor's name unique. */
function layersOf(parts: readonly string[], operation: string): readonly string[] {
  return parts.flatMap((part) => {
    const at = part.lastIndexOf("/");
    const word = part.slice(at + 1);
    const matches = word.startsWith(operation) && /^\d*$/.test(word.slice(operation.length));
    return at > 0 && matches ? [part.slice(0, at)] : [];
  });
}
