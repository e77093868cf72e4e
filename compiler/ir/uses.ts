import type { NodeId } from "./graph.ts";

/** A node of more uses than this has them counted by user. */
const mostListed = 16;

/** The uses of a node that has many. */
interface CountedUses {
  /** By user, in the order of their first use. */
  readonly byUser: Map<NodeId, number>;
  total: number;
  /** The users, where somebody has asked and they have not changed since. */
  users: readonly NodeId[] | undefined;
}

const none: readonly NodeId[] = [];

/**
 * Which nodes use the results of which, while these change. Nearly every node has one or two users: their lists are small,
 * and never changed but replaced, so whoever has one keeps what it was. Constants may have very many.
 */
export class Uses {
  /** By node: its users, one entry for each use. */
  readonly #listed: (readonly NodeId[] | undefined)[];
  readonly #counted = new Map<NodeId, CountedUses>();

  /** @param size one more than the largest id to begin with */
  constructor(size = 0) {
    this.#listed = new Array(size);
  }

  add(id: NodeId, user: NodeId): void {
    const counted = this.#countedOf(id);
    if (counted) {
      change(counted, user, 1);
      return;
    }
    const before = this.#listed[id];
    if (before === undefined) this.#listed[id] = [user];
    else if (before.length < mostListed) this.#listed[id] = [...before, user];
    else this.#count(id, [...before, user]);
  }

  remove(id: NodeId, user: NodeId): void {
    const counted = this.#countedOf(id);
    if (counted) {
      change(counted, user, -1);
      return;
    }
    const before = this.#listed[id]!;
    // The last of several uses: users are in the order of their first one.
    const at = before.lastIndexOf(user);
    this.#listed[id] = before.length === 1 ? undefined : before.toSpliced(at, 1);
  }

  /** Each user once. */
  users(id: NodeId): readonly NodeId[] {
    const counted = this.#countedOf(id);
    if (counted) {
      counted.users ??= [...counted.byUser.keys()];
      return counted.users;
    }
    const uses = this.#listed[id];
    if (uses === undefined) return none;
    return uses.length === 1 || isDistinct(uses) ? uses : [...new Set(uses)];
  }

  /** The same for whoever may not need them all; a change ends it. */
  eachUser(id: NodeId): Iterable<NodeId> {
    return this.#countedOf(id)?.byUser.keys() ?? this.users(id);
  }

  count(id: NodeId): number {
    return this.#countedOf(id)?.total ?? this.#listed[id]?.length ?? 0;
  }

  /** Whether every use is by one of `nodes`; looks at no more users than there are `nodes`. */
  isOnlyBy(id: NodeId, nodes: ReadonlySet<NodeId>): boolean {
    const counted = this.#countedOf(id);
    if (counted && counted.byUser.size > nodes.size) return false;
    for (const user of this.eachUser(id)) if (!nodes.has(user)) return false;
    return true;
  }

  /** Forgets a node that nothing uses. */
  forget(id: NodeId): void {
    this.#listed[id] = undefined;
    this.#counted.delete(id);
  }

  #countedOf(id: NodeId): CountedUses | undefined {
    return this.#counted.size === 0 ? undefined : this.#counted.get(id);
  }

  #count(id: NodeId, uses: readonly NodeId[]): void {
    const counted: CountedUses = { byUser: new Map(), total: 0, users: undefined };
    for (const user of uses) change(counted, user, 1);
    this.#counted.set(id, counted);
    this.#listed[id] = undefined;
  }
}

function change(uses: CountedUses, user: NodeId, by: 1 | -1): void {
  const before = uses.byUser.get(user) ?? 0;
  if (before + by === 0) uses.byUser.delete(user);
  else uses.byUser.set(user, before + by);
  if (before === 0 || before + by === 0) uses.users = undefined;
  uses.total += by;
}

function isDistinct(uses: readonly NodeId[]): boolean {
  for (let i = 1; i < uses.length; i++) if (uses.indexOf(uses[i]!) < i) return false;
  return true;
}
