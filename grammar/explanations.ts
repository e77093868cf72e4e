import type { Code } from "./source/diagnostic.ts";

/** The long form of a diagnostic, for `qcfg explain --code`. The tests check both texts. */
export interface Explanation {
  readonly title: string;
  readonly why: string;
  /** A file that has this fault. */
  readonly wrong: string;
  /** The same file without it. */
  readonly right: string;
}

const quantizers = "quantizer w8 = LastValue(int8, per: channel, symmetric)\n";

const dropReLU = "rewrite DropReLU {\n  match x -> n: ReLU\n  replace n with x\n}\n";

/** Every code of the grammar's catalogue. */
export const explanations: Readonly<Record<Code, Explanation>> = {
  QC1001: {
    title: "text that is not part of the language",
    why: "There are no semicolons, comments begin with `//` and end with the line, and strings are written in double quotes.",
    wrong: "ops Linear = Dense | Conv2D; # layers with a kernel\n",
    right: "ops Linear = Dense | Conv2D // layers with a kernel\n",
  },
  QC1002: {
    title: "a string without its closing quote",
    why: "A string ends on the line on which it begins.",
    wrong: 'import "std/fold\n',
    right: 'import "std/fold"\n',
  },
  QC1003: {
    title: "something else was expected",
    why: "The label marks where the text stops making sense, or the end of the line on which something is missing. Only the first fault of a clause is told; the other clauses are read as if it were not there.",
    wrong: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel w8\n}\n`,
    right: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel = w8\n}\n`,
  },
  QC1004: {
    title: "a rule without its closing brace",
    why: "The braces of a rule hold its clauses. The next item's word ends the rule all the same, so what follows is still read.",
    wrong: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel = w8\n`,
    right: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel = w8\n}\n`,
  },
  QC1005: {
    title: "a closing brace that closes nothing",
    why: "A rule is closed once, after its last clause.",
    wrong: `${quantizers}quantize KernelOnly {\n  match layer: Dense }\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel = w8\n}\n`,
  },
  QC1006: {
    title: "a clause in the wrong kind of rule",
    why: "`quantize` rules request quantizers and never change the graph: so they need no order and cannot interfere. `rewrite` rules change the graph and request nothing.",
    wrong: `${quantizers}rewrite KernelOnly {\n  match layer: Dense\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel = w8\n}\n`,
  },
  QC1007: {
    title: "nested too deeply",
    why: "Brackets can be nested 50 deep, operators 500 deep, and a clause can have 500 arrows.",
    wrong: `rewrite Deep {\n  match x -> n: ReLU\n  require ${"(".repeat(60)}n.rank${")".repeat(60)} > 0\n  replace n with x\n}\n`,
    right: "rewrite Deep {\n  match x -> n: ReLU\n  require n.rank > 0\n  replace n with x\n}\n",
  },
  QC1008: {
    title: "`...` after a field",
    why: "A new node first takes over what others have, and then replaces parts of it. The other order would suggest that the field is overwritten.",
    wrong:
      "rewrite Same {\n  match x -> c: Conv2D\n  replace c with x -> Conv2D { kernel: c.kernel * 1, ...c }\n}\n",
    right:
      "rewrite Same {\n  match x -> c: Conv2D\n  replace c with x -> Conv2D { ...c, kernel: c.kernel * 1 }\n}\n",
  },
  QC1010: {
    title: "an invalid regular expression",
    why: "A pattern of names is a JavaScript regular expression with the flag `u`. It must match the whole name.",
    wrong: `${quantizers}quantize Heads {\n  match layer: Dense\n  require layer.name ~ /(head_.*/\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Heads {\n  match layer: Dense\n  require layer.name ~ /(head_.*)/\n  set layer.kernel = w8\n}\n`,
  },
  QC1011: {
    title: "text outside all items",
    why: "A file is a list of items, and each begins with a word that says what it is.",
    wrong: "Linear = Dense | Conv2D\n",
    right: "ops Linear = Dense | Conv2D\n",
  },
  QC1012: {
    title: "a rule that matches nothing or does nothing",
    why: "A rule needs a `match`; a `quantize` rule also one of `set`, `tie`, `fuse` and `derive`, a `rewrite` rule a `replace`.",
    wrong: "rewrite Nothing {\n  match n: ReLU\n  require sole(n)\n}\n",
    right: "rewrite Nothing {\n  match x -> n: ReLU\n  replace n with x\n}\n",
  },
  QC1013: {
    title: "a clause that a rule has only once",
    why: "A rule has one pattern and one contract. Several chains of one pattern are separated by commas.",
    wrong:
      "quantize Pair {\n  match a: Dense -> b: ReLU\n  match b -> c: Dense\n  fuse a, b, c\n}\n",
    right: "quantize Pair {\n  match a: Dense -> b: ReLU, b -> c: Dense\n  fuse a, b, c\n}\n",
  },
  QC1014: {
    title: "a number out of range",
    why: "Numbers are 64-bit floating point.",
    wrong: "rewrite Same {\n  match x -> n: ReLU\n  replace n with x\n  preserve within 1e999\n}\n",
    right: "rewrite Same {\n  match x -> n: ReLU\n  replace n with x\n  preserve within 1e-5\n}\n",
  },
  QC1015: {
    title: "two `...` in one shape",
    why: "`...` stands for any number of dimensions; with two of them nobody could say which are which.",
    wrong: `${quantizers}quantize Wide {\n  match layer: Dense :: f32[..., 64, ...]\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Wide {\n  match layer: Dense :: f32[..., 64]\n  set layer.kernel = w8\n}\n`,
  },
  QC1016: {
    title: "a regular expression that is more than a name pattern",
    why: "The time that a name pattern takes grows with the name alone, whatever the pattern: so it cannot look ahead or behind, refer to its groups or know of word boundaries. It always fits the whole name. Several patterns can be joined with `&&`, `||` and `!`.",
    wrong: `${quantizers}quantize Heads {\n  match layer: Dense\n  require layer.name ~ /head(?!_bias).*/\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Heads {\n  match layer: Dense\n  require layer.name ~ /head.*/ && !(layer.name ~ /head_bias.*/)\n  set layer.kernel = w8\n}\n`,
  },
  QC1017: {
    title: "a test without a graph",
    why: "A test gives one graph to the rules of its file and says what they do to it.",
    wrong: `${dropReLU}test "goes away" {\n  expect DropReLU fires == 1\n}\n`,
    right: `${dropReLU}test "goes away" {\n  graph { x :: f32[1, 4] -> ReLU -> y }\n  expect DropReLU fires == 1\n}\n`,
  },
  QC1018: {
    title: "an input or a constant without a complete type",
    why: "The types of all other values follow from those of the inputs and constants, so these are written out: an element type, and a number for each dimension.",
    wrong: `${dropReLU}test "goes away" {\n  graph { x :: f32[1, _] -> ReLU -> y }\n}\n`,
    right: `${dropReLU}test "goes away" {\n  graph { x :: f32[1, 4] -> ReLU -> y }\n}\n`,
  },
  QC1019: {
    title: "a value in a graph that has to be computed",
    why: "A graph in a test says what is there. Numbers, lists of numbers, strings and `true` or `false` can stand for attributes; numbers and lists of them, or names, for operands.",
    wrong: `${dropReLU}test "goes away" {\n  graph { x :: f32[1, 4] -> Concat(x) { axis: 2 - 1 } -> ReLU -> y }\n}\n`,
    right: `${dropReLU}test "goes away" {\n  graph { x :: f32[1, 4] -> Concat(x) { axis: 1 } -> ReLU -> y }\n}\n`,
  },
  QC1020: {
    title: "an input in the middle of a chain",
    why: "A name behind an arrow names the value that comes before it. What a chain begins with may be an input, a constant or one of the results of a node.",
    wrong: `${dropReLU}test "goes away" {\n  graph { x :: f32[1, 4] -> k :: f32[1, 4] = 2 -> ReLU -> y }\n}\n`,
    right: `${dropReLU}test "goes away" {\n  graph { k :: f32[1, 4] = 2, x :: f32[1, 4] -> Add(k) -> ReLU -> y }\n}\n`,
  },
  QC1021: {
    title: "a name with other characters than names have",
    why: "Names in rule files are made of letters a–z, A–Z, digits and `_`. Names of layers, in quotes or between slashes, can have any character. Each such name is told once.",
    wrong: "quantize InFloat {\n  match größe: Conv2D\n  set größe.* = float\n}\n",
    right: "quantize InFloat {\n  match size: Conv2D\n  set size.* = float\n}\n",
  },
  QC1022: {
    title: "a number that is not whole",
    why: "Dimensions, places of operands and results, how often a rule fires, and the steps by which integers may differ are counted.",
    wrong:
      "rewrite DropReLU {\n  match x -> n: ReLU\n  replace n with x\n  preserve steps 1.5\n}\n",
    right: "rewrite DropReLU {\n  match x -> n: ReLU\n  replace n with x\n  preserve steps 1\n}\n",
  },
  QC1201: {
    title: "an unknown op",
    why: "Ops have the names that Keras users know; `qcfg inspect` lists those of a model. Op names are never regular expressions.",
    wrong: "ops Linear = Dense | Conv2d\n",
    right: "ops Linear = Dense | Conv2D\n",
  },
  QC1202: {
    title: "an unknown slot",
    why: "The slots of a node are its operands, `input`, `activation` and `output`.",
    wrong: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernal = w8\n}\n`,
    right: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel = w8\n}\n`,
  },
  QC1203: {
    title: "an unknown attribute",
    why: "Attributes have Keras' names in camelCase.",
    wrong: `${quantizers}quantize Same {\n  match layer: Conv2D { pading: "same" }\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Same {\n  match layer: Conv2D { padding: "same" }\n  set layer.kernel = w8\n}\n`,
  },
  QC1204: {
    title: "a name that the pattern does not bind",
    why: "A rule sees the captures, dimensions and attributes that its `match` names, and its `let`s.",
    wrong:
      "rewrite Same {\n  match x -> conv: Conv2D\n  replace conv with x -> Conv2D { ...cnv }\n}\n",
    right:
      "rewrite Same {\n  match x -> conv: Conv2D\n  replace conv with x -> Conv2D { ...conv }\n}\n",
  },
  QC1205: {
    title: "an unknown quantizer",
    why: "A request is a quantizer that the file or one of its imports defines, a constructor such as `LastValue(int8)`, `none` or `float`.",
    wrong: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel = w4\n}\n`,
    right: `${quantizers}quantize KernelOnly {\n  match layer: Dense\n  set layer.kernel = w8\n}\n`,
  },
  QC1206: {
    title: "an unknown function",
    why: 'Functions are built in or imported from TypeScript: `import { fits } from "./predicates.ts"`.',
    wrong: `${quantizers}quantize Lone {\n  match layer: Dense\n  require sloe(layer)\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Lone {\n  match layer: Dense\n  require sole(layer)\n  set layer.kernel = w8\n}\n`,
  },
  QC1207: {
    title: "an unknown library",
    why: "Libraries come with the compiler; the path of a file of yours begins with `./` or `../`.",
    wrong: 'import "std/flod"\n',
    right: 'import "std/fold"\n',
  },
  QC1208: {
    title: "two items of one name",
    why: "Rules are known by their names, in traces, in `before` and in `expect`; so are quantizers and op sets.",
    wrong: "ops Linear = Dense\nops Linear = Conv2D\n",
    right: "ops Linear = Dense | Conv2D\n",
  },
  QC1209: {
    title: "a name that is bound twice",
    why: "`name: Op` captures one node. To say that a value occurs again, write the bare name.",
    wrong: "quantize Pair {\n  match a: Dense -> a: ReLU\n  set a.output = float\n}\n",
    right: "quantize Pair {\n  match a: Dense -> b: ReLU\n  fuse a, b\n}\n",
  },
  QC1210: {
    title: "a name that is never used",
    why: "A warning. Often it is a misspelling, or an attribute's word without its quotes, which binds a name instead of asking for the word.",
    wrong: `${quantizers}quantize Same {\n  match layer: Conv2D { padding: valid }\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Same {\n  match layer: Conv2D { padding: "valid" }\n  set layer.kernel = w8\n}\n`,
  },
  QC1211: {
    title: "a pattern that falls apart",
    why: "All chains of a pattern must be connected by a value or a node; else every pair of places in the graph would match.",
    wrong:
      "quantize Pair {\n  match a: Dense -> b: ReLU, c: Dense -> d: ReLU\n  fuse a, b, c, d\n}\n",
    right:
      "quantize Pair {\n  match a: Dense -> b: ReLU, b -> c: Dense -> d: ReLU\n  fuse a, b, c, d\n}\n",
  },
  QC1212: {
    title: "an unknown rule",
    why: "`before` and `expect` speak of rules of the file or of its imports.",
    wrong:
      "rewrite DropReLU {\n  match x -> n: ReLU\n  replace n with x\n}\nexpect DropRelu fires >= 1\n",
    right:
      "rewrite DropReLU {\n  match x -> n: ReLU\n  replace n with x\n}\nexpect DropReLU fires >= 1\n",
  },
  QC1213: {
    title: "a word that does not belong there",
    why: "Some attributes, arguments of quantizers and element types take one of a closed list of words.",
    wrong: `${quantizers}quantize Same {\n  match layer: Conv2D { padding: "smae" }\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Same {\n  match layer: Conv2D { padding: "same" }\n  set layer.kernel = w8\n}\n`,
  },
  QC1214: {
    title: "an unknown member",
    why: "A node has its operands, attributes and slots, and properties such as `name`; a value has properties such as `shape`.",
    wrong: `${quantizers}quantize Heads {\n  match layer: Dense\n  require layer.nam ~ /head_.*/\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Heads {\n  match layer: Dense\n  require layer.name ~ /head_.*/\n  set layer.kernel = w8\n}\n`,
  },
  QC1215: {
    title: "an argument that is not taken",
    why: "Arguments of quantizers are words such as `int8` and `symmetric`, or named as in `per: channel`; built-in functions have no named arguments.",
    wrong: "quantizer w8 = LastValue(int8, pre: channel)\n",
    right: "quantizer w8 = LastValue(int8, per: channel)\n",
  },
  QC1216: {
    title: "a name that is used before its `let`",
    why: "Clauses are evaluated in the order in which they are written.",
    wrong:
      "rewrite Scale {\n  match x -> n: Dense\n  require k.rank == 2\n  let k = n.kernel * 2\n  replace n with x -> Dense { ...n, kernel: k }\n}\n",
    right:
      "rewrite Scale {\n  match x -> n: Dense\n  let k = n.kernel * 2\n  require k.rank == 2\n  replace n with x -> Dense { ...n, kernel: k }\n}\n",
  },
  QC1217: {
    title: "definitions that lead back to themselves",
    why: "A quantizer or an op set can stand for others, wherever these are defined, but in the end there must be a quantizer or ops. A set may extend one that the file imports under the same name.",
    wrong: "quantizer w8 = k8\nquantizer k8 = w8\n",
    right: "quantizer w8 = k8\nquantizer k8 = LastValue(int8, symmetric)\n",
  },
  QC1218: {
    title: "an alternative without a tag",
    why: "`as` binds the tag of the alternative that was matched, so that `require which == …` can ask for it. Then each alternative needs one.",
    wrong: `rewrite Same {\n  match x -> one of { relu = ReLU, ReLU6 } as which -> y: Dense\n  require which == "relu"\n  replace y with x\n}\n`,
    right: `rewrite Same {\n  match x -> one of { relu = ReLU, relu6 = ReLU6 } as which -> y: Dense\n  require which == "relu"\n  replace y with x\n}\n`,
  },
  QC1219: {
    title: "a chain that ends in what may be absent",
    why: "A pattern is found from its end. `( … )*` and `( … )?` match nothing as well, and then there is nothing to begin with.",
    wrong: `${quantizers}quantize Stage {\n  match c: Conv2D -> (DepthwiseConv2D -> Conv2D)*\n  set c.kernel = w8\n}\n`,
    right: `${quantizers}quantize Stage {\n  match c: Conv2D -> (DepthwiseConv2D -> Conv2D)+\n  set c.kernel = w8\n}\n`,
  },
  QC1220: {
    title: "a pattern with too few or too many operands",
    why: "Each parameter of a named pattern is given in parentheses. If exactly one is missing, it is the first, and what the chain leads into the pattern is given for it.",
    wrong: `${quantizers}pattern ConvBn(x, conv) = x -> conv: Conv2D -> BatchNorm\nquantize Folded {\n  match ConvBn(c)\n  set c.kernel = w8\n}\n`,
    right: `${quantizers}pattern ConvBn(x, conv) = x -> conv: Conv2D -> BatchNorm\nquantize Folded {\n  match image -> ConvBn(c)\n  set c.kernel = w8\n}\n`,
  },
  QC1221: {
    title: "a pattern that is used like an op",
    why: "A named pattern stands for a chain. It takes operands in their order and can be captured and typed; attributes, `ordered`, `?` and named operands belong to the ops inside.",
    wrong: `${quantizers}pattern Block(c) = c: Conv2D -> ReLU\nquantize Folded {\n  match Block(c) { strides: [1, 1] }\n  set c.kernel = w8\n}\n`,
    right: `${quantizers}pattern Block(c) = c: Conv2D { strides: [1, 1] } -> ReLU\nquantize Folded {\n  match Block(c)\n  set c.kernel = w8\n}\n`,
  },
  QC1222: {
    title: "a chain into the middle of a pattern",
    why: "A chain flows into what a pattern begins with. Where its first parameter is not that, all parameters are written in the parentheses.",
    wrong: `${quantizers}pattern Bypass(x, c) = c: Conv2D -> Add(x)\nquantize Residual {\n  match y -> Bypass(c)\n  set c.kernel = w8\n}\n`,
    right: `${quantizers}pattern Bypass(x, c) = c: Conv2D -> Add(x)\nquantize Residual {\n  match Bypass(y, c)\n  require y.rank == 4\n  set c.kernel = w8\n}\n`,
  },
  QC1223: {
    title: "a parameter that is not in the pattern",
    why: "A parameter stands for a name or for a part of the pattern. One that is not there would bind nothing.",
    wrong: `pattern ConvRelu(c, act) = c: Conv2D -> ReLU\n`,
    right: `pattern ConvRelu(c, act) = c: Conv2D -> act: ReLU\n`,
  },
  QC1224: {
    title: "a pattern where an op is expected",
    why: "A set of ops has ops as members, and a node is computed by one op. A named pattern is several nodes: it is a step of a chain by itself.",
    wrong: `${quantizers}pattern ConvRelu(c) = c: Conv2D -> ReLU\nquantize Kernels {\n  match n: ConvRelu | Dense\n  set n.kernel = w8\n}\n`,
    right: `${quantizers}pattern ConvRelu(c) = c: Conv2D -> ReLU\nquantize Kernels {\n  match one of { ConvRelu(n), n: Dense }\n  set n.kernel = w8\n}\n`,
  },
  QC1225: {
    title: "an unknown phase",
    why: "`before` names a phase of this file or of an imported one, or `main`, the phase of all rules that no other phase lists.",
    wrong: `rewrite Drop {\n  match x -> n: ReLU\n  replace n with x\n}\nphase cleanup { rules Drop before mian }\n`,
    right: `rewrite Drop {\n  match x -> n: ReLU\n  replace n with x\n}\nphase cleanup { rules Drop before main }\n`,
  },
  QC1226: {
    title: "a rule in two phases",
    why: "Phases run one after the other, each with rules of its own. A rule that is needed again is written again under another name.",
    wrong: `rewrite Drop {\n  match x -> n: ReLU\n  replace n with x\n}\nphase early { rules Drop before main }\nphase late { rules Drop }\n`,
    right: `rewrite Drop {\n  match x -> n: ReLU\n  replace n with x\n}\nphase early { rules Drop before main }\n`,
  },
  QC1227: {
    title: "a coverage above 1",
    why: "The coverage of a model is the share of its multiply-accumulates that are done in integers.",
    wrong: "require coverage >= 90\n",
    right: "require coverage >= 0.9\n",
  },
  QC1228: {
    title: "a position in a rule that changes the graph",
    why: "`depth`, `first(Op)` and `last(Op)` speak of the whole model. While rules rewrite it, the answers change, and what is matched would depend on the order of the rewrites. `quantize` rules see a graph that stays as it is.",
    wrong:
      "rewrite Shallow {\n  match x -> n: ReLU\n  require n.depth < 3\n  replace n with x\n}\n",
    right: `${quantizers}quantize Shallow {\n  match n: Dense\n  require n.depth < 3\n  set n.kernel = w8\n}\n`,
  },
  QC1229: {
    title: "an unknown value in a graph",
    why: "A graph is written from its inputs on: a name is given before it is read. An input is a name with a type at the beginning of a chain.",
    wrong: `${dropReLU}test "goes away" {\n  graph { x -> ReLU -> y }\n}\n`,
    right: `${dropReLU}test "goes away" {\n  graph { x :: f32[1, 4] -> ReLU -> y }\n}\n`,
  },
  QC1230: {
    title: "a value in a graph before it is named",
    why: "The chains of a graph are read in their order, as a model is computed: what reads a value comes behind what makes it.",
    wrong: 'test "sum" {\n  graph { x :: f32[1, 8] -> Add(y), x -> y: ReLU }\n}\n',
    right: 'test "sum" {\n  graph { x :: f32[1, 8] -> y: ReLU, x -> Add(y) }\n}\n',
  },
  QC1240: {
    title: "clauses that contradict each other",
    why: "A rule matches where its pattern and all of its conditions hold. These never do together, whatever the graph: an attribute or a dimension would have to be two things, a number would lie between bounds that leave none, a name would have to fit two patterns that exclude each other, or the pattern itself has what `unless` excludes or `every` does not allow.",
    wrong: `${quantizers}quantize Wide {\n  match n: Dense :: f32[_, c]\n  require c % 16 == 0 && c == 24\n  set n.kernel = w8\n}\n`,
    right: `${quantizers}quantize Wide {\n  match n: Dense :: f32[_, c]\n  require c % 16 == 0 && c == 32\n  set n.kernel = w8\n}\n`,
  },
  QC1241: {
    title: "an op that lacks what is asked of it",
    why: "A warning. Of several ops that a node may be, this one has no such attribute or operand, so it never matches; or it has none of the slots that the rule asks something for, so it matches for nothing.",
    wrong: `${quantizers}quantize Units {\n  match n: Dense | Conv2D { units: > 8 }\n  set n.kernel = w8\n}\n`,
    right: `${quantizers}quantize Units {\n  match n: Dense { units: > 8 }\n  set n.kernel = w8\n}\n`,
  },
  QC1242: {
    title: "a group of one thing",
    why: "A warning. `tie` gives several sites one scale, and `fuse` makes several nodes one unit: of one alone they say nothing.",
    wrong: "quantize Pair {\n  match a: Dense -> ReLU\n  fuse a\n}\n",
    right: "quantize Pair {\n  match a: Dense -> b: ReLU\n  fuse a, b\n}\n",
  },
  QC1244: {
    title: "a `quantize` rule in an order",
    why: "Only rewrite rules change the graph, so only they can take a place from each other. Requests are joined, and precedence settles which of two wins.",
    wrong:
      "quantize Acts on n: ReLU set output = float\nrewrite DropReLU {\n  match n: ReLU -> m: ReLU\n  replace m with n\n  before Acts\n}\n",
    right:
      "quantize Acts on n: ReLU set output = float\nrewrite DropReLU {\n  match n: ReLU -> m: ReLU\n  replace m with n\n}\n",
  },
  QC1301: {
    title: "a wrong number of arguments",
    why: "Each function takes the number of arguments that its documentation says.",
    wrong: `${quantizers}quantize Lone {\n  match layer: Dense\n  require sole()\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Lone {\n  match layer: Dense\n  require sole(layer)\n  set layer.kernel = w8\n}\n`,
  },
  QC1302: {
    title: "too many operands",
    why: "In its full form a node lists its operands in their order, and no more than the op has.",
    wrong: `${quantizers}quantize Sum {\n  match sum: Add(x, y, z)\n  set sum.output = w8\n}\n`,
    right: `${quantizers}quantize Sum {\n  match sum: Add(x, y)\n  set sum.output = w8\n}\n`,
  },
  QC1303: {
    title: "a new node without one of its operands",
    why: "An operand comes from the chain (the first one), from the parentheses, from a field or from a node whose parts are carried over.",
    wrong: "rewrite Again {\n  match x -> n: Dense\n  replace n with x -> Dense { units: 3 }\n}\n",
    right:
      "rewrite Again {\n  match x -> n: Dense\n  replace n with x -> Dense { ...n, units: 3 }\n}\n",
  },
  QC1304: {
    title: "a value of the wrong kind",
    why: "`require` takes a condition, arithmetic takes numbers and tensors, an attribute takes what its op says.",
    wrong: `${quantizers}quantize Even {\n  match layer: Dense { units: n }\n  require n % 2\n  set layer.kernel = w8\n}\n`,
    right: `${quantizers}quantize Even {\n  match layer: Dense { units: n }\n  require n % 2 == 0\n  set layer.kernel = w8\n}\n`,
  },
  QC1305: {
    title: "`...` where the number of operands is fixed",
    why: "Only ops with any number of operands, such as `Concat`, have something for `...` to stand for.",
    wrong: `${quantizers}quantize Sum {\n  match sum: Add(...xs)\n  tie sum.output, xs.output = w8\n}\n`,
    right: `${quantizers}quantize Sum {\n  match sum: Concat(...xs)\n  tie sum.output, xs.output = w8\n}\n`,
  },
  QC1306: {
    title: "a value where a node is needed",
    why: "A bare name is a value; `name: Op` captures the node that makes it. Only nodes have slots other than `output`, and only nodes can be fused or replaced.",
    wrong: "rewrite Drop {\n  match x -> n -> ReLU\n  replace n with x\n}\n",
    right: "rewrite Drop {\n  match x -> n: ReLU\n  replace n with x\n}\n",
  },
  QC1307: {
    title: "an argument that is given twice",
    why: "Words such as `symmetric` and `affine` answer the same question.",
    wrong: "quantizer w8 = LastValue(int8, symmetric, affine)\n",
    right: "quantizer w8 = LastValue(int8, symmetric)\n",
  },
  QC1308: {
    title: "a missing argument",
    why: "A quantizer cannot be made without its element type, and a fixed range not without its ends.",
    wrong: "quantizer w8 = LastValue(symmetric)\n",
    right: "quantizer w8 = LastValue(int8, symmetric)\n",
  },
  QC1309: {
    title: "an argument that no parameter takes",
    why: "A quantizer takes its numbers in a fixed order, or by name, and its words in any order.",
    wrong: "quantizer w8 = LastValue(int8, symmetric, 0.5)\n",
    right: "quantizer w8 = LastValue(int8, symmetric)\n",
  },
  QC1310: {
    title: "a list where one node is needed",
    why: "Names in a repetition, on a path or in a spread operand stand for lists, however many there are. `set` and `fuse` take lists; one node is replaced or rebuilt at a time.",
    wrong: "rewrite Shorten {\n  match x -> (r: ReLU)+\n  replace r with x -> ReLU\n}\n",
    right:
      "rewrite Shorten {\n  match x -> (ReLU)+ -> last: ReLU\n  replace last with x -> ReLU\n}\n",
  },
  QC1311: {
    title: "two `...` among operands",
    why: "`...` stands for all operands between those before and those behind it; with two of them nobody could say which are which.",
    wrong: `${quantizers}quantize Sum {\n  match sum: Concat(...xs, ...ys)\n  tie sum.output, xs.output, ys.output = w8\n}\n`,
    right: `${quantizers}quantize Sum {\n  match sum: Concat(...xs)\n  tie sum.output, xs.output = w8\n}\n`,
  },
  QC1312: {
    title: "an input that is not there",
    why: "`input[i]` counts the values that a node reads, weights apart, and begins with 0.",
    wrong: "quantize Second {\n  match d: Dense\n  set d.input[1] = float\n}\n",
    right: "quantize First {\n  match d: Dense\n  set d.input[0] = float\n}\n",
  },
  QC1313: {
    title: "a measure that is the same everywhere",
    why: "`decreases` states a natural number that every application of the rule makes smaller, which is why rewriting ends. An expression without a name of the match has one value at all places, so it cannot become smaller.",
    wrong: "rewrite DropReLU {\n  match x -> n: ReLU\n  replace n with x\n  decreases 3\n}\n",
    right: "rewrite DropReLU {\n  match x -> n: ReLU\n  replace n with x\n  decreases n.rank\n}\n",
  },
};
