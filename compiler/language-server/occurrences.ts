import type {
  Argument,
  Chain,
  EveryClause,
  Expression,
  GraphChain,
  GraphLiteral,
  GraphNode,
  GraphValue,
  Item,
  Name,
  NewNode,
  NodeStep,
  PatternItem,
  QuantizeClause,
  QuantizeItem,
  ReplacementChain,
  RewriteClause,
  RewriteItem,
  SiteReference,
  Step,
  TensorTypePattern,
  TestItem,
} from "../../grammar/ast.ts";
import { type FileScope, itemsOf } from "../../grammar/check/scope.ts";
import type { OpWord } from "../../grammar/vocabulary.ts";
import type { Analysis } from "./analysis.ts";
import { opsCaptured } from "./captures.ts";

/** What a name stands for. The first group is known in the whole file, the second in one rule, the third is the compiler's. */
export type NameKind =
  | ("opSet" | "pattern" | "quantizer" | "rule" | "phase" | "module" | "foreign")
  | ("capture" | "value" | "variable" | "let" | "tag" | "parameter")
  | ("op" | "function" | "observer" | "argument" | "attribute" | "slot" | "dtype" | "word");

/** A name in a text. */
export interface Occurrence {
  readonly name: Name;
  readonly kind: NameKind;
  readonly isDefinition: boolean;
  /** Two occurrences in a file with one key are one thing; names of the whole file have the same key in all files. */
  readonly key: string;
  /** The ops of whose slots and attributes this is one, or the function whose argument it is. */
  readonly owners?: () => readonly OpWord[];
  readonly callee?: string;
}

export type Clause = QuantizeClause | RewriteClause;
export type Rule = QuantizeItem | RewriteItem;

/** Every name of a file, in the order of the text. Rules with a fault are read as far as they could be parsed. */
export function occurrencesOf(analysis: Analysis): readonly Occurrence[] {
  const walk = new Walk(analysis);
  for (const item of itemsOf(analysis.rules)) walk.item(item);
  const { text } = analysis.source;
  // A node of the one-line form has a name that nobody wrote.
  const isWritten = ({ name: { text: word, span }, kind }: Occurrence) =>
    kind === "module" || text.slice(span.start, span.end) === word;
  return walk.found.filter(isWritten).sort((a, b) => a.name.span.start - b.name.span.start);
}

/** The name that an offset touches. */
export function occurrenceAt(
  occurrences: readonly Occurrence[],
  offset: number,
): Occurrence | undefined {
  return occurrences.findLast(({ name: { span } }) => span.start <= offset && offset <= span.end);
}

/** A name of a rule, before it is known what it stands for. */
interface LocalUse {
  readonly name: Name;
  /** Where it can be bound: `binds` surely, `mayBind` where nothing else binds it. */
  readonly role: "binds" | "mayBind" | "uses";
  readonly kind?: NameKind;
}

