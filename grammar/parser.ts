import {
  type CstNode,
  CstParser,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  type TokenType,
  tokenLabel,
} from "chevrotain";
import * as t from "./tokens.ts";

const { import: Import, ops: Ops, quantizer: Quantizer, expect: Expect } = t.itemWords;
const { quantize: Quantize, rewrite: Rewrite } = t.itemWords;
const { pattern: Pattern, phase: Phase, test: Test } = t.softItemWords;
const {
  match: Match,
  require: Require,
  let: Let,
  set: SetWord,
  tie: Tie,
  fuse: Fuse,
} = t.clauseWords;
const { derive: Derive, replace: Replace, preserve: Preserve, before: Before } = t.clauseWords;
const { unless: Unless, every: Every, decreases: Decreases } = t.clauseWords;
const {
  with: With,
  same: Same,
  any: Any,
  in: In,
  shared: Shared,
  ordered: Ordered,
} = t.reservedWords;
const { true: True, false: False } = t.reservedWords;
const { override: Override, optional: Optional, once: Once } = t.contextualWords;
const { on: On, using: Using, from: From, fires: Fires, as: As } = t.contextualWords;
const { of: Of, user: User, operand: Operand, is: Is } = t.contextualWords;
const { driver: DriverWord, fixpoint: Fixpoint, walk: Walk, rules: Rules } = t.contextualWords;
const { coverage: Coverage, integer_only: IntegerOnly, graph: Graph } = t.contextualWords;
const { result: Result } = t.contextualWords;
const { within: Within, steps: Steps, bits: Bits, reals: Reals } = t.contextualWords;

/** The messages are what was expected; `parse.ts` makes sentences of them. */
const expectation: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => tokenLabel(expected),
  buildNotAllInputParsedMessage: () => "",
  buildNoViableAltMessage: ({ expectedPathsPerAlt, customUserDescription }) =>
    customUserDescription ?? oneOf(expectedPathsPerAlt.flat().map((path) => path[0]!)),
  buildEarlyExitMessage: ({ expectedIterationPaths, customUserDescription }) =>
    customUserDescription ?? oneOf(expectedIterationPaths.map((path) => path[0]!)),
};

function oneOf(tokens: readonly TokenType[]): string {
  const labels = [...new Set(tokens.map(tokenLabel))];
  const last = labels.pop()!;
  return labels.length === 0 ? last : `${labels.join(", ")} or ${last}`;
}

/**
 * The grammar, LL(2), without actions: `build-ast.ts` reads the tree. The start rules are the items that
 * have no clauses, the heads of the two rules, and `clause`: `outline.ts` has cut the file into these.
 */
class RuleParser extends CstParser {
  constructor() {
    super(t.allTokens, {
      recoveryEnabled: false,
      maxLookahead: 2,
      nodeLocationTracking: "onlyOffset",
      errorMessageProvider: expectation,
    });
    this.performSelfAnalysis();
  }

  // Items.

