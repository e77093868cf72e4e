import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import type { Value } from "../../compiler/ir/graph.ts";
import { ops } from "../../compiler/ops/index.ts";

describe("a node of very many operands", () => {
  const wide = (count: number) => {
    const editor = new GraphEditor(ops, "wide");
    const x = editor.input("x", { dtype: "float32", shape: [2] });
    const branches = Array.from({ length: count }, () =>
      editor.value({ op: "ReLU", operands: [x] }),
    );
    const operands = [...branches, branches[0]!];
    const concat = editor.value({ op: "Concat", operands, attributes: { axis: 0 } });
    editor.output({ name: "y", value: concat });
    return { editor, x, branches, concat: concat.node };
  };

  it("has its operands replaced one by one, and is what it was for whoever asked before", () => {
    const { editor, x, branches, concat } = wide(100);
    const before = editor.node(concat);
    const others = branches.map((branch) => {
      const other = editor.value({ op: "Tanh", operands: [x] });
      editor.replaceValue(branch, other);
      return other;
    });
    expect(editor.node(concat).operands).toEqual([...others, others[0]]);
    expect(before.operands).toEqual([...branches, branches[0]]);
    expect(branches.map(({ node }) => editor.useCount(node))).toEqual(branches.map(() => 0));
    expect(editor.useCount(others[0]!.node)).toBe(2);
    for (const { node } of branches) editor.remove(node);
    editor.replaceValue(others[0]!, x);
    expect([...editor.nodes()].find(({ id }) => id === concat)!.operands[100]).toEqual(x);
    expect(editor.finish().nodes.get(concat)!.operands[0]).toEqual(x);
  });

  it("has its type inferred anew where an operand gets another one", () => {
    const { editor, branches, concat } = wide(100);
    const z = editor.input("z", { dtype: "float32", shape: [3] });
    editor.replaceValue(branches[1]!, branches[2]!);
    editor.replaceValue(branches[2]!, z);
    expect(editor.node(concat).types[0]!.shape).toEqual([204]);
    expect(editor.users(z.node)).toEqual([concat]);
  });
});

describe("the users of a node", () => {
  const edits = fc.array(fc.tuple(fc.nat(3), fc.nat(1000), fc.nat(1000)), { maxLength: 120 });

  /** Most edits are about three values, so that these have very many users. */
  function edit(editor: GraphEditor, values: Value[], [kind, a, b]: readonly number[]): void {
    const first = values[a! % Math.min(3, values.length)]!;
    const second = values[b! % values.length]!;
    const [x] = values;
    if (kind === 0) values.push(editor.value({ op: "ReLU", operands: [first] }));
    else if (kind === 1) values.push(editor.value({ op: "Add", operands: [first, second] }));
    else if (kind === 2 && first !== x) editor.replaceValue(first, x!);
    else if (second !== x && editor.useCount(second.node) === 0) {
      editor.remove(second.node);
      values.splice(values.indexOf(second), 1);
    }
  }

  it("are those whose operand it is, however many they are", () => {
    fc.assert(
      fc.property(edits, (list) => {
        const editor = new GraphEditor(ops, "uses");
        const values = [editor.input("x", { dtype: "float32", shape: [2] })];
        for (const one of list) {
          edit(editor, values, one);
          for (const { node } of values) {
            const uses = [...editor.nodes()].flatMap(({ id, operands }) =>
              operands.filter((operand) => operand?.node === node).map(() => id),
            );
            const users = [...new Set(uses)];
            expect(editor.useCount(node)).toBe(uses.length);
            expect(new Set(editor.users(node))).toEqual(new Set(users));
            expect([...editor.eachUser(node)]).toEqual(editor.users(node));
            expect(editor.usedOnlyBy(node, users)).toBe(true);
            expect(editor.usedOnlyBy(node, users.slice(1))).toBe(users.length === 0);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("the name of a node that is built in the place of another", () => {
  const type = { dtype: "float32", shape: [2] } as const;

  it("is settled when the other has gone, and is another where it stays", () => {
    const editor = new GraphEditor(ops, "names");
    const x = editor.input("x", type);
    const old = editor.add({ op: "ReLU", operands: [x], name: "act" });
    const made = editor.add({ op: "ReLU6", operands: [x], name: "act" }, "wanted");
    const second = editor.add({ op: "Tanh", operands: [x], name: "act" }, "wanted");
    editor.remove(old.id);
    for (const { id } of [made, second]) editor.settleName(id);
    expect([made, second].map(({ id }) => editor.node(id).name)).toEqual(["act", "act_2"]);
    expect(editor.add({ op: "Tanh", operands: [x], name: "act_2" }).name).toBe("act_2_2");
    expect(editor.add({ op: "Tanh", operands: [x], name: "act_3" }).name).toBe("act_3");
  });

  it("stays free where the node is not needed after all", () => {
    const editor = new GraphEditor(ops, "names");
    const x = editor.input("x", type);
    const made = editor.add({ op: "ReLU", operands: [x], name: "act" }, "wanted");
    editor.remove(editor.add({ op: "ReLU", operands: [x], name: "act" }, "wanted").id);
    expect(editor.node(made.id).name).toBe("act");
    editor.remove(made.id);
    expect(editor.add({ op: "ReLU", operands: [x], name: "act" }).name).toBe("act");
  });
});
