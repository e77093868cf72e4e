/** The thread of `qcfg lsp` in which checks run that take time, so that none of them is waited for by who types. */
import { parentPort } from "node:worker_threads";
import type { ImportedModel } from "../../frontends/import-model.ts";
import { type DeepHost, type DeepRequest, deepCheck } from "../../language-server/deep-check.ts";
import { resolverOf } from "../../language-server/workspace.ts";
import { openModel } from "../model-file.ts";
import { modules, sources } from "../modules.ts";
import { stampOf } from "./file-stamp.ts";
import { files } from "./rule-paths.ts";

const silent = { report: () => {}, progress: () => () => {} };

let opened:
  | { readonly path: string; readonly stamp: string | undefined; readonly model: ImportedModel }
  | undefined;

/** The model of the last request stays in memory until its file is another one. */
function readModel(path: string): ImportedModel {
  const stamp = stampOf(path);
  if (opened?.path !== path || opened.stamp !== stamp)
    opened = { path, stamp, model: openModel(path, {}, silent).model };
  return opened.model;
}

function hostFor({ open }: DeepRequest): DeepHost {
  const texts = new Map(open.map(({ path, text }) => [path, text]));
  const read = (path: string) => texts.get(path) ?? sources.read(path);
  return {
    resolve: resolverOf(texts, files),
    modules,
    sources: { ...sources, read },
    readModel,
  };
}

parentPort!.on("message", (request: DeepRequest) => {
  try {
    parentPort!.postMessage({ result: deepCheck(request, hostFor(request)) });
  } catch (error) {
    parentPort!.postMessage({ error: error instanceof Error ? error.stack : String(error) });
  }
});
