import type { Node } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { type Guard, guardOfTests, rootTestsOf } from "./guard.ts";
import type { Question, RootTest } from "./root-test.ts";
import type { QuantizeRule, RewriteRule } from "./rule.ts";
import { rulesByOp } from "./rule-index.ts";

/** A question is asked where it tells so many rules apart: it costs what a test of one of them costs. */
const fewestTold = 3;

/** A rule, or what is made of it, that may match at a node if its guard holds: all that has not been asked on the way to it. */
export interface Candidate<Item> {
  readonly item: Item;
  readonly guard: Guard;
}

/**
 * The rules that can match at a node, in the order given. Where a hundred rules look at one op, most differ in the answer to one
 * question, as what the operand is or how the node is called: that is asked once for all.
 * (Decision trees as in L. Maranget, "Compiling Pattern Matching to Good Decision Trees", ML 2008, made as far as nodes need them.)
 */
export function candidatesAt<Rule extends RewriteRule | QuantizeRule, Item>(
  rules: readonly Rule[],
  ops: OpTable,
  make: (rule: Rule) => Item,
): (node: Node, graph: GraphView) => readonly Candidate<Item>[] {
  const starting = rulesByOp(rules);
  const trees = new Map<string, Tree<Item>>();
  const plant = (op: string) => {
    const tested = starting(op).map((rule) => ({
      item: make(rule),
      tests: rule.kind === "code" ? [] : rootTestsOf(rule, op, ops),
    }));
    const tree = new Tree(tested);
    trees.set(op, tree);
    return tree;
  };
  return (node, graph) => (trees.get(node.op) ?? plant(node.op)).at(node, graph);
}

interface Tested<Item> {
  readonly item: Item;
  readonly tests: readonly RootTest[];
}

/** A list of which some are told apart by one question; its branches are made when they are needed. */
class Tree<Item> {
  /** Where nothing more is asked. */
  readonly #candidates: readonly Candidate<Item>[];
  readonly #tested: readonly Tested<Item>[];
  /** That have been asked on the way here. */
  readonly #asked: ReadonlySet<string>;
  readonly #question: Question | undefined;
  /** Of the answers that some test accepts. */
  readonly #branches = new Map<unknown, Tree<Item> | undefined>();
  #other: Tree<Item> | undefined;
  #undecided: Tree<Item> | undefined;

  constructor(tested: readonly Tested<Item>[], asked: ReadonlySet<string> = new Set()) {
    this.#tested = tested;
    this.#asked = asked;
    this.#question = mostTelling(tested, asked);
    if (this.#question === undefined) {
      this.#candidates = tested.map(({ item, tests }) => ({ item, guard: guardOfTests(tests) }));
      return;
    }
    this.#candidates = [];
    for (const { accepted } of this.#testsOfQuestion())
      for (const answer of accepted) this.#branches.set(answer, undefined);
  }

  at(root: Node, graph: GraphView): readonly Candidate<Item>[] {
    let tree: Tree<Item> = this;
    while (tree.#question) tree = tree.#branch(tree.#question.ask(root, graph));
    return tree.#candidates;
  }

  #branch(answer: unknown): Tree<Item> {
    if (typeof answer === "object") {
      this.#undecided ??= this.#with(this.#tested);
      return this.#undecided;
    }
    if (!this.#branches.has(answer)) {
      this.#other ??= this.#where(() => false);
      return this.#other;
    }
    let branch = this.#branches.get(answer);
    if (branch === undefined) {
      branch = this.#where((accepted) => accepted.has(answer));
      this.#branches.set(answer, branch);
    }
    return branch;
  }

  /** Those whose tests that ask the question accept the answer, and those that do not ask it. */
  #where(accepts: (accepted: Question["accepted"]) => boolean): Tree<Item> {
    const { key } = this.#question!;
    const left = this.#tested.filter(({ tests }) =>
      tests.every(({ question }) => question?.key !== key || accepts(question.accepted)),
    );
    const isOpen = ({ question }: RootTest) => question?.key !== key || !question.isAll;
    return this.#with(left.map(({ item, tests }) => ({ item, tests: tests.filter(isOpen) })));
  }

  #with(left: readonly Tested<Item>[]): Tree<Item> {
    return new Tree(left, new Set([...this.#asked, this.#question!.key]));
  }

  #testsOfQuestion(): readonly Question[] {
    const { key } = this.#question!;
    return this.#tested.flatMap(({ tests }) =>
      tests.flatMap(({ question }) => (question?.key === key ? [question] : [])),
    );
  }
}

/** The question that most of them ask, unless these are few. */
function mostTelling(
  tested: readonly Tested<unknown>[],
  asked: ReadonlySet<string>,
): Question | undefined {
  if (tested.length < fewestTold) return undefined;
  const counts = new Map<string, number>();
  let most: Question | undefined;
  let highest = fewestTold - 1;
  for (const { tests } of tested)
    for (const { question } of tests) {
      if (question === undefined || asked.has(question.key)) continue;
      const count = (counts.get(question.key) ?? 0) + 1;
      counts.set(question.key, count);
      if (count <= highest) continue;
      highest = count;
      most = question;
    }
  return most;
}