  readonly importItem = this.RULE("importItem", () => {
    this.CONSUME(Import);
    this.OPTION(() => {
      this.CONSUME(t.LeftBrace);
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.anyName) });
      this.CONSUME(t.RightBrace);
      this.CONSUME(From);
    });
    this.CONSUME(t.StringLiteral);
  });

  readonly opsItem = this.RULE("opsItem", () => {
    this.CONSUME(Ops);
    this.CONSUME(t.OpName);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.opAlternatives);
  });

  readonly patternItem = this.RULE("patternItem", () => {
    this.CONSUME(Pattern);
    this.CONSUME(t.OpName);
    this.OPTION(() => {
      this.CONSUME(t.LeftParen);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Name) });
      this.CONSUME(t.RightParen);
    });
    this.CONSUME(t.Assign);
    this.SUBRULE(this.chain);
  });

  readonly phaseItem = this.RULE("phaseItem", () => {
    this.CONSUME(Phase);
    this.CONSUME(t.Name);
    this.CONSUME(t.LeftBrace);
    this.MANY(() =>
      this.OR({
        ERR_MSG: "`driver`, `rules` or `before`",
        DEF: [
          { ALT: () => this.SUBRULE(this.phaseDriver) },
          { ALT: () => this.SUBRULE(this.phaseRules) },
          { ALT: () => this.SUBRULE(this.phaseBefore) },
        ],
      }),
    );
    this.CONSUME(t.RightBrace);
  });

  readonly phaseDriver = this.RULE("phaseDriver", () => {
    this.CONSUME(DriverWord);
    this.OR({
      ERR_MSG: "`fixpoint`, `once` or `walk`",
      DEF: [
        { ALT: () => this.CONSUME(Fixpoint) },
        { ALT: () => this.CONSUME(Once) },
        { ALT: () => this.CONSUME(Walk) },
      ],
    });
  });

  readonly phaseRules = this.RULE("phaseRules", () => {
    this.CONSUME(Rules);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.OpName) });
  });

  readonly phaseBefore = this.RULE("phaseBefore", () => {
    this.CONSUME(Before);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Name) });
  });

  readonly requirementItem = this.RULE("requirementItem", () => {
    this.CONSUME(Require);
    this.OR({
      ERR_MSG: "`integer_only` or `coverage >= …`",
      DEF: [
        { ALT: () => this.CONSUME(IntegerOnly) },
        {
          ALT: () => {
            this.CONSUME(Coverage);
            this.CONSUME(t.AtLeast);
            this.CONSUME(t.NumberLiteral);
          },
        },
      ],
    });
  });

  readonly quantizerItem = this.RULE("quantizerItem", () => {
    this.CONSUME(Quantizer);
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  readonly expectItem = this.RULE("expectItem", () => {
    this.CONSUME(Expect);
    this.OR({
      ERR_MSG: "a rule or `any result`",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(Any);
            this.CONSUME(Result);
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.OpName);
            this.CONSUME(Fires);
            this.SUBRULE(this.comparisonOperator);
            this.CONSUME(t.NumberLiteral);
          },
        },
      ],
    });
  });

  readonly testItem = this.RULE("testItem", () => {
    this.CONSUME(Test);
    this.CONSUME(t.StringLiteral);
    this.CONSUME(t.LeftBrace);
    this.MANY(() =>
      this.OR({
        ERR_MSG: "`graph` or `expect`",
        DEF: [
          { ALT: () => this.SUBRULE(this.graphLiteral) },
          { ALT: () => this.SUBRULE(this.testExpectation) },
        ],
      }),
    );
    this.CONSUME(t.RightBrace);
  });

  readonly testExpectation = this.RULE("testExpectation", () => {
    this.CONSUME(Expect);
    this.OR({
      ERR_MSG: "a rule, `graph` or a site such as `conv.kernel`",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.OpName);
            this.CONSUME(Fires);
            this.SUBRULE(this.comparisonOperator);
            this.CONSUME(t.NumberLiteral);
          },
        },
        { ALT: () => this.SUBRULE(this.graphLiteral) },
        {
          ALT: () => {
            this.SUBRULE(this.sites);
            this.CONSUME(t.Assign);
            this.SUBRULE(this.expression);
          },
        },
      ],
    });
  });

  readonly quantizeHead = this.RULE("quantizeHead", () => {
    this.CONSUME(Quantize);
    this.CONSUME(t.OpName);
    this.MANY(() =>
      this.OR([{ ALT: () => this.CONSUME(Override) }, { ALT: () => this.CONSUME(Optional) }]),
    );
    this.OR2({
      ERR_MSG: "`{`, `on` or `using`",
      DEF: [
        { ALT: () => this.CONSUME(t.LeftBrace) },
        {
          ALT: () => {
            this.CONSUME(On);
            this.SUBRULE(this.step);
            this.OPTION(() => this.SUBRULE(this.usingConfig));
          },
        },
        {
          ALT: () => {
            this.SUBRULE2(this.usingConfig);
            this.OPTION2(() => this.CONSUME2(t.LeftBrace));
          },
        },
      ],
    });
  });

  readonly usingConfig = this.RULE("usingConfig", () => {
    this.CONSUME(Using);
    this.CONSUME(t.OpName);
    this.OPTION(() => this.SUBRULE(this.callArguments));
    this.OPTION2(() => {
      this.CONSUME(From);
      this.CONSUME(t.StringLiteral);
    });
  });

  readonly rewriteHead = this.RULE("rewriteHead", () => {
    this.CONSUME(Rewrite);
    this.CONSUME(t.OpName);
    this.MANY(() =>
      this.OR([{ ALT: () => this.CONSUME(Optional) }, { ALT: () => this.CONSUME(Once) }]),
    );
    this.CONSUME(t.LeftBrace);
  });

  // Clauses.

  readonly clause = this.RULE("clause", () => {
    this.OR({
      ERR_MSG: "a clause",
      DEF: [
        { ALT: () => this.SUBRULE(this.matchClause) },
        { ALT: () => this.SUBRULE(this.unlessClause) },
        { ALT: () => this.SUBRULE(this.everyClause) },
        { ALT: () => this.SUBRULE(this.requireClause) },
        { ALT: () => this.SUBRULE(this.letClause) },
        { ALT: () => this.SUBRULE(this.setClause) },
        { ALT: () => this.SUBRULE(this.tieClause) },
        { ALT: () => this.SUBRULE(this.fuseClause) },
        { ALT: () => this.SUBRULE(this.deriveClause) },
        { ALT: () => this.SUBRULE(this.replaceClause) },
        { ALT: () => this.SUBRULE(this.preserveClause) },
        { ALT: () => this.SUBRULE(this.beforeClause) },
        { ALT: () => this.SUBRULE(this.decreasesClause) },
      ],
    });
  });

  readonly matchClause = this.RULE("matchClause", () => {
    this.CONSUME(Match);
    this.OPTION(() => this.CONSUME(Shared));
    this.AT_LEAST_ONE_SEP({
      ERR_MSG: "a pattern",
      SEP: t.Comma,
      DEF: () => this.SUBRULE(this.chain),
    });
  });

  readonly unlessClause = this.RULE("unlessClause", () => {
    this.CONSUME(Unless);
    this.AT_LEAST_ONE_SEP({
      ERR_MSG: "a pattern",
      SEP: t.Comma,
      DEF: () => this.SUBRULE(this.chain),
    });
  });

  readonly everyClause = this.RULE("everyClause", () => {
    this.CONSUME(Every);
    this.OR({
      ERR_MSG: "`user` or `operand`",
      DEF: [{ ALT: () => this.CONSUME(User) }, { ALT: () => this.CONSUME(Operand) }],
    });
    this.CONSUME(Of);
    this.CONSUME(t.Name);
    this.CONSUME(Is);
    this.SUBRULE(this.nodePattern);
    this.OPTION(() => this.SUBRULE(this.tensorType));
  });

  readonly requireClause = this.RULE("requireClause", () => {
    this.CONSUME(Require);
    this.SUBRULE(this.expression);
  });

  readonly letClause = this.RULE("letClause", () => {
    this.CONSUME(Let);
    this.CONSUME(t.Name);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  readonly setClause = this.RULE("setClause", () => {
    this.CONSUME(SetWord);
    this.SUBRULE(this.sites);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  /** The one-line form: `set kernel = w8, activation = a8` of the one captured node. */
  readonly shortSetClause = this.RULE("shortSetClause", () => {
    this.CONSUME(SetWord);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.shortSetting) });
  });

  readonly shortSetting = this.RULE("shortSetting", () => {
    this.SUBRULE(this.slots);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  readonly tieClause = this.RULE("tieClause", () => {
    this.CONSUME(Tie);
    this.SUBRULE(this.sites);
    this.OPTION(() => {
      this.CONSUME(t.Assign);
      this.SUBRULE(this.expression);
    });
  });

  readonly fuseClause = this.RULE("fuseClause", () => {
    this.CONSUME(Fuse);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.Name) });
  });

  readonly deriveClause = this.RULE("deriveClause", () => {
    this.CONSUME(Derive);
    this.SUBRULE(this.site);
    this.CONSUME(t.Assign);
    this.AT_LEAST_ONE_SEP({ SEP: t.Star, DEF: () => this.SUBRULE2(this.site) });
  });

  readonly replaceClause = this.RULE("replaceClause", () => {
    this.CONSUME(Replace);
    this.CONSUME(t.Name);
    this.CONSUME(With);
    this.SUBRULE(this.newChain);
  });

  readonly preserveClause = this.RULE("preserveClause", () => {
    this.CONSUME(Preserve);
    this.OR({
      ERR_MSG: "`bits`, `reals`, `within` or `steps`",
      DEF: [
        { ALT: () => this.CONSUME(Bits) },
        { ALT: () => this.CONSUME(Reals) },
        {
          ALT: () => {
            this.CONSUME(Within);
            this.CONSUME(t.NumberLiteral);
          },
        },
        {
          ALT: () => {
            this.CONSUME(Steps);
            this.CONSUME2(t.NumberLiteral);
          },
        },
      ],
    });
  });

  readonly beforeClause = this.RULE("beforeClause", () => {
    this.CONSUME(Before);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.OpName) });
  });

  readonly decreasesClause = this.RULE("decreasesClause", () => {
    this.CONSUME(Decreases);
    this.SUBRULE(this.expression);
  });

  // Sites.

  readonly sites = this.RULE("sites", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.site) });
  });

  readonly site = this.RULE("site", () => {
    this.CONSUME(t.Name);
    this.CONSUME(t.Dot);
    this.SUBRULE(this.slots);
  });

  readonly slots = this.RULE("slots", () => {
    this.OR({
      ERR_MSG: "a slot such as `kernel`, `output` or `*`",
      DEF: [
        { ALT: () => this.CONSUME(t.Star) },
        { ALT: () => this.SUBRULE(this.slot) },
        {
          ALT: () => {
            this.CONSUME(t.LeftBrace);
            this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE2(this.slot) });
            this.CONSUME(t.RightBrace);
          },
        },
      ],
    });
  });

  readonly slot = this.RULE("slot", () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket);
      this.OR([
        { ALT: () => this.CONSUME(t.NumberLiteral) },
        { ALT: () => this.CONSUME2(t.Name, { LABEL: "operand" }) },
      ]);
      this.CONSUME(t.RightBracket);
    });
  });

  // Patterns.

  readonly chain = this.RULE("chain", () => {
    this.SUBRULE(this.step);
    this.MANY(() => {
      this.OR([{ ALT: () => this.CONSUME(t.Arrow) }, { ALT: () => this.SUBRULE(this.longArrow) }]);
      this.SUBRULE2(this.step);
    });
  });

  /** `->>(mid: Elementwise)`: any number of nodes in between. */
  readonly longArrow = this.RULE("longArrow", () => {
    this.CONSUME(t.LongArrow);
    this.CONSUME(t.LeftParen);
    this.OPTION(() => {
      this.CONSUME(t.Name);
      this.CONSUME(t.Colon);
    });
    this.OR({
      ERR_MSG: "an op (ops begin with a capital) or `any`",
      DEF: [{ ALT: () => this.CONSUME(Any) }, { ALT: () => this.SUBRULE(this.opAlternatives) }],
    });
    this.CONSUME(t.RightParen);
  });

  readonly step = this.RULE("step", () => {
    this.OR({
      ERR_MSG: "an op or a value",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Name);
            this.CONSUME(t.Colon);
            this.SUBRULE(this.nodePattern);
          },
        },
        { ALT: () => this.CONSUME2(t.Name) },
        { ALT: () => this.SUBRULE2(this.nodePattern) },
        { ALT: () => this.SUBRULE(this.repetition) },
        { ALT: () => this.SUBRULE(this.choice) },
      ],
    });
    this.OPTION(() => this.SUBRULE(this.tensorType));
  });

  readonly repetition = this.RULE("repetition", () => {
    this.CONSUME(t.LeftParen);
    this.SUBRULE(this.chain);
    this.CONSUME(t.RightParen);
    this.OR({
      ERR_MSG: "`+`, `*` or `?`",
      DEF: [
        { ALT: () => this.CONSUME(t.Plus) },
        { ALT: () => this.CONSUME(t.Star) },
        { ALT: () => this.CONSUME(t.Question) },
      ],
    });
  });

  readonly choice = this.RULE("choice", () => {
    this.CONSUME(t.One);
    this.CONSUME(Of);
    this.CONSUME(t.LeftBrace);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.alternative) });
    this.CONSUME(t.RightBrace);
    this.OPTION(() => {
      this.CONSUME(As);
      this.CONSUME(t.Name);
    });
  });

  readonly alternative = this.RULE("alternative", () => {
    this.OPTION(() => {
      this.CONSUME(t.Name);
      this.CONSUME(t.Assign);
    });
    this.SUBRULE(this.chain);
  });

  readonly nodePattern = this.RULE("nodePattern", () => {
    this.OPTION(() => this.CONSUME(Ordered));
    this.OR({
      ERR_MSG: "an op (ops begin with a capital) or `any`",
      DEF: [{ ALT: () => this.CONSUME(Any) }, { ALT: () => this.SUBRULE(this.opAlternatives) }],
    });
    this.OPTION2(() => this.CONSUME(t.Question));
    this.OPTION3(() => {
      this.CONSUME(t.LeftParen);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.operandPattern) });
      this.CONSUME(t.RightParen);
    });
    this.OPTION4(() => {
      this.CONSUME(t.LeftBrace);
      this.MANY_SEP2({ SEP: t.Comma, DEF: () => this.SUBRULE(this.attributePattern) });
      this.CONSUME(t.RightBrace);
    });
  });

  readonly attributePattern = this.RULE("attributePattern", () => {
    this.CONSUME(t.Name);
    this.CONSUME(t.Colon);
    this.OR([
      {
        ALT: () => {
          this.SUBRULE(this.attributeComparison);
          this.SUBRULE(this.arithmetic);
        },
      },
      {
        ALT: () => {
          this.SUBRULE(this.expression);
          this.OPTION(() => {
            this.CONSUME(t.DotDot);
            this.SUBRULE2(this.arithmetic);
          });
        },
      },
    ]);
  });

  readonly attributeComparison = this.RULE("attributeComparison", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.EqualEqual) },
      { ALT: () => this.CONSUME(t.BangEqual) },
      { ALT: () => this.CONSUME(t.AtMost) },
      { ALT: () => this.CONSUME(t.AtLeast) },
      { ALT: () => this.CONSUME(t.LessThan) },
      { ALT: () => this.CONSUME(t.MoreThan) },
    ]);
  });

  readonly opAlternatives = this.RULE("opAlternatives", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Bar, DEF: () => this.CONSUME(t.OpName) });
  });

  readonly operandPattern = this.RULE("operandPattern", () => {
    // `bias =` and `...`. Written out in both rules: two tokens tell them from what follows, but only in one rule.
    this.OPTION(() => {
      this.CONSUME(t.Name);
      this.CONSUME(t.Assign);
    });
    this.OPTION2(() => this.CONSUME(t.Spread));
    this.SUBRULE(this.chain);
    this.OPTION3(() => this.CONSUME(t.Question));
  });

  readonly field = this.RULE("field", () => {
    this.CONSUME(t.Name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression);
  });

  readonly tensorType = this.RULE("tensorType", () => {
    this.CONSUME(t.DoubleColon);
    this.OR({
      ERR_MSG: "an element type or `_`",
      DEF: [{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.Wildcard) }],
    });
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.dimension) });
      this.CONSUME(t.RightBracket);
    });
  });

  readonly dimension = this.RULE("dimension", () => {
    this.OR({
      ERR_MSG: "a dimension (a number, a name, `_` or `...`)",
      DEF: [
        { ALT: () => this.CONSUME(t.Wildcard) },
        { ALT: () => this.CONSUME(t.Spread) },
        { ALT: () => this.CONSUME(t.NumberLiteral) },
        { ALT: () => this.CONSUME(t.Name) },
      ],
    });
  });

  // Graphs.

  readonly graphLiteral = this.RULE("graphLiteral", () => {
    this.CONSUME(Graph);
    this.CONSUME(t.LeftBrace);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.graphChain) });
    this.CONSUME(t.RightBrace);
  });

  readonly graphChain = this.RULE("graphChain", () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Arrow, DEF: () => this.SUBRULE(this.graphStep) });
  });

  readonly graphStep = this.RULE("graphStep", () => {
    this.OR({
      ERR_MSG: "an op, a value or a constant",
      DEF: [
        {
          ALT: () => {
            this.SUBRULE(this.graphName);
            this.CONSUME(t.Colon);
            this.SUBRULE(this.graphNode);
          },
        },
        { ALT: () => this.SUBRULE(this.graphValue) },
        { ALT: () => this.SUBRULE2(this.graphNode) },
        // A name is a value here, never the start of an expression.
        { ALT: () => this.SUBRULE(this.unary), IGNORE_AMBIGUITIES: true },
      ],
    });
  });

  /** A name of the language, or any other one in quotes. */
  readonly graphName = this.RULE("graphName", () => {
    this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.StringLiteral) }]);
  });

  readonly graphValue = this.RULE("graphValue", () => {
    this.SUBRULE(this.graphName);
    this.OPTION(() => {
      this.CONSUME(t.LeftBracket);
      this.CONSUME(t.NumberLiteral);
      this.CONSUME(t.RightBracket);
    });
    this.OPTION2(() => {
      this.SUBRULE(this.tensorType);
      this.OPTION3(() => {
        this.CONSUME(t.LeftBrace);
        this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.field) });
        this.CONSUME(t.RightBrace);
      });
      this.OPTION4(() => {
        this.CONSUME(t.Assign);
        this.SUBRULE(this.expression);
      });
    });
  });

  readonly graphNode = this.RULE("graphNode", () => {
    this.CONSUME(t.OpName);
    this.OPTION(() => {
      this.CONSUME(t.LeftParen);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.graphOperand) });
      this.CONSUME(t.RightParen);
    });
    this.OPTION2(() => {
      this.CONSUME(t.LeftBrace);
      this.MANY_SEP2({ SEP: t.Comma, DEF: () => this.SUBRULE(this.field) });
      this.CONSUME(t.RightBrace);
    });
    this.OPTION3(() => this.SUBRULE(this.tensorType));
  });

  readonly graphOperand = this.RULE("graphOperand", () => {
    this.OPTION(() => {
      this.CONSUME(t.Name);
      this.CONSUME(t.Assign);
    });
    this.SUBRULE(this.graphChain);
  });

  // Replacements.

  readonly newChain = this.RULE("newChain", () => {
    this.AT_LEAST_ONE_SEP({
      ERR_MSG: "an op to build or a value",
      SEP: t.Arrow,
      DEF: () => this.SUBRULE(this.newStep),
    });
  });

  readonly newStep = this.RULE("newStep", () => {
    this.OR({
      ERR_MSG: "an op to build or a value",
      DEF: [
        // A capitalised name is an op to build here, never the start of an expression.
        { ALT: () => this.SUBRULE(this.newNode), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.expression) },
      ],
    });
  });

  readonly newNode = this.RULE("newNode", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(Same);
          this.CONSUME(t.Name);
        },
      },
      { ALT: () => this.CONSUME(t.OpName) },
    ]);
    this.OPTION(() => {
      this.CONSUME(t.LeftParen);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.newOperand) });
      this.CONSUME(t.RightParen);
    });
    this.OPTION2(() => {
      this.CONSUME(t.LeftBrace);
      this.MANY_SEP2({ SEP: t.Comma, DEF: () => this.SUBRULE(this.newField) });
      this.CONSUME(t.RightBrace);
    });
  });

  readonly newOperand = this.RULE("newOperand", () => {
    // `bias =` and `...`. Written out in both rules: two tokens tell them from what follows, but only in one rule.
    this.OPTION(() => {
      this.CONSUME(t.Name);
      this.CONSUME(t.Assign);
    });
    this.OPTION2(() => this.CONSUME(t.Spread));
    this.SUBRULE(this.newChain);
  });

  readonly newField = this.RULE("newField", () => {
    this.OR({
      ERR_MSG: "a field such as `kernel: k`, or `...` and a capture",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Spread);
            this.CONSUME(t.Name);
          },
        },
        { ALT: () => this.SUBRULE(this.field) },
      ],
    });
  });

  // Expressions. `build-ast.ts` gives `&&` precedence over `||`, and `*` over `+`.

  readonly expression = this.RULE("expression", () => {
    this.SUBRULE(this.comparison);
    this.MANY(() => {
      this.OR([{ ALT: () => this.CONSUME(t.AndAnd) }, { ALT: () => this.CONSUME(t.OrOr) }]);
      this.SUBRULE2(this.comparison);
    });
  });

  readonly comparison = this.RULE("comparison", () => {
    this.SUBRULE(this.arithmetic);
    this.OPTION(() =>
      this.OR([
        {
          ALT: () => {
            this.SUBRULE(this.comparisonOperator);
            this.SUBRULE2(this.arithmetic);
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Tilde);
            this.SUBRULE(this.namePattern);
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Near);
            this.SUBRULE3(this.arithmetic);
            this.OPTION2(() => {
              this.CONSUME(Within);
              this.CONSUME(t.NumberLiteral);
            });
          },
        },
      ]),
    );
  });

  readonly comparisonOperator = this.RULE("comparisonOperator", () => {
    this.OR({
      ERR_MSG: "a comparison such as `==` or `>=`",
      DEF: [
        { ALT: () => this.CONSUME(t.EqualEqual) },
        { ALT: () => this.CONSUME(t.BangEqual) },
        { ALT: () => this.CONSUME(t.AtMost) },
        { ALT: () => this.CONSUME(t.AtLeast) },
        { ALT: () => this.CONSUME(t.LessThan) },
        { ALT: () => this.CONSUME(t.MoreThan) },
        { ALT: () => this.CONSUME(In) },
      ],
    });
  });

  readonly namePattern = this.RULE("namePattern", () => {
    this.OR({
      ERR_MSG: "a regular expression between slashes or a glob in quotes",
      DEF: [{ ALT: () => this.CONSUME(t.Regex) }, { ALT: () => this.CONSUME(t.StringLiteral) }],
    });
  });

  readonly arithmetic = this.RULE("arithmetic", () => {
    this.SUBRULE(this.unary);
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Plus) },
        { ALT: () => this.CONSUME(t.Minus) },
        { ALT: () => this.CONSUME(t.Star) },
        { ALT: () => this.CONSUME(t.Slash) },
        { ALT: () => this.CONSUME(t.Percent) },
      ]);
      this.SUBRULE2(this.unary);
    });
  });

  readonly unary = this.RULE("unary", () => {
    this.MANY(() =>
      this.OR([{ ALT: () => this.CONSUME(t.Minus) }, { ALT: () => this.CONSUME(t.Bang) }]),
    );
    this.SUBRULE(this.primary);
    this.MANY2(() => this.SUBRULE(this.suffix));
  });

  readonly suffix = this.RULE("suffix", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.CONSUME(t.Name);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LeftBracket);
          this.SUBRULE(this.expression);
          this.CONSUME(t.RightBracket);
        },
      },
    ]);
  });

  readonly primary = this.RULE("primary", () => {
    this.OR({
      ERR_MSG: "an expression",
      DEF: [
        { ALT: () => this.CONSUME(t.NumberLiteral) },
        { ALT: () => this.CONSUME(t.StringLiteral) },
        { ALT: () => this.CONSUME(t.InlineTypeScript) },
        { ALT: () => this.CONSUME(True) },
        { ALT: () => this.CONSUME(False) },
        {
          ALT: () => {
            this.SUBRULE(this.anyName);
            this.OPTION(() => this.SUBRULE(this.callArguments));
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LeftBracket);
            this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
            this.CONSUME(t.RightBracket);
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LeftParen);
            this.SUBRULE2(this.expression);
            this.CONSUME(t.RightParen);
          },
        },
      ],
    });
  });

  readonly callArguments = this.RULE("callArguments", () => {
    this.CONSUME(t.LeftParen);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.argument) });
    this.CONSUME(t.RightParen);
  });

  readonly argument = this.RULE("argument", () => {
    this.OPTION(() => {
      this.CONSUME(t.Name);
      this.CONSUME(t.Colon);
    });
    this.SUBRULE(this.expression);
  });

  readonly anyName = this.RULE("anyName", () => {
    this.OR({
      ERR_MSG: "a name",
      DEF: [{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.OpName) }],
    });
  });
}

export type StartRule =
  | "importItem"
  | "opsItem"
  | "patternItem"
  | "phaseItem"
  | "requirementItem"
  | "testItem"
  | "quantizerItem"
  | "expectItem"
  | "quantizeHead"
  | "rewriteHead"
  | "clause"
  | "shortSetClause";

const parser = new RuleParser();

export interface ParsedPart {
  readonly cst: CstNode;
  /** The first thing that does not fit; its message says what was expected there. */
  readonly error?: IRecognitionException;
}

/** Reads `tokens`, all of them, as one part of a file. */
export function parsePart(start: StartRule, tokens: readonly IToken[]): ParsedPart {
  parser.input = tokens as IToken[];
  const cst = parser[start]();
  const [error] = parser.errors;
  return error === undefined ? { cst } : { cst, error };
}
