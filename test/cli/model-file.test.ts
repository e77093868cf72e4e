import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readBeside } from "../../compiler/cli/model-file.ts";
import { temporaryPaths } from "./support.ts";

const at = temporaryPaths();
mkdirSync(at("models/weights"), { recursive: true });
mkdirSync(at("cache"));
for (const file of ["secret.bin", "models/beside.bin", "models/weights/below.bin", "cache/blob"]) {
  writeFileSync(at(file), Uint8Array.of(1, 2, 3, 4));
}
writeFileSync(at("models/model.onnx"), "");
writeFileSync(at("cache/model"), "");
const model = at("models/model.onnx");

it("reads parts of files beside a model and below", () => {
  expect([...readBeside(model, "beside.bin", 1, 2)!]).toEqual([2, 3]);
  expect([...readBeside(model, "weights/below.bin", 2, undefined)!]).toEqual([3, 4]);
});

it("gives nothing for what a file does not hold, or no file", () => {
  expect(readBeside(model, "beside.bin", 0, 2 ** 40)).toBeUndefined();
  expect(readBeside(model, "beside.bin", 8, undefined)).toBeUndefined();
  expect(readBeside(model, "nowhere.bin", 0, 1)).toBeUndefined();
});

it.each(["../secret.bin", "weights/../../secret.bin", at("models/beside.bin"), ""])(
  "refuses the path %j",
  (location) => {
    expect(() => readBeside(model, location, 0, 1)).toThrow("outside");
  },
);

it("refuses links that lead elsewhere, but not those of a cache", () => {
  symlinkSync(at("secret.bin"), at("models/link.bin"));
  expect(() => readBeside(model, "link.bin", 0, 1)).toThrow("outside");
  symlinkSync(at("cache/model"), at("models/cached.onnx"));
  symlinkSync(at("cache/blob"), at("models/cached.bin"));
  expect(readBeside(at("models/cached.onnx"), "cached.bin", 0, 4)).toHaveLength(4);
});
