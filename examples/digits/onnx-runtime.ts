import { InferenceSession, Tensor } from "onnxruntime-web";
import { classify } from "./network.ts";
import { PIXELS, SIZE } from "./render.ts";

/** What ONNX Runtime says to the pictures: the independent judge of what `encodeOnnx` wrote. */
export async function classifyWithOnnxRuntime(
  model: Uint8Array,
  pixels: Uint8Array,
): Promise<Uint8Array> {
  const session = await InferenceSession.create(model, { executionProviders: ["wasm"] });
  const dims = [pixels.length / PIXELS, 1, SIZE, SIZE];
  const image = new Tensor("float32", Float32Array.from(pixels), dims);
  const { logits } = await session.run({ image });
  const predictions = classify((await logits!.getData()) as Float32Array);
  await session.release();
  return predictions;
}
