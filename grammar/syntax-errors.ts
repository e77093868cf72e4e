import type { IRecognitionException, IToken } from "chevrotain";
import { clauseForms, type Form } from "./clause-forms.ts";
import * as report from "./diagnostics.ts";
import type { Diagnostic } from "./source/diagnostic.ts";
import type { SourceFile, Span } from "./source/source-file.ts";
import {
  Assign,
  Colon,
  clauseWords,
  isReserved,
  itemWords,
  Name,
  OpName,
  softItemWords,
  spanOf,
} from "./tokens.ts";

/**
 * The parser's error as a diagnostic.
 *
 * A thing that is missing at the end of a line is reported there and not at the next line's first token:
 * that is where it has to be written.
 *
 * @param after the token after the part that was parsed, if the file goes on
 */
export function syntaxDiagnostic(
  file: SourceFile,
  part: readonly IToken[],
  after: IToken | undefined,
  { message: expected, token }: IRecognitionException,
): Diagnostic {
  // At the end of its input the parser makes a token without a place.
  const inside = part.includes(token);
  const isLast = inside && expected === "" && token === part.at(-1);
  // A word that nothing follows with which its clause could begin is still a part of the one before.
  if (isLast && Object.hasOwn(clauseWords, token.image))
    return incomplete(file, [token], after, "");
  const found = inside ? token : after;
  if (!inside && expected !== "" && clauseForms[part[0]!.image])
    return incomplete(file, part, after, expected);
  const index = inside ? part.indexOf(token) : part.length;
  const previous = part[index - 1];
  const place = placeOf(file, previous, found);
  const phrase = expected === "" ? `the end of the ${subject(part)}` : expected;
  const text = found === undefined ? "the end of the file" : `\`${found.image}\``;
  return report.unexpectedToken(place, phrase, text, adviceFor(expected, previous, found));
}

/** A clause or an item that ends too early: what would come next, and what a whole one looks like. */
function incomplete(
  file: SourceFile,
  part: readonly IToken[],
  after: IToken | undefined,
  expected: string,
): Diagnostic {
  const [word] = part;
  const form = clauseForms[word!.image]!;
  const place = placeOf(file, part.at(-1), after);
  const isHere = after !== undefined && place.start === after.startOffset;
  const reserved =
    isHere && isReserved(after.image) ? `; \`${after.image}\` is a reserved word` : "";
  const kind = Object.hasOwn(clauseWords, word!.image) ? "a clause" : "an item";
  return report.unexpectedToken(
    place,
    missingIn(form, part, expected),
    `the end of the ${subject(part)}`,
    `such ${kind} is written \`${form.example}\`${reserved}`,
  );
}

/** What a clause lacks that ends too early. */
function missingIn({ first, value }: Form, part: readonly IToken[], expected: string): string {
  if (part.length === 1) return first;
  if (expected === "an expression" && part.at(-1)!.tokenType === Assign) return value ?? "a value";
  if (expected !== "a name") return expected;
  return ["set", "tie", "derive"].includes(part[0]!.image) ? "a site" : expected;
}

function placeOf(file: SourceFile, previous: IToken | undefined, found: IToken | undefined): Span {
  if (previous === undefined) return spanOf(file, found!);
  const end = previous.startOffset + previous.image.length;
  const isNear = found !== undefined && !file.text.slice(end, found.startOffset).includes("\n");
  return isNear ? spanOf(file, found) : file.span(end, end + 1);
}

function subject(part: readonly IToken[]): string {
  const word = part[0]!.image;
  if (Object.hasOwn(clauseWords, word)) return `\`${word}\` clause`;
  return Object.hasOwn({ ...itemWords, ...softItemWords }, word) ? `\`${word}\` item` : "part";
}

function adviceFor(
  expected: string,
  previous: IToken | undefined,
  found: IToken | undefined,
): string | undefined {
  if (found === undefined) return undefined;
  if (expected === "a name" && isReserved(found.image))
    return `\`${found.image}\` is a reserved word`;
  if (expected === "an expression" && isReserved(found.image))
    return `\`${found.image}\` is a reserved word; to mean a string, write it in quotes`;
  if (expected === "a capitalised name" && found.tokenType === Name)
    return "names of ops and rules begin with a capital letter";
  const isCapitalised = expected === "a name" && found.tokenType === OpName;
  if (isCapitalised || (found.tokenType === Colon && previous?.tokenType === OpName))
    return "names of values and quantizers begin with a lower-case letter";
  const isOfOp = previous?.tokenType === OpName || previous?.image === "any";
  if (expected === "" && isOfOp && ["*", "+"].includes(found.image))
    return `what is repeated stands in parentheses: \`(${previous!.image})${found.image}\``;
  return undefined;
}
