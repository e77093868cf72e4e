import type { NamePattern } from "./ast.ts";

/**
 * Matching whole names by regular expressions in time linear in the name: a regular expression is a machine whose states are
 * followed all at once (Thompson, Regular Expression Search Algorithm, 1968), and no choice is ever taken back. Characters, classes,
 * groups, alternatives and repetitions mean what they mean in JavaScript under the flag `u`. What needs more than such a
 * machine is not supported: looking ahead or behind, references to groups, word boundaries.
 */

type Part =
  | { readonly kind: "one"; readonly fits: (character: string) => boolean }
  | { readonly kind: "edge"; readonly edge: "start" | "end" }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Part[] }
  | { readonly kind: "repeat"; readonly part: Part; readonly least: number; readonly most: number };

/** A part of a regular expression that name patterns do not have. */
class Unsupported extends Error {}

const deepest = 100;
const mostStates = 2000;
/** Sets of states that are kept for the next name. */
const mostRows = 1000;

/** What a name pattern has that cannot be matched, as a phrase; `undefined` if it has nothing of the kind. */
export function unsupportedIn(pattern: NamePattern): string | undefined {
  try {
    machineOfPattern(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof Unsupported) return error.message;
    throw error;
  }
}

/** Whether a name fits the pattern as a whole. In a glob `*` stays inside a part between slashes, `**` does not. */
export function nameMatcher(pattern: NamePattern): (name: string) => boolean {
  return matcherOf(rowsOf(machineOfPattern(pattern)));
}

/** Sets of states that are looked at for a common name. */
const mostSets = 2000;
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).sort(
  likelyFirst,
);

/** Letters before digits before what names seldom have. */
function likelyFirst(a: string, b: string): number {
  const rank = (c: string) => (/[a-z]/.test(c) ? 0 : /[A-Z0-9_]/.test(c) ? 1 : 2);
  return rank(a) - rank(b);
}

/**
 * A shortest name of printable characters that fits some patterns and none of others; `"none"` if there is no such name, `"unknown"` if
 * that would take too long to find out.
 */
export function commonName(
  wanted: readonly NamePattern[],
  avoided: readonly NamePattern[] = [],
): CommonName {
  const [first, ...others] = wanted;
  if (first && others.length === 0 && avoided.length > 0) {
    // What is shortest of all that fit is so of fewer, if it is among them.
    const shortest = shortestOf(knownOf(first));
    if (shortest === "none") return "none";
    if (shortest !== "unknown" && !avoided.some((one) => knownOf(one).fits(shortest.name)))
      return shortest;
  }
  return searched(wanted.map(knownOf), avoided.map(knownOf));
}

/** The printable characters of ASCII with which names that fit can begin. */
export function beginningsOf(pattern: NamePattern): ReadonlySet<string> {
  const { rows } = knownOf(pattern);
  return new Set(
    printable.filter((character) => rows.follow(rows.start, character).states.length > 0),
  );
}

/** What `commonName` finds. */
type CommonName = { readonly name: string } | "none" | "unknown";

/** What is asked of a pattern again and again, where many are compared with many. */
interface KnownPattern {
  readonly rows: Rows;
  readonly fits: (name: string) => boolean;
  /** A shortest name that fits, where somebody has asked. */
  shortest: CommonName | undefined;
}

const mostKnown = 4000;
const known = new Map<string, KnownPattern>();

