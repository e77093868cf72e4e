import type { SiteReference } from "../../grammar/ast.ts";
import { implies } from "../../grammar/check/constraints/implies.ts";
import { type CertainStep, certainSteps } from "../../grammar/check/constraints/meanings.ts";
import { stepsOf } from "../../grammar/check/steps.ts";
import type { PatternedRule } from "../generate/matching.ts";
import type { OpTable } from "../ir/op.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { isSameSlot, slotOf } from "./asked.ts";
import { type Instance, instancesOf } from "./instance.ts";
import { someInstances } from "./overlaps.ts";
import { renamed } from "./rename.ts";
import { chainsOf, conditionsOf, statementsOf } from "./statements.ts";
import type { TermId } from "./terms.ts";

/** A slot of a node that a rule asks something for. */
export interface AskedSite {
  readonly rule: QuantizeRule;
  readonly site: SiteReference;
}

/** One way in which a rule can fit, with an op that the node of a site may have there. */
export interface SiteCase {
  readonly instance: Instance;
  readonly at: TermId;
  /** Absent: any op. */
  readonly op: string | undefined;
}

/**
 * The cases of a site: together they are all nodes whose slot it can be. `undefined` where that is not known, as of a captured value, of
 * which any node may be the producer.
 */
export function casesOf(asked: AskedSite, ops: OpTable): readonly SiteCase[] | undefined {
  const known = knownCases.get(asked.site);
  if (known) return known.cases;
  const cases = findCases(asked, ops);
  knownCases.set(asked.site, { cases });
  return cases;
}

const knownCases = new WeakMap<
  SiteReference,
  { readonly cases: readonly SiteCase[] | undefined }
>();

function findCases({ rule, site }: AskedSite, ops: OpTable): readonly SiteCase[] | undefined {
  const { results, isComplete } = instancesOf(rule.pattern, ops);
  const isNode = rule.pattern.typescript?.layers.has(site.capture.text) === true;
  if (!isComplete || !isNode) return undefined;
  const cases: SiteCase[] = [];
  for (const instance of results) {
    const at = instance.names.get(site.capture.text);
    if (at === "absent") continue;
    if (typeof at !== "number") return undefined;
    const some = instance.terms.term(at).ops;
    // The slots of a constant are those of its readers.
    if (some?.has("Constant")) return undefined;
    for (const op of some ?? [undefined]) cases.push({ instance, at, op });
  }
  return cases;
}

/** Whether a rule asks for the slot too, wherever this case of another one's site is: its pattern is inside, and its conditions follow. */
export function covers(
  general: AskedSite,
  special: AskedSite,
  { instance, at, op }: SiteCase,
  ops: OpTable,
): boolean {
  if (!hasSlot(general.site, special.site) || !isPlain(general.rule)) return false;
  const isOpen = isOpenEnded(special.rule);
  return someInstances(general.rule, ops).some((whole) => {
    const site = whole.names.get(general.site.capture.text);
    if (typeof site !== "number" || whole.roots.length !== 1) return false;
    if (isOpen && whole.nodes.length > 1) return false;
    const candidates = whole.roots[0] === site ? [at] : instance.nodes;
    return candidates.some((place) => {
      const embedding = new Embedding(whole, instance, { at, op }, ops);
      return (
        embedding.maps(whole.roots[0]!, place) &&
        embedding.image(site) === instance.terms.find(at) &&
        follow(general.rule, special.rule, embedding, realsOf(general.site))
      );
    });
  });
}

function hasSlot(general: SiteReference, special: SiteReference): boolean {
  return general.slot === undefined || isSameSlot(general, special);
}

/** A site of the result has reals: everything else is none. */
function realsOf(site: SiteReference): string | undefined {
  return slotOf(site) === "output" ? site.capture.text : undefined;
}

type Stated = Pick<PatternedRule, "item" | "conditions">;

/** Every part of the pattern is there in every match, and all that is asked are conditions on it. */
export function isPlain(rule: Stated): boolean {
  const known = knownPlain.get(rule) ?? findPlain(rule);
  knownPlain.set(rule, known);
  return known;
}

const knownPlain = new WeakMap<Stated, boolean>();

function findPlain({ item, conditions }: Stated): boolean {
  const chains = chainsOf({ item });
  const steps = chains.flatMap((chain) => [...stepsOf(chain)]);
  const isStated = ({ step, name }: CertainStep) =>
    !name.startsWith("#") || (!step.type && (step.kind !== "node" || step.attributes.length === 0));
  const isOrdered = ({ step }: CertainStep) => step.kind === "node" && step.ordered;
  return (
    certainSteps(chains).length === steps.length &&
    certainSteps(chains).every((step) => isStated(step) && !isOrdered(step)) &&
    conditions.every(({ kind }) => kind === "require" || kind === "let")
  );
}

/** Whether the pattern stands for graphs of any size, of which instances are the smallest. */
export function isOpenEnded({ item }: Pick<PatternedRule, "item">): boolean {
  const steps = chainsOf({ item }).flatMap((chain) => [...stepsOf(chain)]);
  return steps.some(({ step, isRepeated }) => isRepeated || step.kind === "path");
}

