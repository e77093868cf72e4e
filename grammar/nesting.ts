import type { IToken, TokenType } from "chevrotain";
import * as t from "./tokens.ts";

/** Far more than people write, and far less than the stack takes: the parser and all walks of expressions recurse. */
const mostBrackets = 50;
const mostLevels = 500;

const opening: ReadonlySet<TokenType> = new Set([t.LeftBrace, t.LeftParen, t.LeftBracket]);
const closing: ReadonlySet<TokenType> = new Set([t.RightBrace, t.RightParen, t.RightBracket]);
const separating: ReadonlySet<TokenType> = new Set([t.Comma, t.Colon, t.Arrow, t.Assign]);
const deepening: ReadonlySet<TokenType> = new Set([
  ...[t.OrOr, t.AndAnd, t.Plus, t.Minus, t.Star, t.Slash, t.Percent, t.Bang, t.Dot],
]);

/** The first token that is nested too deeply to be read, if there is one. */
export function tooDeepAt(tokens: readonly IToken[]): IToken | undefined {
  // Levels since the last separator, for each open bracket. `a.b + c[0]` and `[…][…]` make one level each.
  const levels = [0];
  let total = 0;
  // A chain is nested too: each node of it stands inside the pattern of the next one.
  let arrows = 0;
  for (const token of tokens) {
    const { tokenType } = token;
    if (tokenType === t.Arrow) arrows++;
    if (opening.has(tokenType)) {
      deepen();
      levels.push(0);
    } else if (closing.has(tokenType) && levels.length > 1) total -= levels.pop()!;
    else if (separating.has(tokenType)) {
      total -= levels.at(-1)!;
      levels[levels.length - 1] = 0;
    } else if (deepening.has(tokenType)) deepen();
    if (levels.length > mostBrackets || total > mostLevels || arrows > mostLevels) return token;
  }
  return undefined;

  function deepen(): void {
    levels[levels.length - 1]! += 1;
    total += 1;
  }
}