function knownOf(pattern: NamePattern): KnownPattern {
  const key = `${pattern.kind} ${pattern.source}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= mostKnown) known.clear();
  const rows = rowsOf(machineOfPattern(pattern));
  const found: KnownPattern = { rows, fits: matcherOf(rows), shortest: undefined };
  known.set(key, found);
  return found;
}

function shortestOf(pattern: KnownPattern): CommonName {
  pattern.shortest ??= searched([pattern], []);
  return pattern.shortest;
}

function searched(wanted: readonly KnownPattern[], avoided: readonly KnownPattern[]): CommonName {
  const machines = [...wanted, ...avoided].map(({ rows }) => rows);
  const isFound = (rows: readonly Row[]) =>
    rows.every(({ accepts }, i) => accepts === i < wanted.length);
  const keyOf = (rows: readonly Row[]) => rows.map(({ states }) => states.join()).join(";");
  const start = machines.map((machine) => machine.start);
  const open = [{ name: "", rows: start }];
  const seen = new Set<string>();
  for (let head = 0; head < open.length; head++) {
    const { name, rows } = open[head]!;
    if (isFound(rows) && name !== "") return { name };
    if (seen.size > mostSets) return "unknown";
    for (const character of printable) {
      const next = rows.map((row, i) => machines[i]!.follow(row, character));
      const isDead = next.slice(0, wanted.length).some(({ states }) => states.length === 0);
      const key = keyOf(next);
      if (isDead || seen.has(key)) continue;
      seen.add(key);
      open.push({ name: name + character, rows: next });
    }
  }
  return "none";
}

function machineOfPattern({ kind, source }: NamePattern): Machine {
  return machineOf(parse(kind === "regex" ? source : regexOfGlob(source)));
}

function regexOfGlob(glob: string): string {
  return glob.replace(/\*\*|[*?]|[.+^${}()|[\]\\/]/g, (part) =>
    part === "**" ? ".*" : part === "*" ? "[^/]*" : part === "?" ? "[^/]" : `\\${part}`,
  );
}

// From text to parts.

const escaped = /\\(?:u\{[^}]*\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|x..|c.|[pP]\{[^}]*\}|.)/suy;
const characterClass = /\[(?:\\.|[^\]\\])*\]/suy;
const quantifier = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/uy;
const groupHead = /\((?:\?(?::|<(?![=!])[^>]*>))?/uy;

/** Reads a regular expression that JavaScript accepts. */
function parse(source: string): Part {
  let at = 0;
  const take = (token: RegExp): RegExpExecArray | undefined => {
    token.lastIndex = at;
    const found = token.exec(source) ?? undefined;
    at += found?.[0].length ?? 0;
    return found;
  };
  return choice(0);

  function choice(depth: number): Part {
    if (depth > deepest) throw new Unsupported("so many groups within one another");
    const parts = [sequence(depth)];
    while (source[at] === "|") {
      at++;
      parts.push(sequence(depth));
    }
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  function sequence(depth: number): Part {
    const parts: Part[] = [];
    while (at < source.length && source[at] !== "|" && source[at] !== ")") {
      const part = atom(depth);
      const [, sign, least, comma, most] = take(quantifier) ?? [];
      if (sign) parts.push({ kind: "repeat", part, ...signs[sign]! });
      else if (least === undefined) parts.push(part);
      else {
        const limit = comma === undefined ? Number(least) : most ? Number(most) : Infinity;
        parts.push({ kind: "repeat", part, least: Number(least), most: limit });
      }
    }
    return { kind: "sequence", parts };
  }

  function atom(depth: number): Part {
    const first = source[at]!;
    if (first === "(") return group(depth);
    if (first === "^" || first === "$") {
      at++;
      return { kind: "edge", edge: first === "^" ? "start" : "end" };
    }
    if (first === "\\" || first === "[") {
      const [text] = take(first === "[" ? characterClass : escaped)!;
      if (/^\\[bB]/.test(text)) throw new Unsupported("a word boundary");
      if (/^\\[1-9k]/.test(text)) throw new Unsupported("a reference to a group");
      return oneOf(text);
    }
    const character = String.fromCodePoint(source.codePointAt(at)!);
    at += character.length;
    if (character === ".") return oneOf(".");
    return { kind: "one", fits: (other) => other === character };
  }

  function group(depth: number): Part {
    const [head] = take(groupHead)!;
    if (head === "(" && source[at] === "?") {
      const looks = /^\?<?[=!]/.test(source.slice(at, at + 3));
      throw new Unsupported(looks ? "looking ahead or behind" : "a flag");
    }
    const part = choice(depth + 1);
    at++;
    return part;
  }
}

const signs: Readonly<Record<string, { readonly least: number; readonly most: number }>> = {
  "*": { least: 0, most: Infinity },
  "+": { least: 1, most: Infinity },
  "?": { least: 0, most: 1 },
};

function oneOf(atom: string): Part {
  const regex = new RegExp(`^(?:${atom})$`, "u");
  return { kind: "one", fits: (character) => regex.test(character) };
}

// From parts to a machine.

type State =
  | { readonly kind: "one"; readonly fits: (character: string) => boolean; readonly next: number }
  | { readonly kind: "edge"; readonly edge: "start" | "end"; readonly next: number }
  | { readonly kind: "split"; readonly next: readonly number[] }
  | { readonly kind: "done" };

interface Machine {
  readonly states: readonly State[];
  readonly entry: number;
}

function machineOf(pattern: Part): Machine {
  const states: State[] = [{ kind: "done" }];
  const add = (state: State): number => {
    if (states.length >= mostStates) throw new Unsupported("so many characters or repetitions");
    return states.push(state) - 1;
  };
  return { entry: enter(pattern, 0), states };

  /** The state from which the part is followed by `next`. */
  function enter(part: Part, next: number): number {
    switch (part.kind) {
      case "one":
      case "edge":
        return add({ ...part, next });
      case "sequence":
        return part.parts.reduceRight((after, inner) => enter(inner, after), next);
      case "choice":
        return add({ kind: "split", next: part.parts.map((inner) => enter(inner, next)) });
      case "repeat":
        return enterRepeat(part, next);
    }
  }

  function enterRepeat({ part, least, most }: Part & { kind: "repeat" }, next: number): number {
    let after = next;
    if (most === Infinity) {
      const ways: number[] = [];
      after = add({ kind: "split", next: ways });
      ways.push(enter(part, after), next);
    }
    const optional = Math.min(most === Infinity ? 0 : most - least, mostStates);
    for (let i = 0; i < optional; i++)
      after = add({ kind: "split", next: [enter(part, after), next] });
    for (let i = 0; i < least; i++) {
      const known = states.length;
      after = enter(part, after);
      // Nothing repeated is nothing.
      if (states.length === known) break;
    }
    return after;
  }
}

/** A set of states, and which set each character leads to, as far as names have asked. */
interface Row {
  readonly states: readonly number[];
  readonly accepts: boolean;
  /** By the class of a common character. */
  readonly next: Row[];
  /** By any other character. */
  readonly rarely: Map<string, Row>;
}

/**
 * Of characters with codes below `mostCommon`, which names hardly ever leave: those that no part of a pattern tells apart are of one class, so
 * rows are short and those of a hundred patterns stay in the cache. 0 until a name has asked.
 */
type Classes = Uint8Array;

const mostCommon = 128;

function matcherOf({ start, classes, follow }: Rows): (name: string) => boolean {
  return (name) => {
    let row = start;
    for (let i = 0; i < name.length; i++) {
      if (row.states.length === 0) return false;
      const code = name.charCodeAt(i);
      if (code >= mostCommon) return acceptsRest(row, name.slice(i), follow);
      row = row.next[classes[code]!] ?? follow(row, name[i]!);
    }
    return row.accepts;
  };
}

/** By characters, which may be two codes each. */
function acceptsRest(from: Row, rest: string, follow: Rows["follow"]): boolean {
  let row = from;
  for (const character of rest) row = follow(row, character);
  return row.accepts;
}

/** The set of states at the beginning, and the one to which a character leads. */
interface Rows {
  readonly start: Row;
  readonly classes: Classes;
  readonly follow: (row: Row, character: string) => Row;
}

function rowsOf({ states, entry }: Machine): Rows {
  const rows = new Map<string, Row>();
  const classes: Classes = new Uint8Array(mostCommon);
  /** By which states of one character fit. */
  const classOf = new Map<string, number>();
  const start = rowOf([entry], ["start"]);
  return { start, classes, follow };

  function follow(row: Row, character: string): Row {
    const code = character.charCodeAt(0);
    const known = code < mostCommon ? row.next[classes[code]!] : row.rarely.get(character);
    return known ?? grow(row, character);
  }

  function classify(character: string): number {
    const fitting = states.map((state) => state.kind === "one" && state.fits(character)).join();
    const known = classOf.get(fitting) ?? classOf.size + 1;
    classOf.set(fitting, known);
    return known;
  }

  function grow(row: Row, character: string): Row {
    const reached = row.states.flatMap((id) => {
      const state = states[id]!;
      return state.kind === "one" && state.fits(character) ? [state.next] : [];
    });
    const fresh = rowOf(reached, []);
    const key = fresh.states.join();
    if (rows.size >= mostRows) {
      rows.clear();
      start.next.length = 0;
      start.rarely.clear();
    }
    const known = rows.get(key) ?? fresh;
    rows.set(key, known);
    const code = character.charCodeAt(0);
    if (code >= mostCommon) row.rarely.set(character, known);
    else {
      if (classes[code] === 0) classes[code] = classify(character);
      row.next[classes[code]!] = known;
    }
    return known;
  }

  function rowOf(from: readonly number[], edges: readonly ("start" | "end")[]): Row {
    const reached = closure(from, edges);
    const accepts = closure(reached, [...edges, "end"]).includes(0);
    return { states: reached, accepts, next: [], rarely: new Map() };
  }

  /** All states that are reached without a character, in order. */
  function closure(
    from: readonly number[],
    edges: readonly ("start" | "end")[],
  ): readonly number[] {
    const reached = new Set(from);
    for (const id of reached) {
      const state = states[id]!;
      if (state.kind === "split") for (const next of state.next) reached.add(next);
      if (state.kind === "edge" && edges.includes(state.edge)) reached.add(state.next);
    }
    return [...reached].sort((a, b) => a - b);
  }
}
