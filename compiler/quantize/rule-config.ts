import type {
  Expression,
  ImportItem,
  Item,
  QuantizeItem,
  SiteReference,
} from "../../grammar/ast.ts";
import { format, parse } from "../../grammar/index.ts";
import { SourceFile } from "../../grammar/source/source-file.ts";
import type { Activation, Layer, LayerDraft, QuantizeConfig, Tensor } from "../config/index.ts";
import { isTypeScript } from "../config/modules.ts";
import { type Quantizer, quantizerOfRequest } from "../config/quantizers.ts";
import { type JsonObject, registerStandard } from "../config/registry.ts";
import type { OpSets } from "../rewrite/pattern.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { quantizerOf } from "./requests-quantizer.ts";

/**
 * A `quantize` rule as a config. Its JSON is a rule file of this one rule with all that it names, which `ruleSource` gives
 * back: so nothing of it is lost, neither its pattern nor its groups. As a config it is asked for nodes that match, and
 * answers what the rule requests of each; which of the captured nodes a layer is, its `capture` says, or else its op.
 */
export class RuleConfig implements QuantizeConfig {
  readonly rule: string;
  /** Where the rule comes from: what it imports from TypeScript is named relative to this. */
  readonly path: string;
  readonly #item: QuantizeItem;
  readonly #quantizers: ReadonlyMap<string, Expression>;
  readonly #opSets: ReadonlyMap<string, readonly string[]>;

  constructor({ rule, path = "rule.qcfg" }: { readonly rule: string; readonly path?: string }) {
    const { value, diagnostics } = parse(path, rule);
    const [fault] = diagnostics;
    if (fault !== undefined)
      throw new Error(`the rule of a config cannot be read: ${fault.message}`);
    const [item, ...others] = value.items.filter(({ kind }) => kind === "quantize");
    if (item?.kind !== "quantize" || others.length > 0)
      throw new Error("the rule of a config is one `quantize` rule");
    this.rule = rule;
    this.path = path;
    this.#item = item;
    this.#quantizers = new Map(
      value.items.flatMap((other) =>
        other.kind === "quantizer" ? [[other.name.text, other.value] as const] : [],
      ),
    );
    this.#opSets = new Map(
      value.items.flatMap((other) =>
        other.kind === "ops"
          ? [[other.name.text, other.alternatives.map(({ text }) => text)] as const]
          : [],
      ),
    );
  }

  getWeightsAndQuantizers(layer: Layer): readonly (readonly [Tensor, Quantizer])[] {
    return this.#operandsOf(layer).filter(([tensor]) => tensor.isConstant);
  }

  getInputsAndQuantizers(layer: Layer): readonly (readonly [Tensor, Quantizer])[] {
    return this.#operandsOf(layer).filter(([tensor]) => !tensor.isConstant);
  }

  getActivationsAndQuantizers(layer: Layer): readonly (readonly [Activation, Quantizer])[] {
    return this.#requestsOf(layer).flatMap(([{ slot }, quantizer]) =>
      slot?.text === "activation" ? [[layer.activation, quantizer] as const] : [],
    );
  }

  getOutputQuantizers(layer: Layer): readonly Quantizer[] {
    return this.#requestsOf(layer).flatMap(([{ slot }, quantizer]) =>
      slot === undefined
        ? layer.outputs.map(() => quantizer)
        : slot.text === "output"
          ? [quantizer]
          : [],
    );
  }

  setQuantizeWeights(layer: LayerDraft, weights: readonly Tensor[]): void {
    const draft = layer as unknown as Record<string, unknown>;
    for (const tensor of weights) {
      const before = draft[tensor.slot!];
      draft[tensor.slot!] = Array.isArray(before) ? before.with(tensor.index!, tensor) : tensor;
    }
  }

  setQuantizeActivations(layer: LayerDraft, activations: readonly Activation[]): void {
    for (const activation of activations) layer.activation = activation;
  }

  getConfig(): JsonObject {
    return { rule: this.rule, path: this.path };
  }

  #operandsOf(layer: Layer): readonly (readonly [Tensor, Quantizer])[] {
    return this.#requestsOf(layer).flatMap(([site, quantizer]) =>
      tensorsAt(site, layer).map((tensor) => [tensor, quantizer] as const),
    );
  }

  #requestsOf(layer: Layer): readonly (readonly [SiteReference, Quantizer])[] {
    const captures = this.#capturesOf(layer);
    return this.#item.clauses.flatMap((clause) => {
      if (clause.kind !== "set" && clause.kind !== "tie") return [];
      const request = clause.value ? quantizerOf(clause.value, this.#quantizers) : "none";
      if (request === "none") return [];
      return clause.sites
        .filter(({ capture }) => captures.has(capture.text))
        .map((site) => [site, quantizerOfRequest(request)] as const);
    });
  }

  /** The names by which the rule may have captured a layer. */
  #capturesOf({ op, capture }: Layer): ReadonlySet<string> {
    if (capture !== undefined) return new Set([capture]);
    const steps = this.#item.clauses.flatMap((clause) =>
      clause.kind === "match" ? clause.chains.flatMap((chain) => chain.steps) : [],
    );
    const names = steps.flatMap((step) => {
      if (step.kind !== "node" || step.capture === undefined) return [];
      const words = step.ops === "any" ? [op] : step.ops.map(({ text }) => text);
      const ops = words.flatMap((word) => this.#opSets.get(word) ?? word);
      return ops.includes(op) ? [step.capture.text] : [];
    });
    return new Set(names.slice(0, 1));
  }
}

