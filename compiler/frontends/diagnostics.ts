import type { Diagnostic } from "../../grammar/source/diagnostic.ts";

/** The diagnostics of the frontends, QC2001 to QC2049: one function per code, each takes facts. */

function error(
  code: Diagnostic["code"],
  message: string,
  model: string,
  path: string,
  help?: string,
): Diagnostic {
  const labels = [{ place: { model, path }, text: "" }];
  return { code, severity: "error", message, labels, ...(help !== undefined && { help }) };
}

function warning(
  code: Diagnostic["code"],
  message: string,
  model: string,
  path: string,
): Diagnostic {
  return { ...error(code, message, model, path), severity: "warning" };
}

/** The bytes are no ONNX and no TFLite model; `looksLike` names another format that they may be. */
export function unknownFormat(model: string, looksLike: string | undefined): Diagnostic {
  const message =
    looksLike === undefined
      ? "the file is neither an ONNX nor a TFLite model"
      : `the file is ${looksLike}, not an ONNX or TFLite model`;
  const help = "give a model in the format of `.onnx` or `.tflite`; convert others first";
  return error("QC2001", message, model, "", help);
}

/** The file breaks its own format: an offset or a length that leads out of it, a field that cannot be. */
export function damagedFile(model: string, path: string, fault: string): Diagnostic {
  return error("QC2002", `the file is damaged: ${fault}`, model, path);
}

/** An operator set version that we do not read. */
export function unsupportedOpset(
  model: string,
  domain: string,
  version: number,
  lowest: number,
  highest: number,
): Diagnostic {
  const set = domain === "" ? "operator set" : `operator set \`${domain}\``;
  return error(
    "QC2003",
    `version ${version} of the ${set} is not supported`,
    model,
    "",
    `export the model with a version from ${lowest} to ${highest}`,
  );
}

/** An operator that no op reads; one diagnostic for all its nodes. */
export function unsupportedOperator(
  model: string,
  opType: string,
  firstNode: string,
  count: number,
): Diagnostic {
  const where = count === 1 ? "1 node" : `${count} nodes`;
  return error("QC2004", `operator \`${opType}\` is not supported (${where})`, model, firstNode);
}

/** A node of a known operator that cannot be imported as it is. */
export function rejectedNode(
  model: string,
  opType: string,
  node: string,
  reason: string,
): Diagnostic {
  return error("QC2005", `\`${opType}\`: ${reason}`, model, node);
}

/** A dimension without a size that the user must state. `key` is what `--shape` calls it. */
export function unboundDimension(
  model: string,
  input: string,
  axis: number,
  key: string,
): Diagnostic {
  return error(
    "QC2006",
    `axis ${axis} of input \`${input}\` has no fixed size`,
    model,
    input,
    `state it with \`--shape ${key}=…\``,
  );
}

/** A value whose type graphs do not have. */
export function unsupportedType(model: string, value: string, type: string): Diagnostic {
  return error("QC2007", `type \`${type}\` of \`${value}\` is not supported`, model, value);
}

/** A node or an output uses a value that nothing gives. */
export function missingValue(model: string, user: string, value: string): Diagnostic {
  return error("QC2008", `value \`${value}\` is used but nothing computes it`, model, user);
}

/** Nodes that need each other's results; `nodes` is one such cycle, in order. */
export function cycle(model: string, nodes: readonly string[]): Diagnostic {
  const path = nodes.map((name) => `\`${name}\``).join(" → ");
  return error("QC2009", `the graph has a cycle: ${path}`, model, nodes[0] ?? "");
}

/** Two nodes or constants give values of one name. */
export function duplicateValue(model: string, value: string): Diagnostic {
  return error("QC2010", `value \`${value}\` is defined more than once`, model, value);
}

/** A tensor whose data is in another file that cannot be read. */
export function missingExternalData(
  model: string,
  tensor: string,
  location: string,
  reason: string,
): Diagnostic {
  return error("QC2011", `external data \`${location}\` cannot be read: ${reason}`, model, tensor);
}

/** A constant whose data, shape or quantization parameters do not fit each other. */
export function unusableTensor(model: string, tensor: string, fault: string): Diagnostic {
  return error("QC2012", `tensor \`${tensor}\` cannot be used: ${fault}`, model, tensor);
}

/** A feature of the format that we do not read. */
export function unsupportedFeature(model: string, path: string, feature: string): Diagnostic {
  return error("QC2013", `${feature} not supported`, model, path);
}

/**
 * The scale of an int32 bias is not input scale · weight scale. Integer kernels add the bias as it is, so the
 * product is what it means.
 */
export function biasScaleDisagrees(
  model: string,
  node: string,
  stated: number,
  product: number,
): Diagnostic {
  const message = `the bias has scale ${stated}, but input scale times weight scale is ${product}, which is used`;
  return warning("QC2014", message, model, node);
}

/** The user bound a dimension or a constant that the model does not have. */
export function unknownBinding(
  model: string,
  kind: "dimension" | "input",
  name: string,
  known: readonly string[],
): Diagnostic {
  const help =
    known.length === 0
      ? `the model has no ${kind} to state`
      : `it has ${known.map((k) => `\`${k}\``).join(", ")}`;
  return error("QC2015", `the model has no ${kind} \`${name}\``, model, "", help);
}

/** The user asked for a batch of a model whose shapes fix it. */
export function fixedBatch(model: string, wanted: number): Diagnostic {
  return error(
    "QC2016",
    `a batch of ${wanted} is not possible: the model fixes its batch`,
    model,
    "",
  );
}

/** A constant given for an input does not have the input's shape or element type. */
export function unfitConstant(
  model: string,
  input: string,
  given: string,
  wanted: string,
): Diagnostic {
  return error("QC2017", `the constant for \`${input}\` is ${given}, not ${wanted}`, model, input);
}

/** State that the source runtime keeps between runs begins at zero in each of ours. */
export function stateIsZero(model: string, tensor: string): Diagnostic {
  return warning("QC2018", `state \`${tensor}\` is zero at the start of each run`, model, tensor);
}

/** Only the main subgraph of a file with several is read. */
export function furtherSubgraphs(model: string, count: number): Diagnostic {
  return warning("QC2019", `the model has ${count} subgraphs; only the first is read`, model, "");
}
