/** Runs the programs of a folder in this Node: `node in-node.js URL` prints version and report as JSON. */
import { readFileSync } from "node:fs";
import { runPrograms } from "./run-programs.ts";

const base = process.argv[2]!;
const cases = JSON.parse(readFileSync(new URL("cases.json", base), "utf8"));
const report = await runPrograms(base, cases);
console.log(JSON.stringify({ version: process.versions.node, report }));
