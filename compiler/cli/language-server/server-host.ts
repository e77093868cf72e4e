import { extname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type DeepRequest, type DeepResult, revived } from "../../language-server/deep-check.ts";
import type { ServerHost } from "../../language-server/server.ts";
import { stampOf } from "./file-stamp.ts";
import { files } from "./rule-paths.ts";

/** Files of the disk, and a thread for what takes time. */
export function serverHost(): ServerHost {
  const thread = deepThread();
  return { ...files, deepCheck: thread.check, forget: thread.stop, modelPath, stampOf };
}

function modelPath(named: string, workspace: string | undefined): string {
  if (named.startsWith("file:")) return fileURLToPath(named);
  if (isAbsolute(named)) return named;
  return resolve(workspace?.startsWith("file:") ? fileURLToPath(workspace) : ".", named);
}

type Reply = { readonly result: DeepResult } | { readonly error: string };

/** One request at a time. The thread starts with the first one; after `stop` a new one reads all files anew. */
function deepThread() {
  const url = new URL(`deep-thread${extname(import.meta.url)}`, import.meta.url);
  let worker: Worker | undefined;
  return {
    check: (request: DeepRequest) =>
      new Promise<DeepResult>((done, fail) => {
        worker ??= startThread(url);
        const thread = worker;
        const settle = () => {
          thread.off("message", onMessage).off("error", onError).off("exit", onExit);
        };
        const onMessage = (reply: Reply) => {
          settle();
          if ("result" in reply) done(revived(reply.result));
          else fail(new Error(reply.error));
        };
        const onError = (error: Error) => {
          settle();
          worker = undefined;
          fail(error);
        };
        // Stopped in the middle: what it was asked will be asked again.
        const onExit = () => {
          settle();
          done({ diagnostics: [] });
        };
        thread.on("message", onMessage).on("error", onError).on("exit", onExit);
        thread.postMessage(request);
      }),
    stop() {
      void worker?.terminate();
      worker = undefined;
    },
  };
}

function startThread(url: URL): Worker {
  const thread = new Worker(url);
  // An editor that closes the connection does not wait for a check.
  thread.unref();
  return thread;
}
