/** A thread of `npm run bench:rules`. */
import { parentPort } from "node:worker_threads";
import { type RulesTask, runTask } from "./rules-task.ts";

parentPort!.on("message", (task: RulesTask) => parentPort!.postMessage(runTask(task)));
