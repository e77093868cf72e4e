import { readFileSync } from "node:fs";
import { packageRoot } from "./runtime-sources.ts";

/** The files of a project that has a scheme of its own: texts by their names. */
export function startingProject(): ReadonlyMap<string, string> {
  const { version } = JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8"));
  return new Map([
    ["rules.qcfg", rules],
    ["package.json", `${JSON.stringify(manifest(version), undefined, 2)}\n`],
    ["README.md", readme],
    [".gitignore", "node_modules/\nbuild/\n"],
  ]);
}

const rules = `import "std/default8bit"

quantizer w8 = LastValue(int8, per: channel, symmetric, narrow)
quantizer a16 = MovingAverage(int16, per: tensor, symmetric)

/// ReLU6(ReLU(x)) = ReLU6(x)
rewrite DropReLUBeforeReLU6 optional {
  match x -> ReLU -> limit: ReLU6
  replace limit with x -> ReLU6
  preserve bits
}

/// What the network says at last is worth 16 bits.
quantize Logits override optional {
  match layer: Dense
  require layer.name ~ /.*(logits|predictions)/
  set layer.kernel = w8
  set layer.output = a16
}

test "the smaller limit is left" {
  graph { x :: f32[1, 8] -> ReLU -> ReLU6 -> y }
  expect DropReLUBeforeReLU6 fires == 1
  expect graph { x :: f32[1, 8] -> ReLU6 -> y }
}

test "logits have 16 bits" {
  graph { x :: f32[1, 8] -> logits: Dense { units: 4 } -> y }
  expect logits.output = a16
}
`;

function manifest(version: string): object {
  return {
    name: "my-rules",
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: {
      check: "qcfg check rules.qcfg",
      format: "qcfg fmt rules.qcfg",
      test: "qcfg fmt --check rules.qcfg && qcfg test rules.qcfg",
      build: "qcfg compile model.onnx --rules rules.qcfg --calib samples.npy -o build/model",
    },
    devDependencies: { qcfg: `^${version}` },
  };
}

const readme = `# My rules

\`rules.qcfg\` says which parts of a network become integers, and how.

\`\`\`sh
npm install
npm test          # the tests of the file, and the laws that all rules are held to
npm run build     # model.onnx and samples.npy to a program in build/model
\`\`\`
`;
