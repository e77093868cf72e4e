import type { Expression } from "../../grammar/ast.ts";
import { beginningsOf } from "../../grammar/name-pattern.ts";
import type { Node, NodeId } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { compileCondition, evaluateExpression, type Scope } from "./expression.ts";
import { opsNamed, type Pattern } from "./pattern.ts";
import {
  listQuestion,
  nothingDecided,
  plainValue,
  type Question,
  type RootTest,
  type Way,
} from "./root-test.ts";
import { ifMet, type Term } from "./term.ts";

/** That a plain condition holds of the nodes at the ends of some ways. */
export function conditionTest(condition: Expression, place: Place): RootTest {
  const isTrue = compileCondition(condition);
  const find = () => isTrue(place);
  const question = questionOf(condition, place);
  const holds: RootTest["holds"] = (root, graph) => place.at(root, graph, find) === true;
  return question ? { holds, question } : { holds };
}

function questionOf(condition: Expression, place: Place): Question | undefined {
  if (condition.kind === "matches") return beginningQuestion(condition, place);
  if (condition.kind !== "binary" || condition.operator !== "==") return undefined;
  return valueQuestion(condition, place);
}

/** What a name begins with: patterns of names differ there or soon after, and one look tells them apart. */
function beginningQuestion(
  { subject, pattern }: Expression & { kind: "matches" },
  place: Place,
): Question | undefined {
  const key = keyOf(subject, place);
  const accepted = beginningsOf(pattern);
  if (key === undefined || accepted.size > mostBeginnings) return undefined;
  const find = () => evaluateExpression(subject, place);
  const ask: Question["ask"] = (root, graph) => {
    const name = place.at(root, graph, find);
    if (typeof name !== "string") return undefined;
    return printable.test(name) ? name[0] : nothingDecided;
  };
  return { key: `beginning of ${key}`, ask, accepted, isAll: false };
}

const mostBeginnings = 16;
const printable = /^[ -~]/;

/** Of a condition that something is equal to one value. */
function valueQuestion(
  { left, right }: Expression & { kind: "binary" },
  place: Place,
): Question | undefined {
  const [asked, value] = plainValue(right) === undefined ? [right, left] : [left, right];
  const key = keyOf(asked, place);
  const wanted = plainValue(value);
  if (wanted === undefined || key === undefined) return undefined;
  const find = () => evaluateExpression(asked, place);
  const ask: Question["ask"] = (root, graph) => place.at(root, graph, find);
  // A list is equal to a number that all its elements are, so they are not asked for together.
  const question = { key, ask, accepted: new Set([wanted]), isAll: true };
  return Array.isArray(wanted) ? listQuestion(question) : question;
}

/** An expression with ways in the place of names, where all of it is one of a few kinds. */
function keyOf(e: Expression, place: Place): string | undefined {
  switch (e.kind) {
    case "number":
      return `${e.value}`;
    case "name":
      return place.wayOf(e.name.text)?.join();
    case "member":
      return joined([keyOf(e.object, place), e.name.text], ".");
    case "index":
      return joined([keyOf(e.object, place), keyOf(e.index, place)], " at ");
    case "call":
      return joined(
        [e.callee.text, ...e.arguments.map(({ value }) => keyOf(value, place))],
        " of ",
      );
    default:
      return undefined;
  }
}

function joined(parts: readonly (string | undefined)[], by: string): string | undefined {
  return parts.includes(undefined) ? undefined : `(${parts.join(by)})`;
}

/** Where a name of a rule leads from a root, and what it stands for at the last one that was looked at. */
interface Spot {
  readonly way: Way;
  readonly value: { node: NodeId; output: number };
  readonly term: Term;
}

function spotAt(way: Way): Spot {
  const value = { node: 0, output: 0 };
  return { way, value, term: { kind: "value", value } };
}

/**
 * What the names of a rule stand for at a root. A term that it gives lives as long as the condition is evaluated that asks: the
 * next root writes over it, as terms of their own for a hundred rules at each of a hundred thousand nodes are most of what would be allocated.
 */
export class Place implements Scope {
  readonly ops: OpTable;
  readonly #pattern: Pattern;
  readonly #spots: ReadonlyMap<string, Spot>;
  #root!: Node;
  graph!: GraphView;

  constructor(pattern: Pattern, ops: OpTable, ways: ReadonlyMap<string, Way>) {
    this.#pattern = pattern;
    this.ops = ops;
    this.#spots = new Map([...ways].map(([name, way]) => [name, spotAt(way)]));
  }

  wayOf(name: string): Way | undefined {
    return this.#spots.get(name)?.way;
  }

  /** What is found at a root; `undefined` where it has no value there. */
  at(root: Node, graph: GraphView, find: () => Term): Term | undefined {
    this.#root = root;
    this.graph = graph;
    return ifMet(find);
  }

  lookup(name: string): Term | undefined {
    const spot = this.#spots.get(name);
    return spot && this.#find(spot) ? spot.term : undefined;
  }

  opsNamed(name: string): ReadonlySet<string> | undefined {
    return opsNamed(name, this.ops, this.#pattern.sets);
  }

  /** Whether there are operands all the way. */
  #find({ way, value }: Spot): boolean {
    let node = this.#root;
    value.node = node.id;
    value.output = 0;
    for (const at of way) {
      const operand = node.operands[at];
      if (operand === undefined) return false;
      value.node = operand.node;
      value.output = operand.output;
      node = this.graph.node(operand.node);
    }
    return true;
  }
}
