import type { Code } from "../../grammar/source/diagnostic.ts";
import type { LongForm } from "./long-form.ts";

const dropReLU6 =
  "rewrite DropReLU6 optional {\n  match a: ReLU6 -> b: ReLU6\n  replace b with a\n}\n";
const test = (clauses: string): string => `${dropReLU6}test "of two" {\n${clauses}}\n`;
const command = "qcfg test rules.qcfg";

/** Graphs that are written out in rule files (214x), and what is expected of them (27xx). */
export const testExplanations: Readonly<Record<Code, LongForm>> = {
  QC2141: {
    title: "a node of a graph that does not fit its operands",
    why: "The graph of a test is one that could be imported: operands and attributes fit the op. Weights may be left out where their shapes follow from `filters`, `kernelSize`, `units` and the input.",
    wrong: test("  graph { x :: f32[1, 8] -> Dense -> y }\n"),
    right: test("  graph { x :: f32[1, 8] -> Dense { units: 4 } -> y }\n"),
  },
  QC2142: {
    title: "a stated type that is not the one that follows",
    why: "Types of inputs and constants are stated, those of all other values follow. One may be stated all the same, for whoever reads the test.",
    wrong: test("  graph { x :: f32[1, 8] -> ReLU6 :: f32[1, 4] -> y }\n"),
    right: test("  graph { x :: f32[1, 8] -> ReLU6 :: f32[1, _] -> y }\n"),
  },
  QC2143: {
    title: "a constant with the wrong number of elements",
    why: "A constant with a type has all its elements, in row-major order, or one number for all of them, or `exact(SEED)`. One without a type is of float32 and of the shape of its lists, which are all of one length.",
    wrong: test("  graph { x :: f32[2, 2] -> Add([[1, 2], [3]]) -> y }\n"),
    right: test("  graph { x :: f32[2, 2] -> Add([[1, 2], [3, 4]]) -> y }\n"),
  },
  QC2701: {
    title: "a rule that fires more or less often than a test expects",
    why: "The graph of a test is given to all rules of its file and of what that imports, as in a compilation. Where a rule does not fire at all, the help names the clause that does not hold where the pattern comes nearest.",
    command,
  },
  QC2702: {
    title: "a graph that becomes another one than a test expects",
    why: "Graphs are compared from their outputs, whatever their nodes are called; weights that `expect graph` leaves out may be any. The help is the graph as it became, to be pasted if it is right.",
    command,
  },
  QC2703: {
    title: "a site that gets another quantizer than a test expects",
    why: "The requests of all `quantize` rules are joined as in a compilation, on the graph as the `rewrite` rules leave it. An edge gets what its value gets, if nothing else is asked for it.",
    command,
  },
  QC2704: {
    title: "a test whose graph computes something else afterwards",
    why: "Whatever a test expects, its graph is evaluated before and after on small exact numbers, and compared within what the rules that fired promise with `preserve`.",
    command,
  },
};