registerStandard({ RuleConfig });

/** What a request speaks of among the operands of a layer: `*` means all of them. */
function tensorsAt({ slot, index }: SiteReference, layer: Layer): readonly Tensor[] {
  if (slot === undefined) return layer.inputs;
  const operand = layer.slot(slot.text);
  if (operand === undefined) return [];
  const all: readonly Tensor[] = Array.isArray(operand) ? operand : [operand];
  return typeof index === "number" ? all.slice(index, index + 1) : all;
}

/** A rule as a config. */
export function configOf(rule: QuantizeRule): RuleConfig {
  const { item, quantizers, pattern, span } = rule;
  const file = new SourceFile("", "");
  const nowhere = file.span(0, 0);
  const name = (text: string) => ({ text, span: nowhere });
  const used: Item[] = [...quantizers]
    .filter(([known]) => requestedNames(item).has(known))
    .map(([known, value]) => ({ kind: "quantizer", name: name(known), value, span: nowhere }));
  const sets = setsOf(item, pattern.sets).map(
    ([known, ops]): Item => ({
      kind: "ops",
      name: name(known),
      alternatives: [...ops].map(name),
      span: nowhere,
    }),
  );
  const imports = importsOf(rule);
  const text = format({ file, items: [...imports, ...sets, ...used, item] });
  return new RuleConfig({ rule: writable(text), path: span?.file.path ?? "rule.qcfg" });
}

/** The rule file of a config that was made of a rule. */
export function ruleSource({ path, rule }: RuleConfig) {
  return { path, text: rule };
}

/** Names inside of named patterns are ones that no file can write. */
function writable(text: string): string {
  return text.replaceAll(/_\w+#[\w.#]+/g, (name) => name.replaceAll(/[.#]/g, "_"));
}

function requestedNames({ clauses }: QuantizeItem): ReadonlySet<string> {
  return new Set(
    clauses.flatMap((clause) =>
      (clause.kind === "set" || clause.kind === "tie") && clause.value?.kind === "name"
        ? [clause.value.name.text]
        : [],
    ),
  );
}

/** Op sets of the rule's file that occur in the rule; the compiler knows those of traits. */
function setsOf(
  item: QuantizeItem,
  sets: OpSets,
): readonly (readonly [string, ReadonlySet<string>])[] {
  const { file, start, end } = item.span;
  const words = new Set(file.text.slice(start, end).match(/\b[A-Z]\w*/g));
  return [...sets].filter(([name]) => words.has(name));
}

/** What the rule's file imports from TypeScript, if the rule's expressions use it. */
function importsOf({ item, pattern }: QuantizeRule): readonly ImportItem[] {
  const { file, start, end } = item.span;
  const known = pattern.typescript?.foreign?.exports.get(file) ?? new Map<string, unknown>();
  const words = new Set(file.text.slice(start, end).match(/[A-Za-z_]\w*/g));
  if (![...known.keys()].some((name) => words.has(name))) return [];
  const { items } = parse(file.path, file.text).value;
  return items
    .filter((other) => other.kind === "import")
    .filter(
      ({ names, from }) => isTypeScript(from.text) && names.some(({ text }) => words.has(text)),
    );
}
