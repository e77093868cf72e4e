import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { readArray, readDataset } from "../../compiler/cli/data/dataset.ts";
import { encodeNpy } from "../../compiler/cli/data/npy.ts";
import { readBytes, writeFileAtomically } from "../../compiler/cli/files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = temporaryFolder();

describe("files", () => {
  it("are written whole, through links, into folders that are made", () => {
    const path = join(folder, "new", "deep", "file");
    writeFileAtomically(path, "one");
    writeFileAtomically(path, Uint8Array.from(Buffer.from("two")));
    expect(readFileSync(path, "utf8")).toBe("two");
    const link = join(folder, "link");
    symlinkSync(path, link);
    writeFileAtomically(link, "three");
    expect(readFileSync(path, "utf8")).toBe("three");
    expect(readdirSync(join(folder, "new", "deep"))).toEqual(["file"]);
  });

  it("that cannot be read or written are rejected", () => {
    expect(() => readBytes(join(folder, "absent.npy"))).toThrow(/QC2520: there is no file/);
    expect(() => readBytes(folder)).toThrow(/QC2520.*cannot be read/);
    writeFileSync(join(folder, "plain"), "");
    expect(() => writeFileAtomically(join(folder, "plain", "below"), "x")).toThrow(/QC2521/);
  });

  it("are datasets as the command line names them", () => {
    const at = (name: string) => join(folder, name);
    const npy = encodeNpy(Uint8Array.of(1, 2), [2]);
    writeFileSync(at("x.npy"), npy);
    writeFileSync(at("odd=name.npy"), npy);
    writeFileSync(at("two.npz"), zipSync({ "a.npy": npy, "arr_0.npy": npy }));
    writeFileSync(at("one.npz"), zipSync({ "images.npy": npy }));
    const names = (...specifiers: string[]) =>
      readDataset(specifiers).arrays.map(({ name }) => name);
    expect(names(at("x.npy"))).toEqual([undefined]);
    expect(names(`in:0=${at("x.npy")}`, `b=${at("one.npz")}`)).toEqual(["in:0", "b"]);
    expect(names(at("odd=name.npy"))).toEqual([undefined]);
    expect(names(at("two.npz"))).toEqual(["a", undefined]);
    expect(names(at("one.npz"))).toEqual([undefined]);
    expect(readDataset([at("x.npy"), at("x.npy")]).count).toBe(2);
    expect([...(readArray(at("x.npy")).data as Uint8Array)]).toEqual([1, 2]);
  });
});
