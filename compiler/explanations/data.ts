import type { Code } from "../../grammar/source/diagnostic.ts";
import type { LongForm } from "./long-form.ts";

const calibrate = "qcfg compile model.onnx --calib samples.npy -o build/model";
const preprocess =
  "qcfg compile model.onnx --calib images.npy --scale 1/255 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 -o build/model";
const evaluate = "qcfg eval build/model --data x.npy --labels y.npy";

/** Calibration data and statistics (225x, 226x), the command line and its files (25xx). */
export const dataExplanations: Readonly<Record<Code, LongForm>> = {
  QC2250: {
    title: "a sample that is not finite",
    why: "NaN and infinities have no integer, and one of them would spoil the range of every value after it.",
    command: calibrate,
  },
  QC2251: {
    title: "samples of another shape",
    why: "The first axis of a data file counts the samples; the others are those of the model's input.",
    command: calibrate,
  },
  QC2252: {
    title: "a sample that its input cannot hold",
    why: "Data is neither rounded nor saturated silently: an input of integers takes integers of its range.",
    command: calibrate,
  },
  QC2253: {
    title: "data without samples",
    why: "No range can be measured on nothing.",
    command: calibrate,
  },
  QC2254: {
    title: "data that is constant",
    why: "Ranges measured on zeros or on one grey value say nothing of what the network will see.",
    command: calibrate,
  },
  QC2255: {
    title: "samples that are all the same",
    why: "A warning. So many samples are no more than one of them.",
    command: calibrate,
  },
  QC2256: {
    title: "few samples",
    why: "A warning. A handful of samples misses the extremes, and what is beyond the range saturates. 100 to 500 are usual.",
    command: calibrate,
  },
  QC2257: {
    title: "data in other units than the model's input",
    why: "A warning. Most often the network was trained on pixels of 0 to 1 or −1 to 1 and is calibrated on 0 to 255, or the other way.",
    command: preprocess,
  },
  QC2258: {
    title: "inputs with different numbers of samples",
    why: "A sample has a value for each input of the model, so all files have as many.",
    command: "qcfg compile model.onnx --calib tokens=t.npy --calib mask=m.npy -o build/model",
  },
  QC2259: {
    title: "a sample that does not fit the model",
    why: "A program that compiles with the library gives for each sample a tensor of every input by its name, of the input's type.",
    command: "qcfg inspect model.onnx",
  },
  QC2260: {
    title: "values that are not finite inside the network",
    why: "Infinities are legal as masks, and are left out of the range. Where a value is never finite, there is nothing to measure.",
    command: "qcfg explain model.onnx --calib samples.npy --node NAME",
  },
  QC2262: {
    title: "a momentum that was not collected",
    why: "Statistics keep moving averages for the default momentum and for those that the rules asked for when they were measured. Another one needs the samples again.",
    command:
      "qcfg compile model.onnx --rules scheme.qcfg --calib samples.npy --save-stats ranges.json -o build/model",
  },
  QC2263: {
    title: "a file that holds no statistics",
    why: "`--stats` takes what `--save-stats` wrote.",
    command: "qcfg compile model.onnx --calib samples.npy --save-stats ranges.json -o build/model",
  },
  QC2264: {
    title: "a constant that is not finite",
    why: "Weights with NaN or infinities come from a training that diverged. A mask of infinities is no weight: keep its op in float.",
    command: "qcfg inspect model.onnx --graph",
  },
  QC2265: {
    title: "a quantizer of yours that chooses no range",
    why: "A quantizer in TypeScript gives a range, or a scale and a zero point, for all that can be seen.",
    command: "qcfg check scheme.qcfg",
  },
  QC2500: {
    title: "rules that need ranges, and nothing to measure them on",
    why: "Activations are quantized by the range of their values, which is measured on samples. What the default scheme quantizes without data is weights alone.",
    command: calibrate,
  },
  QC2501: {
    title: "an option that is not used",
    why: "A warning. The option says something of a float model that is to be quantized, and this is none.",
    command: "qcfg inspect model.tflite",
  },
  QC2502: {
    title: "`--float` for a quantized model",
    why: "The activations of the model are integers already; there is no float model to go back to.",
    command: "qcfg compile quantized.tflite -o build/model",
  },
  QC2503: {
    title: "an output folder with other things in it",
    why: "A compilation replaces a folder that it wrote before, and touches no other.",
    command: calibrate,
  },
  QC2504: {
    title: "a folder that was not compiled",
    why: "`run`, `bench` and `eval` take what `qcfg compile` wrote: its `model.json` says what is in the folder.",
    command: calibrate,
  },
  QC2505: {
    title: "a program that does not load",
    why: "The files of a compiled folder belong together. One of them is missing, or of another compilation.",
    command: calibrate,
  },
  QC2506: {
    title: "preprocessing other than the recorded one",
    why: "What was stated when a model was compiled is part of it, and is applied again without being asked.",
    command: evaluate,
  },
  QC2507: {
    title: "labels that do not fit the data",
    why: "There is one label for each sample, or one for each step of a sequence.",
    command: evaluate,
  },
  QC2508: {
    title: "a label that is no class of the model",
    why: "Labels count the model's outputs from 0.",
    command: evaluate,
  },
  QC2509: {
    title: "outputs that are not finite",
    why: "A warning. These samples count as wrong.",
    command: evaluate,
  },
  QC2510: {
    title: "an output that is not there",
    why: "Outputs have the names of the source model.",
    command: "qcfg inspect build/model",
  },
  QC2511: {
    title: "one file for several outputs",
    why: "A `.npy` file holds one array.",
    command: "qcfg run build/model --input x.npy --output boxes=b.npy --output scores=s.npy",
  },
  QC2512: {
    title: "a rule file that is not formatted",
    why: "`fmt --check` changes nothing, and fails where `fmt` would.",
    command: "qcfg fmt scheme.qcfg",
  },
  QC2513: {
    title: "no samples to run",
    why: "The first axis of the data counts the samples, and it is 0.",
    command: "qcfg run build/model --input x.npy --output y.npy",
  },
  QC2514: {
    title: "a code without a long form",
    why: "Codes have four digits, as they are printed in brackets.",
    command: "qcfg explain --code QC1204",
  },
  QC2548: {
    title: "types that are not those of the rules",
    why: "The declarations of what a rule file captures are written from the rules, so that TypeScript checks the functions that it calls. They are written again when the rules change.",
    command: "qcfg types scheme.qcfg",
  },
  QC2515: {
    title: "a folder where a model is needed",
    why: "A compiled folder has no layers to be quantized again: name the model that it was compiled from.",
    command: "qcfg inspect build/model",
  },
  QC2516: {
    title: "a file that is no rule file",
    why: "Rule files are text in UTF-8.",
    command: "qcfg check scheme.qcfg",
  },
  QC2517: {
    title: "an engine without what the program needs",
    why: "Relaxed SIMD is newer than SIMD, which is newer than WebAssembly. `--simd baseline` needs less, and plain JavaScript nothing.",
    command: "qcfg bench build/model --simd baseline",
  },
  QC2518: {
    title: "layers that cannot be measured",
    why: "A program in JavaScript is run as a whole; one in WebAssembly can be run step by step.",
    command: "qcfg compile model.onnx --target wasm --calib samples.npy -o build/model",
  },
  QC2520: {
    title: "a file that cannot be read",
    why: "The label is the system's reason.",
    command: "qcfg inspect model.onnx",
  },
  QC2521: {
    title: "a file that cannot be written",
    why: "The label is the system's reason. It is tried before long work begins, so nothing is lost.",
    command: calibrate,
  },
  QC2522: {
    title: "a file that is no `.npy` file",
    why: "Data is read as NumPy writes it.",
    command: "python -c \"import numpy; numpy.save('x.npy', x)\"",
  },
  QC2523: {
    title: "arrays of an unsupported type",
    why: "Floats, integers and bools are read, in little-endian order.",
    command: "python -c \"import numpy; numpy.save('x.npy', x.astype('float32'))\"",
  },
  QC2524: {
    title: "a `.npy` file that ends too early",
    why: "The header states more elements than there are bytes: the file was copied in part.",
    command: calibrate,
  },
  QC2525: {
    title: "a file that is no `.npz` file",
    why: "It is an archive of `.npy` files, one for each input.",
    command: "python -c \"import numpy; numpy.savez('x.npz', tokens=t, mask=m)\"",
  },
  QC2526: {
    title: "data that is a single number",
    why: "The first axis of a data file counts the samples.",
    command: calibrate,
  },
  QC2527: {
    title: "data files with different numbers of samples",
    why: "Files of one input follow each other; files of several inputs go together, sample by sample.",
    command: "qcfg compile model.onnx --calib tokens=t.npy --calib mask=m.npy -o build/model",
  },
  QC2528: {
    title: "data for an input that is not there",
    why: "Inputs have the names of the source model.",
    command: "qcfg inspect model.onnx",
  },
  QC2529: {
    title: "an input without data",
    why: "A sample has a value for each input.",
    command: "qcfg compile model.onnx --calib tokens=t.npy --calib mask=m.npy -o build/model",
  },
  QC2530: {
    title: "more data than inputs",
    why: "Files without names are given to the inputs in their order.",
    command: "qcfg inspect model.onnx",
  },
  QC2531: {
    title: "samples that do not fit their input",
    why: "Sizes other than 1 agree, in the same order or with the channels at the other end.",
    command: "qcfg inspect model.onnx",
  },
  QC2532: {
    title: "a value that its input cannot hold",
    why: "Data for an input of integers is neither rounded nor saturated silently.",
    command: "qcfg inspect build/model",
  },
  QC2533: {
    title: "an option that is not understood",
    why: "`--scale` is a number or a quotient; `--mean` and `--std` are one number or one for each channel.",
    command: preprocess,
  },
  QC2534: {
    title: "preprocessing for another number of channels",
    why: "`--mean` and `--std` have one number for all channels or one for each.",
    command: preprocess,
  },
  QC2535: {
    title: "preprocessing of integers",
    why: "Tokens and indices are taken as they are.",
    command: "qcfg inspect model.onnx",
  },
  QC2549: {
    title: "files that a new project would overwrite",
    why: "`qcfg init` writes a rule file, a package.json, a README and a .gitignore. It changes nothing that is there.",
    command: "qcfg init my-rules",
  },
  QC2540: {
    title: "images that are transposed",
    why: "A note. The data has its channels at the other end than the model's input, and they are moved.",
    command: "qcfg inspect model.onnx",
  },
  QC2541: {
    title: "data that is quantized on entry",
    why: "A note. The input takes integers and the data is real, so the input's own scale and zero point are applied.",
    command: "qcfg inspect build/model",
  },
};
