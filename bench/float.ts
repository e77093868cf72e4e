/**
 * Evaluation in float beside onnxruntime-web on the same model. "file" is the model as the file has it (`qcfg eval`), "canonical" what
 * calibration runs on. `npm run bench:float [-- MODEL…]`. Needs the folder of models beside the project.
 */
import { hasShared } from "../test/support/models.ts";
import { floatModels, measureFloat } from "./float-evaluation.ts";

if (!hasShared) process.exit(0);
const wanted = process.argv.slice(2);
console.log("model                     onnxruntime     file  canonical   ratio: file  canonical");
for (const name of floatModels) {
  if (wanted.length > 0 && !wanted.some((each) => name.includes(each))) continue;
  const { onnxRuntime, asInFile, canonical } = await measureFloat(name, 6000);
  const cells = [onnxRuntime, asInFile, canonical].map((ms) => ms.toFixed(3));
  const ratios = [onnxRuntime / asInFile, onnxRuntime / canonical];
  const [byFile, byCanonical] = ratios.map((ratio) => `${ratio.toFixed(2)} ×`);
  console.log(
    name.padEnd(25),
    cells.map((cell, i) => cell.padStart([11, 8, 10][i]!)).join(" "),
    byFile!.padStart(13),
    byCanonical!.padStart(10),
  );
}
