import type { Draw } from "../../compiler/generate/choices.ts";
import type { PatternedRule } from "../../compiler/generate/matching.ts";
import { ops } from "../../compiler/ops/index.ts";
import { loadLibrary } from "../../compiler/rewrite/load-rules.ts";
import type { MatchClause, Step } from "../../grammar/ast.ts";

/** The ops of random patterns; graphs of these alone match by chance. */
export const fewOps: typeof ops = new Map(
  [
    "Add",
    "Multiply",
    "Subtract",
    "Concat",
    "ReLU",
    "Tanh",
    "Abs",
    "Softmax",
    "Dense",
    "Clip",
    "Input",
    "Constant",
  ].map((name) => [name, ops.get(name)!]),
);

const unary = ["ReLU", "Tanh", "Abs"];
const binary = ["Add", "Multiply", "Subtract"];
const names = ["a", "b", "c", "d", "x", "y"];

/** A rule of a few steps that says anything that the language of patterns can, with its text; `undefined` where the checker does not take it. */
export function randomRule(
  draw: Draw,
): { readonly text: string; readonly rule: PatternedRule } | undefined {
  const text = ruleText(draw);
  const { value, diagnostics } = loadLibrary(
    { path: "random.qcfg", text },
    { ops, resolve: () => undefined },
  );
  const rule = value?.quantizes[0] ?? value?.rewrites.find(({ kind }) => kind === "rewrite");
  const hasError = diagnostics.some(({ severity }) => severity === "error");
  return hasError || !rule || rule.kind === "code" || !isConnected(rule)
    ? undefined
    : { text, rule };
}

/**
 * Whether its chains share names that are bound in every match. The checker asks for less; then a chain whose names are in a part that is
 * absent could be anywhere, and no way leads there.
 */
function isConnected({ item }: PatternedRule): boolean {
  const clauses: readonly { readonly kind: string }[] = item.clauses;
  const chains = clauses.flatMap((clause) =>
    clause.kind === "match" || clause.kind === "unless" ? (clause as MatchClause).chains : [],
  );
  const [first = new Set(), ...others] = chains.map(({ steps }) => new Set(sureNames(steps)));
  return others.every((names) => [...names].some((name) => first.has(name)));
}

function sureNames(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step): readonly string[] => {
    if (step.kind === "value") return [step.name.text];
    if (step.kind !== "node") return [];
    const operands = (step.operands ?? []).filter(
      ({ spread, optional }) => !spread && !optional && !step.optional,
    );
    return [
      ...(step.capture ? [step.capture.text] : []),
      ...operands.flatMap(({ pattern }) => sureNames(pattern.steps)),
    ];
  });
}

function ruleText(draw: Draw): string {
  const others = draw.chance(1, 3) ? [chain(draw, 2)] : [];
  const match = `match ${draw.chance(1, 3) ? "shared " : ""}${[chain(draw, 2, true), ...others].join(",\n    ")}`;
  const clauses = [match, ...(draw.chance(1, 4) ? [condition(draw)] : [])].join("\n  ");
  return draw.chance(1, 3)
    ? `rewrite R optional {\n  ${clauses}\n  replace root with x -> Tanh\n}\n`
    : `quantize R optional {\n  ${clauses}\n  set root.output = none\n}\n`;
}

function condition(draw: Draw): string {
  const name = draw.pick(["root", ...names]);
  return draw.pick([
    `require present(${name})`,
    `require root != ${name}`,
    `unless ${name} -> ${node(draw, 0)}`,
    `every user of ${name} is ${node(draw, 0)}`,
    `every operand of ${name} is ${node(draw, 1)}`,
  ]);
}

/** `root` names one node of it. */
function chain(draw: Draw, depth: number, isMain = false): string {
  const first = draw.chance(1, 2) ? [draw.pick(names)] : [];
  const count = 1 + draw.below(depth + 1);
  const before = Array.from({ length: count - 1 }, () => step(draw, depth));
  const last = isMain ? [`root: ${node(draw, depth)}`] : [step(draw, depth)];
  const behind = draw.chance(1, 5) ? [step(draw, 0)] : [];
  const steps = [...first, ...before, ...last, ...behind];
  return steps.reduce((text, one) => `${text} ${arrow(draw)} ${one}`);
}

function arrow(draw: Draw): string {
  if (!draw.chance(1, 10)) return "->";
  return `->>(${draw.pick(["", `${draw.pick(names)}: `])}${draw.pick(["any", "Elementwise", "ReLU | Add"])})`;
}

function step(draw: Draw, depth: number): string {
  const kind = draw.below(12);
  if (depth > 0 && kind === 0) return `(${chain(draw, depth - 1)})${draw.pick(["+", "*", "?"])}`;
  if (depth > 0 && kind === 1) {
    const tags = draw.chance(1, 2) ? ["one = ", "two = "] : ["", ""];
    const all = tags.map((tag) => tag + chain(draw, depth - 1)).join(", ");
    return `one of { ${all} }${tags[0] === "" ? "" : " as which"}`;
  }
  if (kind === 2) return draw.pick(names);
  const capture = draw.chance(1, 3) ? `${draw.pick(names)}: ` : "";
  return capture + node(draw, depth) + (draw.chance(1, 6) ? "?" : "");
}

function node(draw: Draw, depth: number): string {
  const kind = draw.below(10);
  if (kind === 0) return "any";
  if (kind === 1) return `ReLU | ${draw.pick(binary)}`;
  if (kind === 2) return `Concat${draw.chance(2, 3) ? `(${items(draw, depth)})` : ""}`;
  if (kind === 3)
    return `Clip { ${draw.pick(["min: 0", "max: > 2", "min: m", "max: 0 .. 8", "min: m, max: m"])} }`;
  if (kind === 4)
    return `Softmax${draw.pick(["", " :: f32[n, ...]", " :: _[_, _]", " :: f32[..., n, n]"])}`;
  if (kind === 5)
    return `Dense(${draw.pick(["x", operand(draw, depth)])}, k: Const${draw.pick(["", ", b?", ", bias = c: Const?"])})`;
  if (kind > 7) return draw.pick(unary) + draw.pick(["", "", ` :: f32[n, ...]`]);
  const op = `${draw.chance(1, 6) ? "ordered " : ""}${draw.pick(binary)}`;
  return draw.chance(2, 3) ? `${op}(${operands(draw, depth)})` : op;
}

function operands(draw: Draw, depth: number): string {
  return Array.from({ length: draw.pick([2, 2, 1]) }, () => operand(draw, depth)).join(", ");
}

function items(draw: Draw, depth: number): string {
  const listed = Array.from({ length: draw.below(3) }, () => operand(draw, depth));
  const pattern = draw.chance(1, 2)
    ? draw.pick(names)
    : `${draw.pick(names)}: ${node(draw, Math.max(0, depth - 1))}`;
  const spread = draw.chance(2, 3) ? [`...${pattern}`] : [];
  return [...listed.slice(1), ...spread, ...listed.slice(0, 1)].join(", ") || "x";
}

function operand(draw: Draw, depth: number): string {
  if (depth === 0 || draw.chance(1, 2)) return draw.pick(names);
  return draw.chance(1, 2) ? step(draw, depth - 1) : chain(draw, depth - 1);
}
