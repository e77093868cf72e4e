import { InferenceError, type KernelArgument } from "../ir/op.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";

export const DetectBoxes = defineOp({
  name: "DetectBoxes",
  doc: "boxes, classes, scores and number of detections: boxes decoded around anchors, overlapping ones suppressed",
  operands: [
    { name: "boxes", role: "parameter" },
    { name: "scores", role: "parameter" },
    { name: "anchors", role: "parameter" },
  ],
  attributes: {
    detections: { kind: "number", doc: "the largest number of boxes" },
    classes: {
      kind: "number",
      doc: "the number of classes; other columns before them do not count",
    },
    perClass: {
      kind: "number",
      default: 100,
      doc: "the largest number of boxes of one class, under `byClass`",
    },
    perBox: {
      kind: "number",
      default: 1,
      doc: "classes that are given for each box, without `byClass`",
    },
    byClass: {
      kind: "boolean",
      default: false,
      doc: "whether boxes suppress only others of their class, or all by their best score",
    },
    leastScore: { kind: "number", doc: "boxes of a lower score are left out" },
    mostOverlap: { kind: "number", doc: "intersection over union above which the lower one goes" },
    scales: { kind: "numbers", doc: "what a unit of y, x, height and width is divided by" },
  },
  traits: [],
  infer([boxes, scores, anchors], { detections, perBox, byClass, classes, scales }) {
    const count = boxes!.shape.at(-2);
    const columns = scores!.shape.at(-1)!;
    const fits = scores!.shape.at(-2) === count && anchors!.shape.at(-2) === count;
    if (!fits || boxes!.shape.at(-1) !== 4 || anchors!.shape.at(-1) !== 4)
      throw new InferenceError("boxes, scores and anchors do not fit each other");
    if (boxes!.shape.length === 3 && boxes!.shape[0] !== 1)
      throw new InferenceError("detections in a batch of several are not supported");
    if (!((classes as number) <= columns && (scales as readonly number[]).length === 4))
      throw new InferenceError(`there are no ${classes} classes in ${columns} columns`);
    const places = (detections as number) * (byClass ? 1 : (perBox as number));
    return [[1, places, 4], [1, places], [1, places], [1]].map((shape) => ({
      dtype: "float32",
      shape,
    }));
  },
  lower({ operands: [boxes, scores], attributes }) {
    const { detections, perClass, perBox, byClass, classes, leastScore, mostOverlap } = attributes;
    const count = boxes!.shape.at(-2)!;
    const corners: KernelArgument = { kind: "scratch", dtype: "float32", length: 4 * count };
    const open: KernelArgument = { kind: "scratch", dtype: "float32", length: count };
    const limit = Math.min(count, (byClass ? perClass : detections) as number);
    const chosen: KernelArgument = { kind: "scratch", dtype: "int32", length: limit };
    const scales = (attributes.scales as readonly number[]).map(Math.fround);
    const limits = [leastScore, mostOverlap].map((limit) => Math.fround(limit as number));
    const results = [result(0), result(1), result(2), result(3)];
    const numbers = [
      ...[count, scores!.shape.at(-1)!, classes as number, detections as number],
      ...[byClass ? limit : (perBox as number), ...limits],
    ];
    return [
      { kernel: "decodeBoxes", arguments: [operand(0), operand(2), corners, count, ...scales] },
      {
        kernel: byClass ? "detectByClass" : "detectByBox",
        arguments: [corners, operand(1), ...results, open, chosen, ...numbers],
      },
    ];
  },
  tflite: {
    TFLite_Detection_PostProcess(op, build) {
      const need = (key: string): number =>
        op.customNumber(key) ?? build.reject(`option \`${key}\` is missing`);
      const classes = need("num_classes");
      return build.add("DetectBoxes", [op.input(0), op.input(1), op.input(2)], {
        detections: need("max_detections"),
        classes,
        perClass: op.customNumber("detections_per_class") ?? 100,
        perBox: Math.min(classes, need("max_classes_per_detection")),
        byClass: op.customNumber("use_regular_nms") === 1,
        leastScore: need("nms_score_threshold"),
        mostOverlap: need("nms_iou_threshold"),
        scales: ["y_scale", "x_scale", "h_scale", "w_scale"].map(need),
      });
    },
  },
});
