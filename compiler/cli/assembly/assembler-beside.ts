import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Assemble, AssemblyFiles } from "../../emit/assemble.ts";
import { simdFolder } from "../../emit/simd-sources.ts";
import type { AssemblyReply, AssemblyRequest } from "./assembler-process.ts";

/**
 * The assembler's optimizer is WebAssembly that runs for a second: the engine's optimizing compiler spends more on it than
 * it saves. The option holds for a whole process, so the assembler has one of its own. The other option spares it half of its garbage collections.
 */
const engineOptions = ["--liftoff-only", "--max-semi-space-size=64"];

/** An assembler in another process, which starts with the first request and lasts as long as this one. */
export interface AssemblerBeside {
  /** Lets it load while the model is read and quantized, which takes as long. */
  readonly start: () => void;
  /** `assemble` there, with the kernels of the installed package; here, where no other process can be had or it is lost. */
  readonly assemble: Assemble;
}

interface Waiting {
  readonly done: (binary: Uint8Array) => void;
  readonly fail: (error: Error) => void;
  readonly lost: () => void;
}

/** @param file what the process runs */
export function openAssembler(file: URL): AssemblerBeside {
  const waiting = new Map<number, Waiting>();
  let running: ChildProcess | undefined;
  let asked = 0;

  const settle = (id: number): Waiting | undefined => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) holdOpen(running, false);
    return one;
  };
  const start = (): ChildProcess => {
    if (running) return running;
    const child = fork(fileURLToPath(file), [], {
      execArgv: engineOptions,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const lose = () => {
      if (running === child) running = undefined;
      for (const id of [...waiting.keys()]) settle(id)?.lost();
    };
    child.on("error", lose).on("exit", lose);
    child.on("message", (reply: AssemblyReply) => {
      const one = settle(reply.id);
      if ("error" in reply) one?.fail(new Error(reply.error));
      else one?.done(reply.binary);
    });
    holdOpen(child, false);
    running = child;
    return child;
  };
  const assemble: Assemble = (files, entry, family) =>
    new Promise((done, fail) => {
      const id = asked++;
      const lost = () => assembleHere(files, entry, family).then(done, fail);
      waiting.set(id, { done, fail, lost });
      const child = start();
      holdOpen(child, true);
      child.send(
        { id, files: notOfRuntime(files), entry, family } satisfies AssemblyRequest,
        (error) => {
          if (error) settle(id)?.lost();
        },
      );
    });
  return { start: () => void start(), assemble };
}

const assembleHere: Assemble = async (...request) =>
  (await import("../../emit/assemble.ts")).assemble(...request);

/** The other process reads the runtime's sources itself: a message that fits into a pipe is sent while this one goes on. */
function notOfRuntime(files: AssemblyFiles): AssemblyFiles {
  return new Map([...files].filter(([path]) => !path.startsWith(`${simdFolder}/`)));
}

/** Whether this process waits for another before it ends. */
function holdOpen(child: ChildProcess | undefined, isHeld: boolean): void {
  if (isHeld) {
    child?.ref();
    child?.channel?.ref();
  } else {
    child?.unref();
    child?.channel?.unref();
  }
}

/** The one of this process. */
export const assemblerBeside = openAssembler(
  new URL(`assembler-process${extname(import.meta.url)}`, import.meta.url),
);
