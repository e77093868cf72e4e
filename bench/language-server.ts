import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import {
  createProtocolConnection,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";

/**
 * How long after an edit its diagnostics are there, as an editor sees it: through the protocol, from the notification of the
 * change to the diagnostics of that version.
 *
 *     node bench/language-server.ts [--lines 2000] [--edits 60]
 *
 * The edits go through the whole file and are of three kinds: a letter inside a name, which makes it unknown; the same letter taken
 * away again; a line typed between two rules.
 */

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "2000" },
    edits: { type: "string", default: "60" },
  },
});

const head = `import "std/default8bit"
quantizer w = LastValue(int8, per: channel, symmetric, narrow)
quantizer a = MovingAverage(int8, per: tensor, affine)
ops Linear = Dense | Conv2D | DepthwiseConv2D
`;

function rule(i: number): string {
  return `
/// Rule ${i}: layers of stage ${i}, where the vector unit likes them.
quantize Stage${i} optional {
  match x -> conv: Linear { activation: "linear" } -> act: ReLU | ReLU6 :: f32[_, ..., c]
  require c % 16 == 0 && conv.name ~ /stage_${i}_.*/
  fuse conv, act
  set conv.kernel = w
  set act.output = a
}
`;
}

function generatedFile(lines: number): string {
  let text = head;
  for (let i = 0; text.split("\n").length < lines; i++) text += rule(i);
  return text;
}

const uri = pathToFileURL(resolve("generated.qcfg")).href;
const main = resolve(import.meta.dirname, "../compiler/cli/main.ts");
const server = spawn(process.execPath, [main, "lsp"], { stdio: ["pipe", "pipe", "inherit"] });
const connection = createProtocolConnection(
  new StreamMessageReader(server.stdout),
  new StreamMessageWriter(server.stdin),
);
let heard: (version: number | undefined, count: number) => void = () => {};
connection.onNotification(PublishDiagnosticsNotification.type, ({ version, diagnostics }) =>
  heard(version, diagnostics.length),
);
connection.listen();
await connection.sendRequest("initialize", {
  processId: process.pid,
  rootUri: null,
  capabilities: {},
});
await connection.sendNotification("initialized", {});

let document = TextDocument.create(uri, "qcfg", 1, generatedFile(Number(values.lines)));
const opened = diagnosticsOf(1);
await connection.sendNotification("textDocument/didOpen", {
  textDocument: { uri, languageId: "qcfg", version: 1, text: document.getText() },
});
const first = await opened;
// What takes time is told later, of the same version: it is not what is measured.
const all = await diagnosticsOf(1);

const names = [...document.getText().matchAll(/match x -> (conv)/g)].map(({ index }) => index + 12);
const times: number[] = [];
const processorBefore = processorTime();
for (let i = 0; i < Number(values.edits); i++) {
  const at = names[(i * 37) % names.length]! + 2;
  times.push(await edited(at, at, "x"), await edited(at, at + 1, ""));
  const between = document.getText().indexOf("\n\n", at) + 1;
  times.push(await edited(between, between, "ops Other = Conv2D | Dens\n"));
  await edited(between, between + 26, "");
}
const processor = (processorTime() - processorBefore) / (4 * Number(values.edits));
times.sort((a, b) => a - b);
const quantile = (q: number) => times[Math.floor(q * (times.length - 1))]!.toFixed(1);
console.log(
  `${document.lineCount} lines, ${times.length} edits, opened in ${first.toFixed(0)} ms, all checks after ${all.toFixed(0)} ms`,
);
console.log(`diagnostics after ${quantile(0.5)} ms (median), ${quantile(0.95)} ms (95 %)`);
if (processor > 0)
  console.log(`${processor.toFixed(1)} ms of processor time an edit in the thread that answers`);
await connection.sendRequest("shutdown");
await connection.sendNotification("exit");
connection.dispose();

/** Milliseconds from an edit to its diagnostics. */
async function edited(start: number, end: number, text: string): Promise<number> {
  const range = { start: document.positionAt(start), end: document.positionAt(end) };
  const version = document.version + 1;
  document = TextDocument.update(document, [{ range, text }], version);
  const time = diagnosticsOf(version);
  await connection.sendNotification("textDocument/didChange", {
    textDocument: { uri, version },
    contentChanges: [{ range, text }],
  });
  return time;
}

/** Milliseconds that the thread which answers has computed; 0 where the system does not say (ticks are of 10 ms on Linux). */
function processorTime(): number {
  const file = `/proc/${server.pid}/task/${server.pid}/stat`;
  if (!existsSync(file)) return 0;
  const fields = readFileSync(file, "utf8").split(") ")[1]!.split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function diagnosticsOf(wanted: number): Promise<number> {
  const start = performance.now();
  return new Promise((done) => {
    heard = (version) => {
      if (version === wanted) done(performance.now() - start);
    };
  });
}