/** Collects names. A class for what is open: the rule whose names are being read. */
class Walk {
  readonly found: Occurrence[] = [];
  readonly #scope: FileScope;
  readonly #analysis: Analysis;
  #local: LocalUse[] = [];
  #captured: (name: string) => readonly OpWord[] = () => [];

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
    this.#scope = analysis.scope();
  }

  item(item: Item): void {
    switch (item.kind) {
      case "import":
        for (const name of item.names) this.#add(name, "foreign", true);
        this.#add(item.from, "module");
        return;
      case "ops":
        this.#add(item.name, "opSet", true);
        for (const name of item.alternatives) this.#op(name);
        return;
      case "pattern":
        this.#pattern(item);
        return;
      case "quantizer":
        this.#add(item.name, "quantizer", true);
        this.#region(`quantizer ${item.span.start}`, () => this.#expression(item.value));
        return;
      case "expect":
        this.#add(item.rule, "rule");
        return;
      case "phase":
        this.#add(item.name, "phase", true);
        for (const name of item.rules) this.#add(name, "rule");
        for (const name of item.before) this.#add(name, "phase");
        return;
      case "anyResult":
      case "requirement":
        return;
      case "test":
        this.#test(item);
        return;
      default:
        this.#rule(item);
    }
  }

  #add(name: Name, kind: NameKind, isDefinition = false, more: Partial<Occurrence> = {}): void {
    this.found.push({ name, kind, isDefinition, key: `${kind} ${name.text}`, ...more });
  }

  #op(name: Name): void {
    const { ops, opSets, patterns } = this.#scope;
    if (ops.has(name.text)) this.#add(name, "op");
    else if (opSets.has(name.text)) this.#add(name, "opSet");
    else if (patterns.has(name.text)) this.#add(name, "pattern");
  }

  #pattern(item: PatternItem): void {
    this.#add(item.name, "pattern", true);
    this.#captured = opsCaptured(this.#analysis, item);
    this.#region(`pattern ${item.span.start}`, () => {
      for (const name of item.parameters) this.#bind(name, "parameter");
      this.#chain(item.chain);
    });
  }

  #rule(rule: Rule): void {
    if (rule.name.text !== "") this.#add(rule.name, "rule", true);
    const key = `rule ${rule.span.start}`;
    this.#captured = opsCaptured(this.#analysis, rule);
    const clauses: readonly Clause[] = rule.clauses;
    const shared = this.#region(key, () => {
      if (rule.kind === "quantize" && rule.using) {
        const { config, from } = rule.using;
        this.#add(config, "foreign", from !== undefined);
        if (from) this.#add(from, "module");
        this.#arguments(rule.using.arguments, config.text);
      }
      for (const clause of clauses) if (clause.kind !== "unless") this.#clause(clause);
    });
    for (const clause of clauses)
      if (clause.kind === "unless")
        this.#region(`${key} ${clause.span.start}`, () => this.#chains(clause.chains), {
          key,
          names: shared,
        });
  }

  /**
   * Reads a part of the text with names of its own, and says which: those of the part around it stay what they are.
   */
  #region(
    key: string,
    read: () => void,
    outer?: { readonly key: string; readonly names: ReadonlyMap<string, NameKind> },
  ): ReadonlyMap<string, NameKind> {
    this.#local = [];
    read();
    const uses = this.#local.toSorted((a, b) => a.name.span.start - b.name.span.start);
    const bound = new Map<string, NameKind>();
    const definitions = new Set<LocalUse>();
    for (const role of ["binds", "mayBind"] as const)
      for (const use of uses) {
        const { text } = use.name;
        if (use.role !== role || outer?.names.has(text)) continue;
        if (role === "mayBind" && bound.has(text)) continue;
        definitions.add(use);
        if (!bound.has(text)) bound.set(text, use.kind!);
      }
    for (const use of uses) {
      const { name } = use;
      const outside = outer?.names.get(name.text);
      const kind = outside ?? bound.get(name.text);
      const local = `${outside === undefined ? key : outer!.key} ${name.text}`;
      if (kind === undefined) this.#global(name);
      else this.#add(name, kind, definitions.has(use), { key: local });
    }
    return bound;
  }

  /** A name in an expression that the rule does not bind. */
  #global(name: Name): void {
    const { quantizers, vocabulary, foreign } = this.#scope;
    const { text } = name;
    if (quantizers.has(text)) this.#add(name, "quantizer");
    else if (vocabulary.dtypes.includes(text)) this.#add(name, "dtype");
    else if (foreign.has(text)) this.#add(name, "foreign");
    else if (/^[A-Z]/.test(text)) this.#op(name);
    else this.#add(name, "word");
  }

  #bind(name: Name, kind: NameKind): void {
    this.#local.push({ name, kind, role: "binds" });
  }

  #mayBind(name: Name, kind: NameKind): void {
    this.#local.push({ name, kind, role: "mayBind" });
  }

  #use(name: Name): void {
    this.#local.push({ name, role: "uses" });
  }

  /** The names of its graph are its own; the graph that it becomes has its own too. */
  #test({ clauses, span }: TestItem): void {
    const key = `test ${span.start}`;
    const nodes = new Map<string, readonly OpWord[]>();
    this.#captured = (name) => nodes.get(name) ?? [];
    this.#region(key, () => {
      for (const clause of clauses)
        if (clause.kind === "graph") this.#graph(clause.graph, nodes);
        else if (clause.kind === "fires") this.#add(clause.rule, "rule");
        else if (clause.kind === "request") {
          for (const site of clause.sites) this.#site(site);
          this.#expression(clause.value);
        }
    });
    for (const clause of clauses)
      if (clause.kind === "becomes")
        this.#region(`${key} ${clause.span.start}`, () => this.#graph(clause.graph, new Map()));
  }

  #graph({ chains }: GraphLiteral, nodes: Map<string, readonly OpWord[]>): void {
    for (const chain of chains) this.#graphChain(chain, nodes);
  }

  #graphChain({ steps }: GraphChain, nodes: Map<string, readonly OpWord[]>): void {
    for (const [i, step] of steps.entries())
      if (step.kind === "value") this.#graphValue(step, i === 0 && step.type === undefined);
      else if (step.kind === "node") this.#graphNode(step, nodes);
  }

  #graphValue({ name, type }: GraphValue, isRead: boolean): void {
    if (isRead) this.#use(name);
    else this.#bind(name, "value");
    if (type) this.#type(type);
  }

  #graphNode(node: GraphNode, nodes: Map<string, readonly OpWord[]>): void {
    const { name, op, operands = [], fields, type } = node;
    const owners = () => this.#wordsOf([op]);
    this.#op(op);
    if (name) {
      this.#bind(name, "capture");
      nodes.set(name.text, owners());
    }
    for (const { slot, value } of operands) {
      if (slot) this.#add(slot, "slot", false, { owners });
      this.#graphChain(value, nodes);
    }
    for (const field of fields) {
      this.#add(field.name, "attribute", false, { owners });
      this.#expression(field.value);
    }
    if (type) this.#type(type);
  }

  #clause(clause: Clause): void {
    switch (clause.kind) {
      case "match":
      case "unless":
        this.#chains(clause.chains);
        return;
      case "every":
        this.#every(clause);
        return;
      case "require":
        this.#expression(clause.condition);
        return;
      case "let":
        this.#bind(clause.name, "let");
        this.#expression(clause.value);
        return;
      case "set":
      case "tie":
        for (const site of clause.sites) this.#site(site);
        if (clause.value) this.#expression(clause.value);
        return;
      case "fuse":
        for (const name of clause.members) this.#use(name);
        return;
      case "derive":
        for (const site of [clause.site, ...clause.factors]) this.#site(site);
        return;
      case "replace":
        this.#use(clause.target);
        this.#replacement(clause.with);
        return;
      case "preserve":
        return;
      case "before":
        for (const name of clause.rules) this.#add(name, "rule");
        return;
      case "decreases":
        this.#expression(clause.measure);
        return;
    }
  }

  #every({ of, is }: EveryClause): void {
    this.#use(of);
    this.#node(is);
  }

  #chains(chains: readonly Chain[]): void {
    for (const chain of chains) this.#chain(chain);
  }

  #chain(chain: Chain): void {
    for (const step of chain.steps) this.#step(step);
  }

  #step(step: Step): void {
    switch (step.kind) {
      case "value":
        this.#mayBind(step.name, "value");
        break;
      case "node":
        this.#node(step);
        return;
      case "repeat":
        this.#chain(step.chain);
        break;
      case "path":
        if (step.capture) this.#bind(step.capture, "capture");
        if (step.ops !== "any") for (const name of step.ops) this.#op(name);
        break;
      case "choice":
        if (step.as) this.#bind(step.as, "tag");
        for (const { chain } of step.alternatives) this.#chain(chain);
        break;
    }
    this.#type(step.type);
  }

  #node({ capture, ops, operands = [], attributes, type }: NodeStep): void {
    if (capture) this.#bind(capture, "capture");
    if (ops !== "any") for (const name of ops) this.#op(name);
    const owners = () => this.#wordsOf(ops);
    for (const { slot, pattern } of operands) {
      if (slot) this.#add(slot, "slot", false, { owners });
      this.#chain(pattern);
    }
    for (const { name, value, comparison, most } of attributes) {
      this.#add(name, "attribute", false, { owners });
      const isName = value.kind === "name" && comparison === undefined && most === undefined;
      if (isName && /^[a-z_]/.test(value.name.text) && !this.#isWord(value.name.text))
        this.#mayBind(value.name, "variable");
      else this.#expression(value);
      if (most) this.#expression(most);
    }
    this.#type(type);
  }

  #isWord(text: string): boolean {
    return this.#scope.vocabulary.dtypes.includes(text);
  }

  #wordsOf(ops: readonly Name[] | "any"): readonly OpWord[] {
    const { ops: known, opSets } = this.#scope;
    if (ops === "any") return [...known.values()];
    return ops.flatMap(({ text }) => known.get(text) ?? opSets.get(text) ?? []);
  }

  #type(type: TensorTypePattern | undefined): void {
    if (type?.dtype) this.#add(type.dtype, "dtype");
    for (const dimension of type?.dimensions ?? [])
      if (dimension.kind === "variable") this.#mayBind(dimension.name, "variable");
  }

  #site({ capture, slot, index }: SiteReference): void {
    this.#use(capture);
    const captured = this.#captured;
    if (slot) this.#add(slot, "slot", false, { owners: () => captured(capture.text) });
    if (typeof index === "object") this.#use(index);
  }

  #replacement({ steps }: ReplacementChain): void {
    for (const step of steps)
      if (step.kind === "value") this.#expression(step.value);
      else this.#newNode(step);
  }

  #newNode({ op, same, operands = [], from, fields }: NewNode): void {
    const captured = this.#captured;
    const owners = () => (op ? this.#wordsOf([op]) : captured(same?.text ?? ""));
    if (op) this.#op(op);
    if (same) this.#use(same);
    for (const { slot, value } of operands) {
      if (slot) this.#add(slot, "slot", false, { owners });
      this.#replacement(value);
    }
    for (const name of from) this.#use(name);
    for (const { name, value } of fields) {
      this.#add(name, "attribute", false, { owners });
      this.#expression(value);
    }
  }

  #arguments(given: readonly Argument[], callee: string): void {
    for (const { name, value } of given) {
      if (name) this.#add(name, "argument", false, { callee });
      this.#expression(value);
    }
  }

  #expression(e: Expression): void {
    switch (e.kind) {
      case "number":
      case "string":
      case "boolean":
        return;
      case "name":
        this.#use(e.name);
        return;
      case "list":
        for (const item of e.items) this.#expression(item);
        return;
      case "member": {
        this.#expression(e.object);
        const captured = this.#captured;
        const owner = e.object.kind === "name" ? e.object.name.text : "";
        this.#add(e.name, "slot", false, { owners: () => captured(owner) });
        return;
      }
      case "index":
        this.#expression(e.object);
        this.#expression(e.index);
        return;
      case "call":
        this.#callee(e.callee);
        this.#arguments(e.arguments, e.callee.text);
        return;
      case "unary":
        this.#expression(e.operand);
        return;
      case "binary":
      case "near":
        this.#expression(e.left);
        this.#expression(e.right);
        return;
      case "matches":
        this.#expression(e.subject);
        return;
      case "typescript":
        this.#typeScript(e);
        return;
    }
  }

  #callee(name: Name): void {
    const { vocabulary, foreign } = this.#scope;
    if (foreign.has(name.text)) this.#add(name, "foreign");
    else if (vocabulary.quantizers.some(({ name: known }) => known === name.text))
      this.#add(name, "observer");
    else this.#add(name, "function");
  }

  /** Words of the TypeScript that are no members of anything: those that the rule binds are its captures. */
  #typeScript({ span }: Expression): void {
    const text = span.file.text.slice(span.start, span.end);
    const from = text.indexOf("{");
    for (const { 0: word, index } of text.matchAll(/(?<![\w$.])[a-z_]\w*/g))
      if (index > from)
        this.#use({
          text: word,
          span: span.file.span(span.start + index, span.start + index + word.length),
        });
  }
}
