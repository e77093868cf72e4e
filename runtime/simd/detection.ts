import { Pointer } from "./memory";
import { rowMaximum } from "./reduce";
import { exp } from "./transcendental";

/** As in the reference. */
export function decodeBoxes(
  encoded: Pointer<f32>,
  anchors: Pointer<f32>,
  corners: Pointer<f32>,
  count: i32,
  yScale: f32,
  xScale: f32,
  heightScale: f32,
  widthScale: f32,
): void {
  for (let at = 0; at < 4 * count; at += 4) {
    const height = anchors[at + 2];
    const width = anchors[at + 3];
    const y = (encoded[at] / yScale) * height + anchors[at];
    const x = (encoded[at + 1] / xScale) * width + anchors[at + 1];
    const down = <f32>0.5 * exp(encoded[at + 2] / heightScale) * height;
    const across = <f32>0.5 * exp(encoded[at + 3] / widthScale) * width;
    corners[at] = y - down;
    corners[at + 1] = x - across;
    corners[at + 2] = y + down;
    corners[at + 3] = x + across;
  }
}

/** Intersection over union of two boxes of (top, left, bottom, right); 0 where one of them has no area. */
function overlap(a: Pointer<f32>, b: Pointer<f32>): f32 {
  const areaA = (a[2] - a[0]) * (a[3] - a[1]);
  const areaB = (b[2] - b[0]) * (b[3] - b[1]);
  if (areaA <= 0 || areaB <= 0) return 0;
  const height = min<f32>(a[2], b[2]) - max<f32>(a[0], b[0]);
  const width = min<f32>(a[3], b[3]) - max<f32>(a[1], b[1]);
  const shared = max<f32>(0, height) * max<f32>(0, width);
  return shared / (areaA + areaB - shared);
}

/** The place of the largest number among `count`, the first of equals; −1 if none reaches `least`. NaNs do not count. */
function best(scores: Pointer<f32>, count: i32, least: f32): i32 {
  let tops = f32x4.splat(-Infinity);
  let i = 0;
  for (; i <= count - 4; i += 4) tops = f32x4.pmax(tops, v128.load(scores.at(i)));
  let top = f32x4.extract_lane(tops, 0);
  for (; i < count; i++) if (scores[i] > top) top = scores[i];
  for (let lane = 1; lane < 4; lane++) {
    tops = i32x4.shuffle(tops, tops, 1, 2, 3, 0);
    const other = f32x4.extract_lane(tops, 0);
    if (other > top) top = other;
  }
  if (!(top >= least)) return -1;
  for (i = 0; i < count; i++) if (scores[i] == top) return i;
  return -1;
}

/** As in the reference. */
function suppress(
  corners: Pointer<f32>,
  open: Pointer<f32>,
  count: i32,
  least: f32,
  most: f32,
  limit: i32,
  chosen: Pointer<i32>,
): i32 {
  let found = 0;
  while (found < limit && found < count) {
    const place = best(open, count, least);
    if (place < 0) break;
    chosen[found++] = place;
    open[place] = -Infinity;
    for (let i = 0; i < count; i++) {
      if (open[i] >= least && overlap(corners.from(4 * place), corners.from(4 * i)) > most)
        open[i] = -Infinity;
    }
  }
  return found;
}

/** As in the reference. */
export function detectByBox(
  corners: Pointer<f32>,
  scores: Pointer<f32>,
  boxes: Pointer<f32>,
  classes: Pointer<f32>,
  values: Pointer<f32>,
  found: Pointer<f32>,
  open: Pointer<f32>,
  chosen: Pointer<i32>,
  count: i32,
  columns: i32,
  classCount: i32,
  limit: i32,
  perBox: i32,
  least: f32,
  most: f32,
): void {
  const ofClasses = scores.from(columns - classCount);
  clear(boxes, classes, values, limit * perBox);
  for (let i = 0; i < count; i++) open[i] = rowMaximum(ofClasses.from(i * columns), classCount);
  const boxCount = suppress(corners, open, count, least, most, limit, chosen);
  for (let n = 0; n < boxCount; n++) {
    const row = ofClasses.from(chosen[n] * columns);
    const first = n * perBox;
    for (let rank = 0; rank < perBox; rank++) {
      const kind = classAtRank(row, classCount, rank, classes.from(first));
      copyBox(corners, chosen[n], boxes, first + rank);
      classes[first + rank] = <f32>kind;
      values[first + rank] = row[kind];
    }
  }
  found[0] = <f32>boxCount;
}

/** The class with the best score of `row` that is not among the `rank` first of `taken`. */
function classAtRank(row: Pointer<f32>, classCount: i32, rank: i32, taken: Pointer<f32>): i32 {
  let kind = -1;
  for (let c = 0; c < classCount; c++) {
    let free = true;
    for (let i = 0; i < rank; i++) if (taken[i] == <f32>c) free = false;
    if (free && (kind < 0 || row[c] > row[kind])) kind = c;
  }
  return kind;
}

/** As in the reference. */
export function detectByClass(
  corners: Pointer<f32>,
  scores: Pointer<f32>,
  boxes: Pointer<f32>,
  classes: Pointer<f32>,
  values: Pointer<f32>,
  found: Pointer<f32>,
  open: Pointer<f32>,
  chosen: Pointer<i32>,
  count: i32,
  columns: i32,
  classCount: i32,
  limit: i32,
  perClass: i32,
  least: f32,
  most: f32,
): void {
  const skipped = columns - classCount;
  clear(boxes, classes, values, limit);
  let total = 0;
  for (let c = 0; c < classCount; c++) {
    for (let i = 0; i < count; i++) open[i] = scores[i * columns + skipped + c];
    const ofClass = suppress(corners, open, count, least, most, perClass, chosen);
    for (let n = 0; n < ofClass; n++) {
      const score = scores[chosen[n] * columns + skipped + c];
      let to = total;
      while (to > 0 && values[to - 1] < score) to--;
      if (to == limit) continue;
      if (total < limit) total++;
      for (let i = total - 1; i > to; i--) {
        values[i] = values[i - 1];
        classes[i] = classes[i - 1];
        copyBox(boxes, i - 1, boxes, i);
      }
      values[to] = score;
      classes[to] = <f32>c;
      copyBox(corners, chosen[n], boxes, to);
    }
  }
  found[0] = <f32>total;
}

function clear(
  boxes: Pointer<f32>,
  classes: Pointer<f32>,
  values: Pointer<f32>,
  length: i32,
): void {
  memory.fill(boxes.at(0), 0, 16 * length);
  memory.fill(classes.at(0), 0, 4 * length);
  memory.fill(values.at(0), 0, 4 * length);
}

@inline
function copyBox(from: Pointer<f32>, place: i32, to: Pointer<f32>, at: i32): void {
  v128.store(to.at(4 * at), v128.load(from.at(4 * place)));
}
