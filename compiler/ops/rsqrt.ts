import { defineUnary } from "./elementwise.ts";

export const Rsqrt = defineUnary({
  name: "Rsqrt",
  doc: "y = 1 / √x",
  kernel: "rsqrt",
  tflite: "RSQRT",
  toOnnx(site, [input], build) {
    const { layout } = input!;
    const [root] = build.add("Sqrt", [input], {}, site.results, layout);
    return build.add("Reciprocal", [root], {}, site.results, layout);
  },
});
