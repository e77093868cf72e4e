// Several arrays in a ZIP archive: the `.npz` format.
import { unzipSync } from "fflate";
import { malformedNpz, reject } from "./diagnostics.ts";
import { type NpyArray, readNpy } from "./npy.ts";

/** The best that deflate can do is 1032 to 1. */
const bestRatio = 1032;
const mostEntries = 4096;
const mostBytes = 2 ** 32;

/** Whether bytes begin as a ZIP archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

/**
 * Reads all arrays of an archive, by name without `.npy`, in the order of its directory. Rejects archives
 * whose directory claims more than the file can hold (entries that overlap, sizes beyond what deflate can
 * do), so no more is allocated than that.
 * @param file the path, for messages
 */
export function readNpz(bytes: Uint8Array, file: string): ReadonlyMap<string, NpyArray> {
  const arrays = new Map<string, NpyArray>();
  for (const [name, entry] of Object.entries(unzip(bytes, file))) {
    arrays.set(name.replace(/\.npy$/, ""), readNpy(entry, `${file} › ${name}`));
  }
  if (arrays.size === 0) return reject(malformedNpz(file, "it holds no `.npy`"));
  return arrays;
}

function unzip(bytes: Uint8Array, file: string): Readonly<Record<string, Uint8Array>> {
  let entries = 0;
  let packed = 0;
  let unpacked = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name, size, originalSize, compression }) => {
        entries++;
        if (name.endsWith(".npy")) {
          packed += size;
          unpacked += originalSize;
        }
        const limit = compression === 0 ? size : size * bestRatio + 64;
        if (entries > mostEntries) throw new Error(`more than ${mostEntries} entries`);
        if (originalSize > limit || packed > bytes.length || unpacked > mostBytes) {
          throw new Error(`\`${name.slice(0, 80)}\` claims a size that it cannot have`);
        }
        return name.endsWith(".npy");
      },
    });
  } catch (error) {
    return reject(malformedNpz(file, error instanceof Error ? error.message : String(error)));
  }
}
