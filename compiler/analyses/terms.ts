import type { AttributePattern, TensorTypePattern } from "../../grammar/ast.ts";
import type { OpTable } from "../ir/op.ts";
import { renamed } from "./rename.ts";
import { type Choose, deadEnd } from "./ways.ts";

/** A value of a graph that is known in part. */
export type TermId = number;

/** What is known of a value: the node that computes it. */
export interface Term {
  /** Its op is one of these; absent: any. */
  ops: ReadonlySet<string> | undefined;
  /** Its operands, as far as they are known, by place. */
  readonly operands: Map<number, TermId>;
  /** The number of operands, where it is known. */
  count?: number | undefined;
  readonly attributes: AttributePattern[];
  readonly types: TensorTypePattern[];
}

/**
 * Graphs that are known in part: values with the ops that may compute them and with operands that are values again. To unify two
 * values is to find out whether they can be one (Robinson, A Machine-Oriented Logic, 1965), here of graphs: what is shared stays so.
 */
export class Terms {
  readonly ops: OpTable;
  readonly #parents: TermId[] = [];
  readonly #terms: Term[] = [];

  constructor(ops: OpTable) {
    this.ops = ops;
  }

  /** A value of which nothing else is known. */
  add(ops?: ReadonlySet<string>): TermId {
    this.#parents.push(this.#terms.length);
    return this.#terms.push({ ops, operands: new Map(), attributes: [], types: [] }) - 1;
  }

  /** Takes in all values of another graph, with other names for what rules bind; the number that their numbers are greater by. */
  adopt(other: Terms, rename?: (name: string) => string): number {
    const offset = this.#terms.length;
    for (const [id, parent] of other.#parents.entries()) {
      const { ops, operands, count, attributes, types } = other.#terms[id]!;
      this.#parents.push(parent + offset);
      this.#terms.push({
        ops,
        operands: new Map([...operands].map(([place, operand]) => [place, operand + offset])),
        count,
        attributes: rename ? renamed(attributes, rename) : [...attributes],
        types: rename ? renamed(types, rename) : [...types],
      });
    }
    return offset;
  }

  /** The number that stands for a value and for all that it was unified with. */
  find(id: TermId): TermId {
    let root = id;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    for (let at = id; at !== root; ) {
      const next = this.#parents[at]!;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  term(id: TermId): Term {
    return this.#terms[this.find(id)]!;
  }

  /** The values that are there, each once. */
  roots(): readonly TermId[] {
    return this.#parents.flatMap((parent, id) => (parent === id ? [id] : []));
  }

  /** The operand at a place, which is a value of which nothing is known if nobody spoke of it. */
  operand(id: TermId, place: number): TermId {
    const { operands } = this.term(id);
    const known = operands.get(place);
    if (known !== undefined) return this.find(known);
    const made = this.add();
    operands.set(place, made);
    return made;
  }

  /** The op is one of these. Throws `deadEnd` if it cannot be. */
  restrict(id: TermId, ops: ReadonlySet<string>): void {
    const term = this.term(id);
    term.ops = term.ops ? intersection(term.ops, ops) : ops;
    if (term.ops.size === 0) throw deadEnd;
  }

  /** The two are one value. Throws `deadEnd` if they cannot be. */
  unify(a: TermId, b: TermId, choose: Choose): void {
    const open: [TermId, TermId][] = [[a, b]];
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      const [x, y] = [this.find(pair[0]), this.find(pair[1])];
      if (x === y) continue;
      this.#join(x, y, open, choose);
    }
  }

  #join(x: TermId, y: TermId, open: [TermId, TermId][], choose: Choose): void {
    const [kept, gone] = [this.#terms[x]!, this.#terms[y]!];
    this.#parents[y] = x;
    if (kept.count !== undefined && gone.count !== undefined && kept.count !== gone.count)
      throw deadEnd;
    kept.count ??= gone.count;
    kept.attributes.push(...gone.attributes);
    kept.types.push(...gone.types);
    if (gone.ops) this.restrict(x, gone.ops);
    const isSwapped = this.#maySwap(kept, gone) && choose(2) === 1;
    for (const [place, operand] of gone.operands) {
      const at = isSwapped && place < 2 ? 1 - place : place;
      const other = kept.operands.get(at);
      if (other === undefined) kept.operands.set(at, operand);
      else open.push([other, operand]);
    }
  }

  /** Operands of both that may stand the other way round. */
  #maySwap({ ops, operands }: Term, other: Term): boolean {
    if (!ops || operands.size === 0 || other.operands.size === 0) return false;
    return [...ops].every((op) => this.ops.get(op)?.traits.includes("commutative"));
  }

  /** Whether no value is computed from itself. */
  isAcyclic(): boolean {
    const state = new Map<TermId, "open" | "done">();
    for (const start of this.roots()) {
      const stack = [start];
      for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
        const known = state.get(id);
        if (known !== undefined) {
          state.set(id, "done");
          stack.pop();
          continue;
        }
        state.set(id, "open");
        for (const operand of this.term(id).operands.values()) {
          const next = this.find(operand);
          const seen = state.get(next);
          if (seen === "open") return false;
          if (seen === undefined) stack.push(next);
        }
      }
    }
    return true;
  }
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((name) => b.has(name)));
}
