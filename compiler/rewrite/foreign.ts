/** Calls of the user's TypeScript: terms become views of the graph, results become terms. */
import type { Expression, Name } from "../../grammar/ast.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { callFails, callGivesWrongType, exportIsNo, notLoaded } from "../config/diagnostics.ts";
import { constantView, layerView, NotConstant, originOf, tensorView } from "../config/layer.ts";
import { exportNamed, type RuleTypeScript, reasonOf } from "../config/modules.ts";
import { isTensor } from "../ir/graph.ts";
import type { Scope } from "./expression.ts";
import { absent, isAbsent, isList, isOpsTerm, isTensorTerm, type Term, unmet } from "./term.ts";

type Call = Expression & { readonly kind: "call" };
type Inline = Expression & { readonly kind: "typescript" };

/** The function behind a name of TypeScript; `undefined` where the name is not imported from there. */
export function foreignFunction(
  { typescript }: Scope,
  name: Name,
): ((...values: unknown[]) => unknown) | undefined {
  const found = exportNamed(typescript?.foreign, name);
  if (found === undefined) return undefined;
  if (typeof found !== "function") throw new Rejected([exportIsNo(name, "function")]);
  return found as (...values: unknown[]) => unknown;
}

/** What a function of the user's gives for terms; names of nodes among the arguments stand for layers. */
export function callForeign(
  apply: (...values: unknown[]) => unknown,
  { callee, arguments: given, span }: Call,
  terms: readonly Term[],
  scope: Scope,
): Term {
  const values = terms.map((term, i) => {
    const { value } = given[i]!;
    return viewOfTerm(term, scope, value.kind === "name" ? value.name.text : undefined);
  });
  return called(() => apply(...values), { callee: `\`${callee.text}\``, span }, scope);
}

/** The value of `ts{ … }`, in which the names of the rule and of its file's imports are seen. */
export function evaluateInline({ source, span }: Inline, scope: Scope): Term {
  const foreign = scope.typescript?.foreign;
  if (foreign === undefined) throw new Rejected([notLoaded("`ts{ … }`", span)]);
  const words = new Set(source.match(/[A-Za-z_$][\w$]*/g));
  const values = new Map<string, unknown>();
  for (const word of words) {
    const term = scope.lookup(word);
    const exported = exportNamed(foreign, { text: word, span });
    if (term !== undefined) values.set(word, viewOfTerm(term, scope, word));
    else if (exported !== undefined) values.set(word, exported);
  }
  const names = [...values.keys()];
  const apply = () => compiled(source, names, foreign.compile)(...values.values());
  return called(apply, { callee: "`ts{ … }`", span }, scope);
}

const compiledSources = new Map<string, (...values: unknown[]) => unknown>();

/** One function for a source and its names, however often a rule is tried. */
function compiled(
  source: string,
  names: readonly string[],
  compile: (names: readonly string[], source: string) => (...values: unknown[]) => unknown,
): (...values: unknown[]) => unknown {
  const key = `${names.join()}:${source}`;
  const known = compiledSources.get(key) ?? compile(names, source);
  compiledSources.set(key, known);
  return known;
}

interface Called {
  readonly callee: string;
  readonly span: Span;
}

function called(call: () => unknown, { callee, span }: Called, scope: Scope): Term {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (error instanceof Rejected) throw error;
    if (
      error instanceof NotConstant ||
      (error as Error | null)?.constructor?.name === "NotConstant"
    )
      return unmet(() => reasonOf(error));
    throw new Rejected([callFails({ ...factsOf(callee, span, scope), reason: reasonOf(error) })]);
  }
  return termOf(result) ?? rejectResult(result, "a value of a rule", { callee, span }, scope);
}

/** A condition in TypeScript that is neither true nor false. */
export function rejectCondition(expression: Call | Inline, result: Term, scope: Scope): never {
  const { span } = expression;
  const callee = expression.kind === "call" ? `\`${expression.callee.text}\`` : "`ts{ … }`";
  return rejectResult(result, "true or false", { callee, span }, scope);
}

function rejectResult(
  result: unknown,
  wanted: string,
  { callee, span }: Called,
  scope: Scope,
): never {
  const facts = factsOf(callee, span, scope);
  throw new Rejected([callGivesWrongType({ ...facts, given: describe(result), wanted })]);
}

function factsOf(callee: string, span: Span, scope: Scope) {
  const { typescript, graph } = scope;
  const [node] = scope.nodes?.() ?? [];
  const { rule = "a rule" } = typescript ?? {};
  return { rule, callee, span, node: node === undefined ? undefined : graph.node(node).name };
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "object") return Array.isArray(value) ? "a list" : "an object";
  return typeof value === "function" ? "a function" : `the ${typeof value} \`${String(value)}\``;
}

/** What a function sees of a term. */
export function viewOfTerm(term: Term, scope: Scope, name?: string): unknown {
  const { graph, ops, typescript } = scope;
  if (typeof term !== "object") return term;
  if (isList(term)) return Object.freeze(term.map((item) => viewOfTerm(item, scope, name)));
  if (isAbsent(term)) return undefined;
  if (isOpsTerm(term)) return Object.freeze([...term.names]);
  if (isTensorTerm(term)) return constantView(term.tensor);
  return name !== undefined && isLayer(typescript, name)
    ? layerView(graph, ops, graph.node(term.value.node), name)
    : tensorView(graph, term.value);
}

function isLayer(typescript: RuleTypeScript | undefined, name: string): boolean {
  return typescript?.layers.has(name) ?? false;
}

/** What a function gave, as rules see it; `undefined` where it is nothing that they know. */
function termOf(value: unknown): Term | undefined {
  if (value === undefined) return absent;
  if (["number", "string", "boolean"].includes(typeof value)) return value as Term;
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    const terms = value.map(termOf);
    return terms.includes(undefined) ? undefined : (terms as readonly Term[]);
  }
  const origin = originOf(value);
  if (origin === undefined) return undefined;
  return "data" in origin && isTensor(origin)
    ? { kind: "tensor", tensor: origin }
    : { kind: "value", value: origin as Exclude<typeof origin, { data: unknown }> };
}
