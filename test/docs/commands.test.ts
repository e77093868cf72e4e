import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { qcfg } from "../cli/support.ts";
import { stepsOfPage } from "../support/page-steps.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = temporaryFolder();
const home = process.cwd();

/** An empty folder with the package and the examples beside it. */
beforeAll(() => {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/qcfg"), "dir");
  symlinkSync(join(root, "examples"), join(folder, "examples"), "dir");
  process.chdir(folder);
});
afterAll(() => process.chdir(home));

/** Types a command of a page and gives its exit code. */
async function type(line: string): Promise<number | null> {
  const [, command] = /^(?:npx )?qcfg (.*)/.exec(line) ?? [];
  if (command === undefined) {
    const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
    return spawnSync(line, { cwd: folder, shell: true, env: { ...process.env, PATH } }).status;
  }
  return (await qcfg(...command.split(" "))).status;
}

it.each(["docs/tutorial.md", "README.md"])(
  "%s can be followed to the letter",
  async (page) => {
    const typed: string[] = [];
    for (const step of stepsOfPage(readFileSync(join(root, page), "utf8"))) {
      if (step.kind === "file") {
        if (page !== "README.md") writeFileSync(step.name, step.text);
      } else if (!step.line.startsWith("npm ")) {
        typed.push(step.line);
        expect([step.line, await type(step.line)]).toEqual([step.line, step.fails ? 1 : 0]);
      }
    }
    expect(typed.length).toBeGreaterThan(8);
  },
  600_000,
);
