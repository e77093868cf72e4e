/**
 * Time of everything that `qcfg check` does to a rule file, against the number of its rules: `node bench/check.ts`. Four kinds of rules
 * in equal parts: requests, requests under conditions, rewrites that meet each other, rewrites of one shape.
 */
import { resolveRules } from "../compiler/cli/rule-files.ts";
import { check } from "../compiler/compile.ts";

const layers = ["Conv2D", "DepthwiseConv2D", "Dense", "MatMul", "Add", "Multiply", "Concat"];
const functions = ["ReLU", "ReLU6", "Sigmoid", "Tanh", "Swish", "ELU", "HardSwish", "Softplus"];

function ruleFile(count: number): string {
  const at = (list: readonly string[], i: number) => list[i % list.length]!;
  const rules = Array.from({ length: count }, (_, i) => {
    const [layer, f, g] = [
      at(layers, i),
      at(functions, i >> 2),
      at(functions, (i >> 2) + 1 + (i % 5)),
    ];
    switch (i % 4) {
      case 0:
        return `quantize R${i} { match n: ${layer} require n.name ~ /block_${i}_.*/ set n.output = a8 }`;
      case 1:
        return `quantize R${i} { match n: ${layer} :: f32[_, c] -> act: ${f} require c % ${8 + (i % 9)} == 0 && c > ${i} fuse n, act set act.output = a${i % 8 === 1 ? 8 : 16} }`;
      case 2:
        return `rewrite R${i} { match x -> ${f} -> n: ${g} require n.name ~ /stage_${i}/ replace n with x -> ${f} }`;
      default:
        return `rewrite R${i} { match x -> c: Clip { min: ${i}, max: ${i + 1} } replace c with x -> ReLU6 }`;
    }
  });
  return `import "std/default8bit"\nquantizer a8 = AllValues(int8)\nquantizer a16 = AllValues(int16, symmetric)\n${rules.join("\n")}\n`;
}

for (const count of [10, 100, 1_000, 1_000, 1_000]) {
  const text = ruleFile(count);
  const start = performance.now();
  const found = check({ path: "bench.qcfg", text }, resolveRules);
  const time = performance.now() - start;
  const codes = Object.entries(Object.groupBy(found, ({ code }) => code));
  const counts = codes.map(([code, some]) => `${code} ${some!.length}`).join(", ");
  console.log(`${String(count).padStart(5)} rules ${time.toFixed(0).padStart(6)} ms   ${counts}`);
}
