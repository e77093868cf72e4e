import { type Glyph, glyphs, type Point, type Stroke } from "./glyphs.ts";
import type { Random } from "./random.ts";

/** Pictures are square, `SIZE × SIZE`, one byte for each pixel, bright ink on dark paper. */
export const SIZE = 28;
export const PIXELS = SIZE * SIZE;

/** A batch of pictures `[count, SIZE, SIZE]` with the digit that each one shows. */
export interface Pictures {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Draws `count` pictures; all ten digits are equally likely. */
export function drawPictures(count: number, random: Random): Pictures {
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = random.index(glyphs.length);
    drawDigit(labels[i]!, random, pixels.subarray(i * PIXELS, (i + 1) * PIXELS));
  }
  return { pixels, labels };
}

/** What every picture varies. Lengths are in pixels, brightness in 0 … 1, angles in radians. */
function drawDigit(digit: number, random: Random, pixels: Uint8Array): void {
  const styles = glyphs[digit]!;
  const glyph = distort(styles[random.index(styles.length)]!, random);
  const paper = random.uniform(0, 0.2);
  const ink = random.uniform(0.5, 1);
  const brightness = new Float64Array(PIXELS).fill(paper);
  const pen = { radius: random.uniform(0.5, 1.7), edge: random.uniform(0.8, 2.4) };
  for (const stroke of glyph) drawStroke(brightness, stroke, pen, ink);
  for (let left = random.index(4); left > 0; left--) drawClutter(brightness, ink, random);
  const noise = random.uniform(0.01, 0.13);
  for (let i = 0; i < PIXELS; i++) {
    const value = brightness[i]! + noise * random.normal();
    pixels[i] = Math.round(255 * Math.max(0, Math.min(1, value)));
  }
}

/** A random affine map from the box of the glyph to pixels, and a slow wave that bends the strokes. */
function distort(glyph: Glyph, random: Random): Glyph {
  const height = random.uniform(6.5, 11);
  const width = height * random.uniform(0.7, 1.3);
  const angle = random.normal() * 0.16;
  const shear = random.normal() * 0.2;
  const [shiftX, shiftY] = [random.normal() * 1.6, random.normal() * 1.6];
  const [waveX, waveY] = [wave(random), wave(random)];
  const place = ([x, y]: Point): Point => {
    const u = width * (x + shear * y + waveX(x, y));
    const v = height * (y + waveY(x, y));
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    return [SIZE / 2 + shiftX + c * u - s * v, SIZE / 2 + shiftY + s * u + c * v];
  };
  return glyph.map((stroke) => stroke.map(place));
}

function wave(random: Random): (x: number, y: number) => number {
  const [kx, ky] = [random.uniform(-2.5, 2.5), random.uniform(-2.5, 2.5)];
  const [phase, height] = [random.uniform(0, 2 * Math.PI), random.uniform(0, 0.14)];
  return (x, y) => height * Math.sin(kx * x + ky * y + phase);
}

interface Pen {
  /** Half the width of a stroke. */
  readonly radius: number;
  /** Over how many pixels ink fades into paper: 1 is a sharp, anti-aliased edge; more is a blur. */
  readonly edge: number;
}

/** Ink covers a pixel by its distance to the stroke; where strokes cross, the stronger one counts. */
function drawStroke(brightness: Float64Array, stroke: Stroke, pen: Pen, ink: number): void {
  const reach = pen.radius + pen.edge / 2;
  for (let i = 1; i < stroke.length; i++) {
    const [from, to] = [stroke[i - 1]!, stroke[i]!];
    const [left, right] = pixelRange(from[0], to[0], reach);
    const [top, bottom] = pixelRange(from[1], to[1], reach);
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const distance = distanceToSegment(x + 0.5, y + 0.5, from, to);
        const coverage = Math.max(0, Math.min(1, (reach - distance) / pen.edge));
        brightness[y * SIZE + x] = Math.max(brightness[y * SIZE + x]!, coverage * ink);
      }
    }
  }
}

/** The pixels, first and last, whose centres may be within `reach` of the numbers between `a` and `b`. */
function pixelRange(a: number, b: number, reach: number): readonly [number, number] {
  const first = Math.floor(Math.min(a, b) - reach);
  const last = Math.ceil(Math.max(a, b) + reach);
  return [Math.max(0, first), Math.min(SIZE - 1, last)];
}

function distanceToSegment(x: number, y: number, from: Point, to: Point): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const squared = dx * dx + dy * dy;
  const along = squared === 0 ? 0 : ((x - from[0]) * dx + (y - from[1]) * dy) / squared;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(x - from[0] - t * dx, y - from[1] - t * dy);
}

/** A scratch somewhere, short and fainter than the digit, so that not all ink is the digit's. */
function drawClutter(brightness: Float64Array, ink: number, random: Random): void {
  const [x, y] = [random.uniform(0, SIZE), random.uniform(0, SIZE)];
  const [angle, length] = [random.uniform(0, 2 * Math.PI), random.uniform(0, 6)];
  const end: Point = [x + length * Math.cos(angle), y + length * Math.sin(angle)];
  const pen = { radius: random.uniform(0.3, 1.2), edge: random.uniform(0.8, 2) };
  drawStroke(brightness, [[x, y], end], pen, ink * random.uniform(0.3, 0.9));
}
