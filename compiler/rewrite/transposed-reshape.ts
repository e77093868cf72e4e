import { type Shape, sizeOf } from "../ir/types.ts";

/** A transpose, a reshape and another transpose, one after the other. */
export interface TransposedReshape {
  readonly before: readonly number[];
  readonly shape: Shape;
  readonly behind: readonly number[];
}

/** Axes of one shape and of another that hold the same elements in the same order. */
interface Group {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * What a transpose of `x` by `p` and a reshape `to` do, with as much of the transpose as possible behind the reshape:
 *
 * ```text
 * x: [n, h, w, c] → [0, 3, 1, 2] → reshape [n, g, c/g, h, w]
 *                 = reshape [n, h, w, g, c/g] → [0, 3, 4, 1, 2]
 * ```
 * Absent where the axes of `x` that a group of axes of the result is made of do not lie side by side.
 */
export function transposedReshape(
  x: Shape,
  p: readonly number[],
  to: Shape,
): TransposedReshape | undefined {
  if (sizeOf(x) <= 1) return undefined;
  const transposed = p.map((axis) => x[axis]!);
  const groups = groupsOf(transposed, to).map((group) => ({
    sources: group.from.map((axis) => p[axis]!),
    to: group.to,
  }));
  const wide = x.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const sideBySide = groups.every(({ sources }) => {
    if (sources.length === 0) return true;
    const taken = sources.map((axis) => wide.indexOf(axis));
    return Math.max(...taken) - Math.min(...taken) === taken.length - 1;
  });
  if (!sideBySide) return undefined;
  const start = ({ sources }: (typeof groups)[number]) => Math.min(...sources);
  const [first, ...others] = groups;
  const inOrder = [first!, ...others.toSorted((a, b) => start(a) - start(b))];
  const ones = x.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const order = inOrder.flatMap(({ to: axes }) => axes);
  return {
    before: [...ones, ...inOrder.flatMap(({ sources }) => sources)],
    shape: order.map((axis) => to[axis]!),
    behind: to.map((_, axis) => order.indexOf(axis)),
  };
}

/**
 * The finest division into groups. Extents of 1 of `to` go with the group before them, the first ones are a group of their
 * own; those of `from` are in none.
 */
function groupsOf(from: Shape, to: Shape): readonly Group[] {
  const rest = from.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  let next = to.findIndex((size) => size !== 1);
  const groups: Group[] = [{ from: [], to: range(next) }];
  while (rest.length > 0) {
    const group: { readonly from: number[]; readonly to: number[] } = { from: [], to: [] };
    let [given, taken] = [1, 1];
    do {
      if (given <= taken) {
        const axis = rest.shift()!;
        group.from.push(axis);
        given *= from[axis]!;
      } else {
        group.to.push(next);
        taken *= to[next++]!;
      }
    } while (given !== taken);
    while (to[next] === 1) group.to.push(next++);
    groups.push(group);
  }
  return groups;
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
