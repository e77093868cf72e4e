import { existsSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Executable } from "vscode-languageclient/node";

/** How the language server is started: as the setting says, from the workspace's packages, or by the search path. */
export function serverCommand(): Executable {
  const stated = vscode.workspace.getConfiguration("qcfg").get<string>("server.path") ?? "";
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const path = stated === "" ? installedIn(folders) : absolute(stated, folders);
  if (path === undefined) return executable(process.platform === "win32" ? "qcfg.cmd" : "qcfg", []);
  return /\.[cm]?[jt]s$/.test(path) ? executable("node", [path]) : executable(path, []);
}

function executable(command: string, before: readonly string[]): Executable {
  // Windows starts scripts such as `qcfg.cmd` only through a shell.
  const options = command.endsWith(".cmd") ? { shell: true } : {};
  return { command, args: [...before, "lsp"], options };
}

function installedIn(folders: readonly string[]): string | undefined {
  const paths = folders.map((folder) =>
    join(folder, "node_modules/qcfg/dist/compiler/cli/main.js"),
  );
  return paths.find((path) => existsSync(path));
}

function absolute(path: string, folders: readonly string[]): string {
  const found = folders.map((folder) => join(folder, path)).find((full) => existsSync(full));
  return found ?? path;
}
