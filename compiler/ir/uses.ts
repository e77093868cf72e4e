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

/** In the place of the only user of a node: it has none, or several. */
const nobody = -1;
const several = -2;

/**
 * Which nodes use the results of which, while these change. Nearly every node has one user, which takes no object; the lists of
 * others are small, and never changed but replaced, so whoever has one keeps what it was. Constants may have very many.
 */
export class Uses {
  /** By node. */
  #only: Int32Array;
  /** Of nodes with several uses: their users, one entry for each use. */
  readonly #listed = new Map<NodeId, readonly NodeId[]>();
  readonly #counted = new Map<NodeId, CountedUses>();

  /** @param size one more than the largest id to begin with */
  constructor(size = 0) {
    this.#only = new Int32Array(size).fill(nobody);
  }

  add(id: NodeId, user: NodeId): void {
    if (id >= this.#only.length) this.#makeRoom(id);
    const only = this.#only[id]!;
    if (only === nobody) this.#only[id] = user;
    else if (only === several) this.#addToMany(id, user);
    else this.#list(id, [only, user]);
  }

  remove(id: NodeId, user: NodeId): void {
    if (this.#onlyOf(id) !== several) {
      this.#only[id] = nobody;
      return;
    }
    const counted = this.#countedOf(id);
    if (counted) {
      change(counted, user, -1);
      return;
    }
    const before = this.#listed.get(id)!;
    // The last of several uses: users are in the order of their first one.
    this.#list(id, before.toSpliced(before.lastIndexOf(user), 1));
  }

  /** Each user once. */
  users(id: NodeId): readonly NodeId[] {
    const only = this.#onlyOf(id);
    if (only !== several) return only === nobody ? none : [only];
    const counted = this.#countedOf(id);
    if (counted) {
      counted.users ??= [...counted.byUser.keys()];
      return counted.users;
    }
    const uses = this.#listed.get(id)!;
    return isDistinct(uses) ? uses : [...new Set(uses)];
  }

  /** The same for whoever may not need them all; a change ends it. */
  eachUser(id: NodeId): Iterable<NodeId> {
    return this.#countedOf(id)?.byUser.keys() ?? this.users(id);
  }

  count(id: NodeId): number {
    const only = this.#onlyOf(id);
    if (only !== several) return only === nobody ? 0 : 1;
    return this.#countedOf(id)?.total ?? this.#listed.get(id)!.length;
  }

  /** Whether every use is by one of `nodes`; looks at no more users than there are `nodes`. */
  isOnlyBy(id: NodeId, nodes: ReadonlySet<NodeId>): boolean {
    const only = this.#onlyOf(id);
    if (only !== several) return only === nobody || nodes.has(only);
    const counted = this.#countedOf(id);
    if (counted && counted.byUser.size > nodes.size) return false;
    for (const user of this.eachUser(id)) if (!nodes.has(user)) return false;
    return true;
  }

  /** Forgets a node that nothing uses. */
  forget(id: NodeId): void {
    if (this.#onlyOf(id) === nobody) return;
    this.#only[id] = nobody;
    this.#counted.delete(id);
  }

  #onlyOf(id: NodeId): number {
    return id < this.#only.length ? this.#only[id]! : nobody;
  }

  #addToMany(id: NodeId, user: NodeId): void {
    const counted = this.#countedOf(id);
    if (counted) {
      change(counted, user, 1);
      return;
    }
    const before = this.#listed.get(id)!;
    if (before.length < mostListed) this.#listed.set(id, [...before, user]);
    else this.#count(id, [...before, user]);
  }

  #list(id: NodeId, uses: readonly NodeId[]): void {
    this.#only[id] = uses.length > 1 ? several : uses[0]!;
    if (uses.length > 1) this.#listed.set(id, uses);
    else this.#listed.delete(id);
  }

  #countedOf(id: NodeId): CountedUses | undefined {
    return this.#counted.size === 0 ? undefined : this.#counted.get(id);
  }

  #count(id: NodeId, uses: readonly NodeId[]): void {
    const counted: CountedUses = { byUser: new Map(), total: 0, users: undefined };
    for (const user of uses) change(counted, user, 1);
    this.#counted.set(id, counted);
    this.#listed.delete(id);
  }

  #makeRoom(id: NodeId): void {
    const size = this.#only.length;
    const only = new Int32Array(2 * id + 64).fill(nobody, size);
    only.set(this.#only);
    this.#only = only;
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
