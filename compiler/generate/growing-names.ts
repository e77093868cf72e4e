import type { Expression } from "../../grammar/ast.ts";
import type { Value } from "../ir/graph.ts";
import type { Scope } from "../rewrite/expression.ts";
import type { Pattern } from "../rewrite/pattern.ts";
import { sameTerm, type Term } from "../rewrite/term.ts";
import type { Check } from "./checks.ts";
import { valueOrNothing } from "./scope.ts";

/** A condition that does not hold; none where bindings or types do not agree. */
export interface Failed {
  readonly condition?: Expression;
}

/** What the names of a pattern stand for while a place is made, and the way back; looks at conditions as soon as their names are known. */
export class GrowingNames {
  readonly #pattern: Pattern;
  readonly #checks: readonly Check[];
  readonly #bindings: (Term | undefined)[];
  readonly #trail: { readonly slot: number; readonly before: Term | undefined }[] = [];
  /** Slots of a repeated part that is being made: what is bound to them is one item yet, and not the list. */
  readonly #items = new Set<number>();

  constructor(pattern: Pattern, checks: readonly Check[], given: ReadonlyMap<number, Value>) {
    this.#pattern = pattern;
    this.#checks = checks;
    this.#bindings = new Array(pattern.slotCount);
    for (const [slot, value] of given) this.#bindings[slot] = { kind: "value", value };
  }

  of(slot: number): Term | undefined {
    return this.#bindings[slot];
  }

  lookup(name: string): Term | undefined {
    const slot = this.#pattern.slots.get(name);
    return slot === undefined ? undefined : this.#bindings[slot];
  }

  /** A place to which `undo` goes back. */
  mark(): number {
    return this.#trail.length;
  }

  bind(slot: number, term: Term): boolean {
    const known = this.#bindings[slot];
    if (known !== undefined) return sameTerm(known, term);
    this.#trail.push({ slot, before: undefined });
    this.#bindings[slot] = term;
    return true;
  }

  /** Until the next `undo` they stand for nothing. */
  free(slots: readonly number[]): void {
    for (const slot of slots) {
      this.#trail.push({ slot, before: this.#bindings[slot] });
      this.#bindings[slot] = undefined;
    }
  }

  undo(mark: number): void {
    while (this.#trail.length > mark) {
      const { slot, before } = this.#trail.pop()!;
      this.#bindings[slot] = before;
    }
  }

  /** Makes items to whose names no condition looks yet. */
  itemsOf(slots: readonly number[], make: () => boolean): boolean {
    for (const slot of slots) this.#items.add(slot);
    const made = make();
    for (const slot of slots) this.#items.delete(slot);
    return made;
  }

  /** The names of repeated parts are lists from now on. */
  listsOf(slots: readonly number[], next: () => boolean): boolean {
    for (const slot of slots) this.#items.delete(slot);
    const done = next();
    for (const slot of slots) this.#items.add(slot);
    return done;
  }

  /** The first condition that became known since `mark` and does not hold. */
  firstFailure(mark: number, scope: Scope): Failed | undefined {
    const fresh = new Set(this.#trail.slice(mark).map(({ slot }) => slot));
    for (const check of this.#checks) {
      const isKnown = check.needs.every(
        (slot) => this.#bindings[slot] !== undefined && !this.#items.has(slot),
      );
      if (!isKnown || !(check.needs.length === 0 || check.needs.some((s) => fresh.has(s))))
        continue;
      if (check.kind === "let") {
        if (this.#bindings[check.slot] !== undefined) continue;
        const term = valueOrNothing(check.value, scope);
        // It may ask about users, which are not there yet.
        if (term === undefined) return { condition: check.value };
        this.bind(check.slot, term);
        fresh.add(check.slot);
      } else if (!check.isLate && valueOrNothing(check.condition, scope) !== true) {
        return { condition: check.condition };
      }
    }
    return undefined;
  }
}
