/**
 * The digits 0 to 9 as strokes of a pen. A glyph fits the box −1 … 1 (y points down); each digit has several
 * glyphs, as people write them.
 */

export type Point = readonly [x: number, y: number];
/** A stroke is a polyline: at least two points. */
export type Stroke = readonly Point[];
export type Glyph = readonly Stroke[];

const SEGMENTS_PER_SPAN = 5;
const SEGMENTS_PER_TURN = 24;

function line(...points: readonly Point[]): Stroke {
  return points;
}

/** Part of an ellipse, from one angle to another, in turns; 0 points right, a quarter points down. */
function arc(center: Point, radii: Point, from: number, to: number): Stroke {
  const count = Math.ceil(Math.abs(to - from) * SEGMENTS_PER_TURN);
  return Array.from({ length: count + 1 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / count);
    return [
      center[0] + radii[0] * Math.cos(angle),
      center[1] + radii[1] * Math.sin(angle),
    ] as const;
  });
}

function ellipse(center: Point, radii: Point): Stroke {
  return arc(center, radii, 0, 1);
}

/** A smooth curve through all the points: a uniform Catmull-Rom spline whose ends are doubled. */
function curve(...points: readonly Point[]): Stroke {
  const at = (i: number) => points[Math.max(0, Math.min(points.length - 1, i))]!;
  const spans = points.slice(1).flatMap((_, i) => spline(at(i - 1), at(i), at(i + 1), at(i + 2)));
  return [points[0]!, ...spans];
}

function spline(before: Point, start: Point, end: Point, after: Point): Point[] {
  return Array.from({ length: SEGMENTS_PER_SPAN }, (_, i) => {
    const t = (i + 1) / SEGMENTS_PER_SPAN;
    const blend = (axis: 0 | 1) => {
      const [a, b, c, d] = [before[axis], start[axis], end[axis], after[axis]];
      const cubic = (3 * (b - c) + d - a) * t;
      return b + (t * (c - a + t * (2 * a - 5 * b + 4 * c - d + cubic))) / 2;
    };
    return [blend(0), blend(1)] as const;
  });
}

const lowerBowl = curve([-0.1, -0.1], [0.4, 0.08], [0.55, 0.5], [0.1, 1], [-0.55, 0.75]);
const bellyOfFive = curve([-0.5, -0.15], [0.1, -0.28], [0.55, 0.25], [0.25, 0.9], [-0.55, 0.85]);

/** `glyphs[d]` are the ways in which digit `d` is written. */
export const glyphs: readonly (readonly Glyph[])[] = [
  [
    [ellipse([0, 0], [0.6, 1])],
    [ellipse([0, 0], [0.42, 0.95])],
    [arc([0, 0], [0.62, 0.95], -0.32, 0.64)],
    [ellipse([0, 0], [0.58, 1]), line([0.3, -0.5], [-0.3, 0.5])],
  ],
  [
    [line([0, -1], [0, 1])],
    [line([-0.38, -0.55], [0.02, -1], [0.02, 1])],
    [line([-0.3, -0.65], [0, -1], [0, 1]), line([-0.4, 1], [0.4, 1])],
  ],
  [
    [
      curve([-0.55, -0.55], [-0.3, -0.92], [0.15, -1], [0.52, -0.6], [0.3, -0.05], [-0.6, 1]),
      line([-0.6, 1], [0.6, 1]),
    ],
    [
      curve([-0.5, -0.7], [0, -1], [0.48, -0.62], [0.2, 0.1], [-0.4, 0.92]),
      curve([-0.4, 0.92], [-0.62, 0.72], [-0.3, 0.62], [0.2, 0.95], [0.65, 0.85]),
    ],
    [curve([-0.5, -0.8], [0.3, -0.95], [0.4, -0.4], [-0.5, 0.95]), line([-0.5, 0.95], [0.55, 0.9])],
  ],
  [
    [curve([-0.5, -0.8], [0, -1], [0.45, -0.6], [0.25, -0.2], [-0.1, -0.1]), lowerBowl],
    [line([-0.5, -1], [0.5, -1], [-0.1, -0.1]), lowerBowl],
    [curve([-0.45, -0.9], [0.4, -0.75], [0, -0.05], [0.5, 0.45], [-0.1, 1], [-0.5, 0.9])],
  ],
  [
    [line([-0.4, -1], [-0.55, 0.2], [0.6, 0.2]), line([0.25, -0.55], [0.25, 1])],
    [line([0.3, 1], [0.3, -1], [-0.6, 0.35], [0.65, 0.35])],
    [curve([-0.5, -0.9], [-0.55, -0.2], [-0.2, 0.05], [0.4, 0]), line([0.5, -0.9], [0.35, 1])],
  ],
  [
    [line([0.5, -1], [-0.4, -1], [-0.5, -0.15]), bellyOfFive],
    [curve([0.5, -0.95], [-0.3, -0.8], [-0.4, -0.3], [0.4, 0.2], [0.3, 0.85], [-0.5, 0.9])],
    [line([-0.4, -0.9], [-0.5, -0.15]), bellyOfFive, line([-0.4, -0.95], [0.55, -1])],
  ],
  [
    [curve([0.45, -0.95], [-0.15, -0.6], [-0.5, 0.1], [-0.5, 0.5]), ellipse([0, 0.48], [0.5, 0.5])],
    [line([0.1, -1], [-0.42, 0.3]), ellipse([0, 0.52], [0.48, 0.45])],
    [
      curve(
        [0.2, -1],
        [-0.35, -0.4],
        [-0.5, 0.4],
        [-0.1, 0.98],
        [0.4, 0.6],
        [0.1, 0.15],
        [-0.4, 0.4],
      ),
    ],
  ],
  [
    [line([-0.55, -1], [0.55, -1], [-0.1, 1])],
    [line([-0.5, -0.95], [0.55, -0.95], [-0.05, 1]), line([-0.3, 0.05], [0.5, 0.0])],
    [line([-0.55, -0.7], [-0.5, -0.98]), curve([-0.5, -0.98], [0.5, -0.95], [0.1, 0], [-0.05, 1])],
  ],
  [
    [ellipse([0, -0.5], [0.42, 0.48]), ellipse([0, 0.5], [0.52, 0.5])],
    [
      curve(
        [0.4, -0.7],
        [-0.1, -1],
        [-0.4, -0.55],
        [0.4, 0.3],
        [0.2, 0.95],
        [-0.4, 0.75],
        [-0.2, 0.15],
        [0.4, -0.45],
        [0.4, -0.75],
      ),
    ],
    [ellipse([0.05, -0.55], [0.36, 0.42]), ellipse([-0.03, 0.45], [0.42, 0.55])],
  ],
  [
    [ellipse([-0.02, -0.48], [0.5, 0.5]), line([0.48, -0.5], [0.4, 1])],
    [
      ellipse([0, -0.45], [0.46, 0.52]),
      curve([0.46, -0.5], [0.45, 0.3], [0.1, 0.95], [-0.45, 0.9]),
    ],
    [
      curve(
        [0.4, -0.8],
        [-0.2, -0.95],
        [-0.4, -0.4],
        [0.1, -0.15],
        [0.45, -0.8],
        [0.35, 0.1],
        [0.2, 1],
      ),
    ],
  ],
];
