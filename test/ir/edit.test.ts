import { describe, expect, it } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
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
