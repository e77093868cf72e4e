import { reject } from "./data/diagnostics.ts";
import type { Preprocessing } from "./data/preprocessing.ts";
import { preprocessingDiffers } from "./diagnostics.ts";

/**
 * The preprocessing that a compiled folder gets: what was recorded when it was compiled, or what is stated now if
 * nothing was. Rejects a statement that disagrees with the record.
 */
export function recordedOrStated(
  folder: string,
  recorded: Preprocessing | undefined,
  stated: Preprocessing | undefined,
): Preprocessing | undefined {
  if (recorded === undefined || stated === undefined) return recorded ?? stated;
  if (JSON.stringify(recorded) !== JSON.stringify(stated)) {
    reject(preprocessingDiffers(folder, asOptions(recorded)));
  }
  return recorded;
}

/** As the command line says it. */
export function asOptions({ scale, mean, std }: Preprocessing): string {
  return `--scale ${scale} --mean ${mean.join(",")} --std ${std.join(",")}`;
}
