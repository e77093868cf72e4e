import type { SemanticTokens, SemanticTokensDelta } from "vscode-languageserver";

/** The tokens of a text that its editor has, so that after an edit only what is between equal ends is sent. */
export class SentTokens {
  readonly #sent = new Map<string, SemanticTokens>();
  #count = 0;

  /** All of them. */
  whole(uri: string, data: number[]): SemanticTokens {
    const tokens = { resultId: String(this.#count++), data };
    this.#sent.set(uri, tokens);
    return tokens;
  }

  /** What has changed since an answer; all of them where that is not the last one. */
  since(resultId: string, uri: string, data: number[]): SemanticTokens | SemanticTokensDelta {
    const before = this.#sent.get(uri);
    const tokens = this.whole(uri, data);
    if (before?.resultId !== resultId) return tokens;
    return { resultId: tokens.resultId!, edits: editsBetween(before.data, data) };
  }

  /** The text is closed. */
  forget(uri: string): void {
    this.#sent.delete(uri);
  }
}

function editsBetween(before: readonly number[], after: readonly number[]) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const deleteCount = before.length - start - end;
  const data = after.slice(start, after.length - end);
  return deleteCount === 0 && data.length === 0 ? [] : [{ start, deleteCount, data }];
}