/** What is known of the images of values beforehand. */
interface Known {
  /** A value of the other pattern whose op is this one, and not another one that it may be there. */
  readonly at?: TermId;
  readonly op?: string | undefined;
  /** Values of the whole that have only this image. */
  readonly fixed?: ReadonlyMap<TermId, TermId>;
}

/** A pattern laid over another one that says at least as much. */
export class Embedding {
  readonly #whole: Instance;
  #images = new Map<TermId, TermId>();
  readonly #instance: Instance;
  readonly #known: Known;
  readonly #ops: OpTable;

  constructor(whole: Instance, instance: Instance, known: Known, ops: OpTable) {
    this.#whole = whole;
    this.#instance = instance;
    this.#known = known;
    this.#ops = ops;
  }

  image(id: TermId): TermId | undefined {
    return this.#images.get(this.#whole.terms.find(id));
  }

  /** The names of values of the whole, as the other rule has them; those that it does not name are told apart. */
  name(text: string): string {
    const bound = this.#whole.names.get(text);
    const image = typeof bound === "number" ? this.image(bound) : undefined;
    if (image === undefined) return `whole ${text}`;
    const { names, terms } = this.#instance;
    for (const [name, other] of names)
      if (typeof other === "number" && terms.find(other) === image) return name;
    return `#${image}`;
  }

  /** Whether a value of the whole says nothing that its image does not say; conditions are looked at later. */
  maps(id: TermId, to: TermId): boolean {
    const [from, place] = [this.#whole.terms.find(id), this.#instance.terms.find(to)];
    const known = this.#images.get(from);
    if (known !== undefined) return known === place;
    const { fixed } = this.#known;
    if (fixed?.has(from) && fixed.get(from) !== place) return false;
    this.#images.set(from, place);
    const [asked, there] = [this.#whole.terms.term(from), this.#instance.terms.term(place)];
    const ops = this.#opsOf(place);
    if (asked.ops && !(ops && [...ops].every((op) => asked.ops!.has(op)))) return false;
    if (asked.count !== undefined && asked.count !== there.count) return false;
    const fits = (isSwapped: boolean) =>
      [...asked.operands].every(([at, operand]) => {
        const other = isSwapped && at < 2 ? 1 - at : at;
        const value = there.operands.get(other);
        return value === undefined ? this.#isSure(operand, other, ops) : this.maps(operand, value);
      });
    const before = new Map(this.#images);
    if (fits(false)) return true;
    if (asked.operands.size === 0 || !ops || ![...ops].every((op) => this.#isCommutative(op)))
      return false;
    this.#images = before;
    return fits(true);
  }

  #isCommutative(op: string): boolean {
    return this.#ops.get(op)?.traits.includes("commutative") === true;
  }

  #opsOf(place: TermId): ReadonlySet<string> | undefined {
    const { at, op } = this.#known;
    if (op !== undefined && at !== undefined && place === this.#instance.terms.find(at))
      return new Set([op]);
    return this.#instance.terms.term(place).ops;
  }

  /** An operand of which nothing is asked, and which every one of the ops has. */
  #isSure(operand: TermId, at: number, ops: ReadonlySet<string> | undefined): boolean {
    const { ops: asked, operands, types } = this.#whole.terms.term(operand);
    if (asked || operands.size > 0 || types.length > 0 || !ops) return false;
    return [...ops].every((op) => {
      const def = this.#ops.get(op)?.operands[at];
      return def !== undefined && !def.optional && !def.variadic;
    });
  }
}

/**
 * Whether the conditions, attributes and types of the general rule follow from those of the special one.
 *
 * @param areReals the name of what has reals, as no rule need say of it
 */
export function follow(
  rule: Stated & Pick<PatternedRule, "pattern">,
  special: Stated,
  embedding: Embedding,
  areReals?: string,
): boolean {
  const rename = (name: string) => (rule.pattern.slots.has(name) ? embedding.name(name) : name);
  const steps = certainSteps(chainsOf(rule))
    .filter(({ step }) => step.type || (step.kind === "node" && step.attributes.length > 0))
    .map(({ step, name }) => {
      const known = name === areReals ? withoutReals(step) : step;
      return { step: renamed(known, rename), name: rename(name) };
    });
  const conditions = renamed(conditionsOf(rule), rename);
  if (steps.length === 0 && conditions.length === 0) return true;
  const { lets, ...asked } = { ...statementsOf(rule), steps, conditions };
  return implies(statementsOf(special), {
    ...asked,
    lets: lets.map((one) => ({
      ...renamed(one, rename),
      name: { ...one.name, text: rename(one.name.text) },
    })),
  });
}

function withoutReals(step: CertainStep["step"]): CertainStep["step"] {
  if (step.type?.dtype?.text !== "f32") return step;
  const { dtype: _, ...type } = step.type;
  return { ...step, type } as CertainStep["step"];
}
