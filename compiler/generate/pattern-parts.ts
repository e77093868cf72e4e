import type {
  ChainPattern,
  GroupPattern,
  NodePattern,
  OperandSpec,
  Pattern,
  ValuePattern,
} from "../rewrite/pattern.ts";

/** All values that a pattern speaks of, those of groups too, from the roots to the operands. */
export function valuesOf({ chains }: Pick<Pattern, "chains">): readonly ValuePattern[] {
  const open = chains.flatMap(({ root, below }) => [
    root,
    ...below.map((step): ValuePattern => (step.kind === "value" ? step : valueOfNode(step))),
  ]);
  const found: ValuePattern[] = [];
  for (let value = open.shift(); value !== undefined; value = open.shift()) {
    found.push(value);
    const { node, group } = value;
    if (node?.input) open.push(node.input);
    for (const { pattern } of node?.operands ?? []) open.push(pattern);
    if (group) open.push(...valuesInGroup(group));
  }
  return found;
}

/** All nodes that a pattern speaks of. */
export function nodesOf(pattern: Pick<Pattern, "chains">): readonly NodePattern[] {
  return valuesOf(pattern).flatMap(({ node }) => (node ? [node] : []));
}

function valueOfNode(node: NodePattern): ValuePattern {
  return { kind: "value", slots: [], types: [], node };
}

function valuesInGroup(group: GroupPattern): readonly ValuePattern[] {
  switch (group.kind) {
    case "repeat":
      return group.input ? [group.body, group.input] : [group.body];
    case "path":
      return [group.input];
    case "choice":
      return group.alternatives.map(({ pattern }) => pattern);
  }
}

/** The pattern with one of its parts changed; the part is found as the object that it is. */
export function replacedIn<Part extends ValuePattern | NodePattern>(
  pattern: Pattern,
  part: Part,
  by: Part,
): Pattern {
  const value = (old: ValuePattern): ValuePattern => {
    if (old === part) return by as ValuePattern;
    const { node: inner, group } = old;
    if (inner) {
      const changed = node(inner);
      return changed === inner ? old : { ...old, node: changed };
    }
    if (!group) return old;
    const changed = inGroup(group, value);
    return changed === group ? old : { ...old, group: changed };
  };
  const node = (old: NodePattern): NodePattern => {
    if (old === part) return by as NodePattern;
    const input = old.input && value(old.input);
    const operands = old.operands && mapped(old.operands, (spec) => operand(spec, value));
    if (input === old.input && operands === old.operands) return old;
    return { ...old, ...(input && { input }), ...(operands && { operands }) };
  };
  const chains = pattern.chains.map(
    (chain): ChainPattern => ({
      ...chain,
      root: value(chain.root),
      below: mapped(chain.below, (step) => (step.kind === "node" ? node(step) : value(step))),
    }),
  );
  return { ...pattern, chains };
}

function operand(spec: OperandSpec, value: (old: ValuePattern) => ValuePattern): OperandSpec {
  const pattern = value(spec.pattern);
  return pattern === spec.pattern ? spec : { ...spec, pattern };
}

function inGroup(group: GroupPattern, value: (old: ValuePattern) => ValuePattern): GroupPattern {
  switch (group.kind) {
    case "path": {
      const input = value(group.input);
      return input === group.input ? group : { ...group, input };
    }
    case "repeat": {
      const body = value(group.body);
      const input = group.input && value(group.input);
      if (body === group.body && input === group.input) return group;
      return { ...group, body, ...(input && { input }) };
    }
    case "choice": {
      const alternatives = mapped(group.alternatives, (alternative) => {
        const pattern = value(alternative.pattern);
        return pattern === alternative.pattern ? alternative : { ...alternative, pattern };
      });
      return alternatives === group.alternatives ? group : { ...group, alternatives };
    }
  }
}

/** The list itself where nothing in it changes. */
function mapped<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = list.map(change);
  return changed.every((item, i) => item === list[i]) ? list : changed;
}
