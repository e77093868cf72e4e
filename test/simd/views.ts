import fc from "fast-check";
import { broadcastView } from "../../compiler/ops/views.ts";

/** Operands that broadcast, and the table that says how kernels read them in the order of the result. */
export interface Broadcast {
  readonly view: Int32Array;
  /** The number of elements of each operand. */
  readonly lengths: readonly number[];
  readonly length: number;
}

const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** What `compiler/ops/views.ts` makes of a kernel argument that is a constant table. */
export function tableOf(argument: ReturnType<typeof broadcastView>): Int32Array {
  if (typeof argument === "number" || !("tensor" in argument)) throw new Error("not a table");
  return Int32Array.from(argument.tensor.data as ArrayLike<number>);
}

/** Shapes of `count` operands, each stretched along some axes of the result; few of them are empty. */
export function broadcasts(count: number): fc.Arbitrary<Broadcast> {
  const small = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.constant(0) },
  );
  const last = fc.oneof(small, fc.integer({ min: 4, max: 20 }));
  const result = fc.tuple(fc.array(small, { maxLength: 3 }), fc.array(last, { maxLength: 1 }));
  return result.chain(([outer, rows]) => {
    const fitting = [...outer, ...rows];
    const stretched = fc.oneof(
      { weight: 2, arbitrary: fc.constant(fitting.map(() => false)) },
      fc.tuple(...fitting.map(() => fc.boolean())),
    );
    const operands = fc.array(stretched, { minLength: count, maxLength: count });
    return operands.map((axes) => {
      const shapes = axes.map((each) => fitting.map((n, axis) => (each[axis] ? 1 : n)));
      const view = tableOf(broadcastView(fitting, shapes));
      return { view, lengths: shapes.map(size), length: size(fitting) };
    });
  });
}
