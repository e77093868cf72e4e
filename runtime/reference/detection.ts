import { exp } from "./transcendental.ts";

const f32 = Math.fround;

/**
 * Boxes around anchors: `encoded` is [count, 4] of (y, x, height, width) in units of the scales, relative to `anchors` of
 * the same layout; `corners` gets (top, left, bottom, right). Each operation in float32.
 */
export function decodeBoxes(
  encoded: Float32Array,
  anchors: Float32Array,
  corners: Float32Array,
  count: number,
  yScale: number,
  xScale: number,
  heightScale: number,
  widthScale: number,
): void {
  for (let at = 0; at < 4 * count; at += 4) {
    const height = anchors[at + 2]!;
    const width = anchors[at + 3]!;
    const y = f32(f32(f32(encoded[at]! / yScale) * height) + anchors[at]!);
    const x = f32(f32(f32(encoded[at + 1]! / xScale) * width) + anchors[at + 1]!);
    const down = f32(f32(0.5 * exp(f32(encoded[at + 2]! / heightScale))) * height);
    const across = f32(f32(0.5 * exp(f32(encoded[at + 3]! / widthScale))) * width);
    corners[at] = y - down;
    corners[at + 1] = x - across;
    corners[at + 2] = y + down;
    corners[at + 3] = x + across;
  }
}

/** Intersection over union of two boxes of `corners`, each operation in float32; 0 where one of them has no area. */
function overlap(corners: Float32Array, a: number, b: number): number {
  const areaA = area(corners[a]!, corners[a + 1]!, corners[a + 2]!, corners[a + 3]!);
  const areaB = area(corners[b]!, corners[b + 1]!, corners[b + 2]!, corners[b + 3]!);
  if (areaA <= 0 || areaB <= 0) return 0;
  const top = Math.max(corners[a]!, corners[b]!);
  const left = Math.max(corners[a + 1]!, corners[b + 1]!);
  const bottom = Math.min(corners[a + 2]!, corners[b + 2]!);
  const right = Math.min(corners[a + 3]!, corners[b + 3]!);
  const shared = f32(Math.max(0, f32(bottom - top)) * Math.max(0, f32(right - left)));
  return f32(shared / f32(f32(areaA + areaB) - shared));
}

function area(top: number, left: number, bottom: number, right: number): number {
  return f32(f32(bottom - top) * f32(right - left));
}

/** The place of the largest number among `count`, the first of equals; −1 if none reaches `least`. */
function best(scores: Float32Array, count: number, least: number): number {
  let place = -1;
  for (let i = 0; i < count; i++) {
    if (scores[i]! >= least && (place < 0 || scores[i]! > scores[place]!)) place = i;
  }
  return place;
}

/**
 * Takes the best box, drops those that overlap it by more than `most`, and so on. `open` holds a score for each box and
 * loses those that are decided; −1 behind the last of `chosen`, which has at most `limit` places. Returns their number.
 */
function suppress(
  corners: Float32Array,
  open: Float32Array,
  count: number,
  least: number,
  most: number,
  limit: number,
  chosen: Int32Array,
): number {
  let found = 0;
  while (found < limit && found < count) {
    const place = best(open, count, least);
    if (place < 0) break;
    chosen[found++] = place;
    open[place] = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      if (open[i]! >= least && overlap(corners, 4 * place, 4 * i) > most)
        open[i] = Number.NEGATIVE_INFINITY;
    }
  }
  return found;
}

/**
 * Detections out of boxes and scores, boxes suppressed by the best of their scores: each box that is left gives its
 * `perBox` best classes. `scores` is [count, columns], the last `classes` columns are classes. Results hold `limit` ·
 * `perBox` detections, 0 behind the last one; `found[0]` is the number of boxes.
 * @source TensorFlow Lite `kernels/detection_postprocess.cc`, "fast" suppression.
 */
export function detectByBox(
  corners: Float32Array,
  scores: Float32Array,
  boxes: Float32Array,
  classes: Float32Array,
  values: Float32Array,
  found: Float32Array,
  open: Float32Array,
  chosen: Int32Array,
  count: number,
  columns: number,
  classCount: number,
  limit: number,
  perBox: number,
  least: number,
  most: number,
): void {
  const skipped = columns - classCount;
  clear(boxes, classes, values, limit * perBox);
  for (let i = 0; i < count; i++) {
    let score = Number.NEGATIVE_INFINITY;
    for (let c = skipped; c < columns; c++) score = Math.max(score, scores[i * columns + c]!);
    open[i] = score;
  }
  const boxCount = suppress(corners, open, count, least, most, limit, chosen);
  for (let n = 0; n < boxCount; n++) {
    const row = chosen[n]! * columns + skipped;
    for (let rank = 0; rank < perBox; rank++) {
      const to = n * perBox + rank;
      const kind = classAtRank(scores, row, classCount, rank, classes, n * perBox);
      for (let i = 0; i < 4; i++) boxes[4 * to + i] = corners[4 * chosen[n]! + i]!;
      classes[to] = kind;
      values[to] = scores[row + kind]!;
    }
  }
  found[0] = boxCount;
}

/** The class with the best score in a row that is not among the `rank` that `taken` has from `first` on. */
function classAtRank(
  scores: Float32Array,
  row: number,
  classCount: number,
  rank: number,
  taken: Float32Array,
  first: number,
): number {
  let kind = -1;
  for (let c = 0; c < classCount; c++) {
    let free = true;
    for (let i = 0; i < rank; i++) if (taken[first + i] === c) free = false;
    if (free && (kind < 0 || scores[row + c]! > scores[row + kind]!)) kind = c;
  }
  return kind;
}

/**
 * Detections with suppression within each class on its own, at most `perClass` of each, and the best `limit` of all.
 * Arguments as in `detectByBox`.
 * @source TensorFlow Lite `kernels/detection_postprocess.cc`, "regular" suppression.
 */
export function detectByClass(
  corners: Float32Array,
  scores: Float32Array,
  boxes: Float32Array,
  classes: Float32Array,
  values: Float32Array,
  found: Float32Array,
  open: Float32Array,
  chosen: Int32Array,
  count: number,
  columns: number,
  classCount: number,
  limit: number,
  perClass: number,
  least: number,
  most: number,
): void {
  const skipped = columns - classCount;
  clear(boxes, classes, values, limit);
  let total = 0;
  for (let c = 0; c < classCount; c++) {
    for (let i = 0; i < count; i++) open[i] = scores[i * columns + skipped + c]!;
    const ofClass = suppress(corners, open, count, least, most, perClass, chosen);
    for (let n = 0; n < ofClass; n++) {
      const score = scores[chosen[n]! * columns + skipped + c]!;
      let to = total < limit ? total : limit;
      for (; to > 0 && values[to - 1]! < score; to--) {
        if (to === limit) continue;
        values[to] = values[to - 1]!;
        classes[to] = classes[to - 1]!;
        for (let i = 0; i < 4; i++) boxes[4 * to + i] = boxes[4 * to - 4 + i]!;
      }
      if (to === limit) continue;
      values[to] = score;
      classes[to] = c;
      for (let i = 0; i < 4; i++) boxes[4 * to + i] = corners[4 * chosen[n]! + i]!;
      if (total < limit) total++;
    }
  }
  found[0] = total;
}

function clear(
  boxes: Float32Array,
  classes: Float32Array,
  values: Float32Array,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    for (let side = 0; side < 4; side++) boxes[4 * i + side] = 0;
    classes[i] = 0;
    values[i] = 0;
  }
}
