import type { NodeId } from "./graph.ts";

/** A node of more uses than this has no list of them that is never changed. */
const mostListed = 16;

/**
 * The uses of a node that has many: as they came, until somebody takes one away or asks whose they are; then by user. Most constants
 * of many uses are left alone.
 */
class ManyUses {
  #uses: NodeId[] | undefined;
  /** How many by each, in the order of their first use. */
  #byUser: Map<NodeId, number> | undefined;
  /** The users, where somebody has asked and they have not changed since. */
  #users: readonly NodeId[] | undefined;
  #total: number;

  constructor(uses: NodeId[]) {
    this.#uses = uses;
    this.#total = uses.length;
  }

  get total(): number {
    return this.#total;
  }

  get users(): readonly NodeId[] {
    this.#users ??= [...this.#counts().keys()];
    return this.#users;
  }

  eachUser(): Iterable<NodeId> {
    return this.#counts().keys();
  }

  add(user: NodeId): void {
    this.#total++;
    if (this.#byUser) this.#change(this.#byUser, user, 1);
    else this.#uses!.push(user);
  }

  remove(user: NodeId): void {
    this.#total--;
    this.#change(this.#counts(), user, -1);
  }

  isOnlyBy(nodes: readonly NodeId[]): boolean {
    if (this.#byUser && this.#byUser.size > nodes.length) return false;
    for (const user of this.#uses ?? this.eachUser()) if (!nodes.includes(user)) return false;
    return true;
  }

  #counts(): Map<NodeId, number> {
    if (this.#byUser) return this.#byUser;
    const counts = new Map<NodeId, number>();
    for (const user of this.#uses!) this.#change(counts, user, 1);
    this.#byUser = counts;
    this.#uses = undefined;
    return counts;
  }

  #change(counts: Map<NodeId, number>, user: NodeId, by: 1 | -1): void {
    const before = counts.get(user) ?? 0;
    if (before + by === 0) counts.delete(user);
    else counts.set(user, before + by);
    if (before === 0 || before + by === 0) this.#users = undefined;
  }
}

const none: readonly NodeId[] = [];

/** In the place of a user. */
const nobody = -1;
/** In the place of the first user of a node that has more uses than two. */
const several = -2;

/**
 * Which nodes use the results of which, while these change. Nearly every node has one use, or two while one user takes the place of
 * another, which take no object; the lists of others are small, and never changed but replaced, so whoever has one keeps what it was.
 * Constants may have very many.
 */
export class Uses {
  /** By node: its first and second use. */
  #first: Int32Array;
  #second: Int32Array;
  /** Of nodes with several uses: their users, one entry for each use. */
  readonly #listed = new Map<NodeId, readonly NodeId[]>();
  readonly #many = new Map<NodeId, ManyUses>();

  /** @param size one more than the largest id to begin with */
  constructor(size = 0) {
    this.#first = new Int32Array(size).fill(nobody);
    this.#second = new Int32Array(size).fill(nobody);
  }

  add(id: NodeId, user: NodeId): void {
    if (id >= this.#first.length) this.#makeRoom(id);
    const first = this.#first[id]!;
    if (first === nobody) this.#first[id] = user;
    else if (first === several) this.#addToMany(id, user);
    else if (this.#second[id] === nobody) this.#second[id] = user;
    else this.#list(id, [first, this.#second[id]!, user]);
  }

  /** Takes the last of the uses by `user` away: users are in the order of their first one. */
  remove(id: NodeId, user: NodeId): void {
    if (this.#first[id] === several) {
      this.#removeFromMany(id, user);
      return;
    }
    if (this.#second[id] !== user) this.#first[id] = this.#second[id]!;
    this.#second[id] = nobody;
  }

  /** Each user once. */
  users(id: NodeId): readonly NodeId[] {
    const first = this.#firstOf(id);
    if (first === nobody) return none;
    if (first === several) return this.#distinctOf(id);
    const second = this.#second[id]!;
    return second === nobody || second === first ? [first] : [first, second];
  }

  /** The same for whoever may not need them all; a change ends it. */
  eachUser(id: NodeId): Iterable<NodeId> {
    return this.#manyOf(id)?.eachUser() ?? this.users(id);
  }

  /** Calls `visit` with each user, with some more than once. */
  visitUsers(id: NodeId, visit: (user: NodeId) => void): void {
    const first = this.#firstOf(id);
    if (first === nobody) return;
    if (first === several) {
      for (const user of this.#manyOf(id)?.eachUser() ?? this.#listed.get(id)!) visit(user);
      return;
    }
    visit(first);
    if (this.#second[id] !== nobody) visit(this.#second[id]!);
  }

  count(id: NodeId): number {
    const first = this.#firstOf(id);
    if (first === nobody) return 0;
    if (first === several) return this.#manyOf(id)?.total ?? this.#listed.get(id)!.length;
    return this.#second[id] === nobody ? 1 : 2;
  }

  /** Whether every use is by one of `nodes`; looks at no more users than there are `nodes`. */
  isOnlyBy(id: NodeId, nodes: readonly NodeId[]): boolean {
    const first = this.#firstOf(id);
    if (first === nobody) return true;
    if (first !== several) {
      const second = this.#second[id]!;
      return nodes.includes(first) && (second === nobody || nodes.includes(second));
    }
    return (
      this.#manyOf(id)?.isOnlyBy(nodes) ??
      this.#listed.get(id)!.every((user) => nodes.includes(user))
    );
  }

  /** Forgets a node that nothing uses. */
  forget(id: NodeId): void {
    if (this.#firstOf(id) === nobody) return;
    this.#first[id] = nobody;
    this.#second[id] = nobody;
    this.#many.delete(id);
  }

  #firstOf(id: NodeId): number {
    return id < this.#first.length ? this.#first[id]! : nobody;
  }

  #distinctOf(id: NodeId): readonly NodeId[] {
    const many = this.#manyOf(id);
    if (many) return many.users;
    const uses = this.#listed.get(id)!;
    return isDistinct(uses) ? uses : [...new Set(uses)];
  }

  #addToMany(id: NodeId, user: NodeId): void {
    const many = this.#manyOf(id);
    if (many) {
      many.add(user);
      return;
    }
    const uses = [...this.#listed.get(id)!, user];
    if (uses.length <= mostListed) {
      this.#listed.set(id, uses);
      return;
    }
    this.#listed.delete(id);
    this.#many.set(id, new ManyUses(uses));
  }

  #removeFromMany(id: NodeId, user: NodeId): void {
    const many = this.#manyOf(id);
    if (many) {
      many.remove(user);
      return;
    }
    const before = this.#listed.get(id)!;
    this.#list(id, before.toSpliced(before.lastIndexOf(user), 1));
  }

  #list(id: NodeId, uses: readonly NodeId[]): void {
    if (uses.length > 2) {
      this.#first[id] = several;
      this.#listed.set(id, uses);
      return;
    }
    this.#listed.delete(id);
    [this.#first[id], this.#second[id]] = [uses[0]!, uses[1]!];
  }

  #manyOf(id: NodeId): ManyUses | undefined {
    return this.#many.size === 0 ? undefined : this.#many.get(id);
  }

  #makeRoom(id: NodeId): void {
    this.#first = enlarged(this.#first, 2 * id + 64);
    this.#second = enlarged(this.#second, 2 * id + 64);
  }
}

function enlarged(users: Int32Array, size: number): Int32Array {
  const larger = new Int32Array(size).fill(nobody, users.length);
  larger.set(users);
  return larger;
}

function isDistinct(uses: readonly NodeId[]): boolean {
  for (let i = 1; i < uses.length; i++) if (uses.indexOf(uses[i]!) < i) return false;
  return true;
}
