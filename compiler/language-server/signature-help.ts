import { quantizerArgumentDocs } from "../rewrite/quantizer-docs.ts";
import type { Analysis } from "./analysis.ts";
import { cursorAt, type Token } from "./cursor.ts";
import { exportedSignature } from "./hover.ts";
import { argumentDoc, functionDoc, functionSignature, quantizerDoc } from "./word-docs.ts";

/** The call that is being written. */
export interface Signature {
  readonly label: string;
  readonly doc?: string | undefined;
  /** Pieces of the label. */
  readonly parameters: readonly { readonly label: string; readonly doc?: string | undefined }[];
  readonly active: number;
}

/** The quantizer or function whose arguments are being written at an offset. */
export function signatureAt(
  analysis: Analysis,
  offset: number,
  readTypeScript: (specifier: string, importer: string) => string | undefined,
): Signature | undefined {
  const { inside, before, open } = cursorAt(analysis, offset);
  const at = open.findLast((i) => before[i]!.image === "(");
  if (inside === "comment" || at === undefined || at === 0) return undefined;
  const callee = before[at - 1]!.image;
  const given = argumentsOf(before.slice(at + 1));
  return (
    ofQuantizer(analysis, callee, given) ??
    ofFunction(callee, given.length - 1) ??
    ofForeign(analysis, callee, given.length - 1, readTypeScript)
  );
}

/** The tokens of each argument so far, the one that is being written last. */
function argumentsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (/^[([{]$/.test(token.image)) depth++;
    else if (/^[)\]}]$/.test(token.image)) depth--;
    if (token.image === "," && depth === 0) found.push([]);
    else found.at(-1)!.push(token);
  }
  return found;
}

function ofQuantizer(
  analysis: Analysis,
  callee: string,
  given: readonly (readonly Token[])[],
): Signature | undefined {
  const word = analysis.vocabulary.quantizers.find(({ name }) => name === callee);
  if (word === undefined) return undefined;
  const parameters = word.arguments.map(({ name }) => ({
    label: name,
    doc: quantizerArgumentDocs[name] ?? argumentDoc(analysis, callee, name),
  }));
  const isMeant = (tokens: readonly Token[]) => (argument: (typeof word.arguments)[number]) => {
    const image = tokens[0]?.image ?? "";
    return argument.name === image || argument.words?.includes(image) === true;
  };
  const current = word.arguments.findIndex(isMeant(given.at(-1)!));
  const taken = new Set(
    given.slice(0, -1).map((tokens) => word.arguments.findIndex(isMeant(tokens))),
  );
  const next = word.arguments.findIndex((_, i) => !taken.has(i));
  return {
    label: `${callee}(${parameters.map(({ label }) => label).join(", ")})`,
    doc: quantizerDoc(analysis, callee),
    parameters,
    active: current < 0 ? next : current,
  };
}

function ofFunction(callee: string, active: number): Signature | undefined {
  const label = functionSignature(callee);
  return label === undefined ? undefined : signatureOf(label, functionDoc(callee), active);
}

function ofForeign(
  analysis: Analysis,
  callee: string,
  active: number,
  read: (specifier: string, importer: string) => string | undefined,
): Signature | undefined {
  if (!analysis.scope().foreign.has(callee)) return undefined;
  const label = exportedSignature(analysis, callee, read);
  return label === undefined ? undefined : signatureOf(label, undefined, active);
}

/** The parameters are what stands between the outer parentheses and the commas between them. */
function signatureOf(label: string, doc: string | undefined, active: number): Signature {
  const open = label.indexOf("(");
  const parameters: string[] = [];
  let [depth, start] = [0, open + 1];
  for (let i = open + 1; i < label.length && depth >= 0; i++) {
    if (/[([{<]/.test(label[i]!)) depth++;
    else if (/[)\]}>]/.test(label[i]!) && label[i - 1] !== "=") depth--;
    if (depth < 0 || (depth === 0 && label[i] === ",")) {
      parameters.push(label.slice(start, i).trim());
      start = i + 1;
    }
  }
  return {
    label,
    doc,
    parameters: parameters.filter((one) => one !== "").map((one) => ({ label: one })),
    active,
  };
}
