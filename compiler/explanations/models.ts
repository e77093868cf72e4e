import type { Code } from "../../grammar/source/diagnostic.ts";
import type { LongForm } from "./long-form.ts";

/** Model files (20xx), programs (23xx) and exported models (24xx). */
export const modelExplanations: Readonly<Record<Code, LongForm>> = {
  QC2001: {
    title: "a file that is no model",
    why: "ONNX and TFLite files are told apart by their first bytes, whatever their names. Models of PyTorch, Keras or TensorFlow are exported to one of the two formats by their own tools first.",
    command: "qcfg inspect model.onnx",
  },
  QC2002: {
    title: "a damaged model file",
    why: "A length or an offset leads out of the file, or a field holds what it cannot. Often the file was copied in part, or is the pointer file of a large-file storage.",
    command: "qcfg inspect model.onnx",
  },
  QC2003: {
    title: "an operator set that is not read",
    why: "The meaning of ONNX operators is versioned. The exporter takes the version as an argument, and converters rewrite a model from one version to another.",
    command: "qcfg inspect model.onnx",
  },
  QC2004: {
    title: "an unsupported operator",
    why: "No op of the compiler reads this operator. All of them are told at once, so that a model is exported again once and not once for each.",
    command: "qcfg inspect model.onnx",
  },
  QC2005: {
    title: "a node that cannot be imported as it is",
    why: "The operator is known, but not in this form: an attribute has a value that is not supported, or an input would have to be a constant.",
    command: "qcfg inspect model.onnx",
  },
  QC2006: {
    title: "a dimension without a size",
    why: "Programs are compiled for fixed shapes. The first dimension of an input is the batch, which is 1 unless it is stated; others have to be stated.",
    command: "qcfg compile model.onnx --shape sequence=128 --calib samples.npy -o build/model",
  },
  QC2007: {
    title: "an element type that graphs do not have",
    why: "Strings, complex numbers and 8-bit floats cannot be computed with.",
    command: "qcfg inspect model.onnx",
  },
  QC2008: {
    title: "a value that nothing computes",
    why: "A node or an output of the model names a value that is no input, no constant and no result of a node. The exporter, or a tool that cut the model, left it out.",
    command: "qcfg inspect model.onnx",
  },
  QC2009: {
    title: "a graph with a cycle",
    why: "Each node waits for the result of the next. Loops are written with operators of their own, never as cycles.",
    command: "qcfg inspect model.onnx",
  },
  QC2010: {
    title: "a value that is defined twice",
    why: "Values are known by their names: two nodes with one result name cannot be told apart.",
    command: "qcfg inspect model.onnx",
  },
  QC2011: {
    title: "external data that cannot be read",
    why: "ONNX models above 2 GB keep their weights in files beside them. These have to be copied along, and lie in the model's folder or below it.",
    command: "qcfg inspect model.onnx",
  },
  QC2012: {
    title: "a constant that does not fit itself",
    why: "The number of its elements is not that of its shape, or its quantization has another number of scales than its axis has indices.",
    command: "qcfg inspect model.tflite",
  },
  QC2013: {
    title: "a feature of the format that is not read",
    why: "Sparse tensors, control flow with subgraphs and the like have no form in a graph.",
    command: "qcfg inspect model.onnx",
  },
  QC2014: {
    title: "a bias in other steps than its layer",
    why: "A warning. Integer kernels add the bias to the accumulator as it is, so its step is the product of input scale and weight scale, whatever the file states. That is what every runtime computes.",
    command: "qcfg inspect model.tflite --graph",
  },
  QC2015: {
    title: "a binding of what is not there",
    why: "`--shape` names an open dimension of the model as the model calls it.",
    command: "qcfg inspect model.onnx",
  },
  QC2016: {
    title: "a batch where the model fixes it",
    why: "The batch is part of the shapes in the file. Export the model with an open first dimension to choose it later.",
    command: "qcfg inspect model.onnx",
  },
  QC2017: {
    title: "a constant that does not fit its input",
    why: "An input that is given as a constant takes the shape and the element type of the input.",
    command: "qcfg inspect model.onnx",
  },
  QC2018: {
    title: "state that begins at zero",
    why: "A warning. The source runtime keeps this tensor from run to run. A compiled program begins every run anew, with zeros.",
    command: "qcfg inspect model.tflite",
  },
  QC2019: {
    title: "further subgraphs",
    why: "A warning. A TFLite file can hold several graphs. The first one is the model; the others are read only if it called them, and calls are not supported.",
    command: "qcfg inspect model.tflite",
  },
  QC2051: {
    title: "text of a graph that is not understood",
    why: "The text form of graphs, in `test` blocks and in what `inspect --graph` prints, has one node a line.",
    command: "qcfg inspect model.onnx --graph",
  },
  QC2052: {
    title: "a value before its definition",
    why: "In the text form of a graph a node comes after those that it reads.",
    command: "qcfg inspect model.onnx --graph",
  },
  QC2053: {
    title: "two nodes of one name",
    why: "Names of nodes are unique in a graph.",
    command: "qcfg inspect model.onnx --graph",
  },
  QC2054: {
    title: "an unknown op in the text of a graph",
    why: "Ops have the names of rule files.",
    command: "qcfg inspect model.onnx --graph",
  },
  QC2055: {
    title: "operands or attributes that do not fit their op",
    why: "Each op says what it takes, and infers the type of its result from that.",
    command: "qcfg inspect model.onnx --graph",
  },
  QC2056: {
    title: "a stated type that is not the inferred one",
    why: "Types in the text form of a graph are checked against what the ops give.",
    command: "qcfg inspect model.onnx --graph",
  },
  QC2300: {
    title: "an op without a SIMD kernel",
    why: "Programs for WebAssembly are made of SIMD kernels. Plain JavaScript has a kernel for every op, and computes the same bytes.",
    command: "qcfg compile model.onnx --target js --calib samples.npy -o build/model",
  },
  QC2301: {
    title: "a program that is larger than WebAssembly's memory",
    why: "A program has one memory, for its weights and for all that is alive at a time, whose addresses have 32 bits. Mostly a dimension that the model leaves open was made too large.",
    command: "qcfg compile model.onnx --batch 1 --calib samples.npy -o build/model",
  },
  QC2401: {
    title: "nodes that ONNX cannot express",
    why: "The operator sets of ONNX have no operator that computes the same. The compiler itself needs none.",
    command: "qcfg compile model.tflite -o build/model",
  },
};
