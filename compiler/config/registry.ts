/** Plain data, as `JSON.stringify` writes it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

/** What can be written as JSON and made again: a quantizer, or a config. */
export interface Quantizable {
  getConfig(): JsonObject;
}

/** A class of quantizables: made of what `getConfig` gave, by `fromConfig` where it has one. */
export interface QuantizableClass<T extends Quantizable = Quantizable> {
  new (config: never): T;
  readonly name: string;
  fromConfig?(config: JsonObject): T;
}

/** A quantizable as data: what it is called in the registry, and its parameters. */
export interface Serialized {
  readonly className: string;
  readonly config: JsonObject;
}

interface Registry {
  readonly registered: Map<string, QuantizableClass>;
  /** Innermost last. */
  readonly scopes: ReadonlyMap<string, QuantizableClass>[];
}

/** One for the process: a rule file's TypeScript may come with a copy of this package of its own. */
const key: unique symbol = Symbol.for("qcfg.config.registry") as never;
const shared = globalThis as { [key]?: Registry };
shared[key] ??= { registered: new Map(), scopes: [] };
const registry: Registry = shared[key];

/** The classes of this copy of the package: each copy makes its own. */
const standard = new Map<string, QuantizableClass>();

/** Makes classes known by their names in this copy of the package, after all that users register. */
export function registerStandard(classes: Readonly<Record<string, QuantizableClass>>): void {
  for (const [name, quantizable] of Object.entries(classes)) standard.set(name, quantizable);
}

/** Makes a class known by a name, that of the class unless stated; throws where another one has it. */
export function registerQuantizable<C extends QuantizableClass>(quantizable: C, name?: string): C {
  const known = name ?? quantizable.name;
  const other = registry.registered.get(known);
  if (other !== undefined && String(other) !== String(quantizable))
    throw new Error(`\`${known}\` is registered already, as another class`);
  registry.registered.set(known, quantizable);
  return quantizable;
}

/**
 * Makes classes known by their names while `work` goes on, before those that are registered. Where `work` gives a promise,
 * until that is settled; what else runs meanwhile sees them too.
 */
export function quantizeScope<T>(
  classes: Readonly<Record<string, QuantizableClass>>,
  work: () => T,
): T {
  const scope = new Map(Object.entries(classes));
  registry.scopes.push(scope);
  const leave = () => {
    registry.scopes.splice(registry.scopes.lastIndexOf(scope), 1);
  };
  let isPending = false;
  try {
    const result = work();
    if (result instanceof Promise) {
      isPending = true;
      return result.finally(leave) as T;
    }
    return result;
  } finally {
    if (!isPending) leave();
  }
}

/** The class of a name; `undefined` where nobody registered one. */
export function quantizableNamed(name: string): QuantizableClass | undefined {
  const scope = registry.scopes.findLast((candidate) => candidate.has(name));
  return scope?.get(name) ?? registry.registered.get(name) ?? standard.get(name);
}

/** All names that are known here. */
export function quantizableNames(): readonly string[] {
  const scoped = registry.scopes.flatMap((scope) => [...scope.keys()]);
  return [...new Set([...scoped, ...registry.registered.keys(), ...standard.keys()])];
}

/** A quantizer or config as data. */
export function serialize(quantizable: Quantizable): Serialized {
  const type = quantizable.constructor;
  const known = [...registry.scopes.toReversed(), registry.registered, standard];
  const name = known
    .flatMap((classes) => [...classes])
    .find(([, candidate]) => candidate === type)?.[0];
  return { className: name ?? type.name, config: quantizable.getConfig() };
}

/** What `serialize` gave, made again; throws where nobody knows the class. */
export function deserialize({ className, config }: Serialized): Quantizable {
  const known = quantizableNamed(className);
  if (known === undefined)
    throw new Error(
      `there is no \`${className}\`: register the class, or use \`quantizeScope({ ${className} }, …)\``,
    );
  return known.fromConfig?.(config) ?? new known(config as never);
}
