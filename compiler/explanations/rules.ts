import type { Code } from "../../grammar/source/diagnostic.ts";
import type { LongForm } from "./long-form.ts";

const scheme = 'import "std/default8bit"\n';
const a8 = "quantizer a8 = AllValues(int8, per: tensor, affine)\n";

/** What rules do to a model (21xx), groups and biases (227x), and what is required of the result (26xx). */
export const ruleExplanations: Readonly<Record<Code, LongForm>> = {
  QC2101: {
    title: "rewriting that does not end",
    why: "Rules are applied until none matches. A rule that matches what it builds, or several that undo each other, would go on for ever. A `require` that is false for the result ends it; `decreases` states what every application makes smaller, and `once` says that a rule leaves alone what it built. Where that can be seen without a model it is said of the rules (QC2120), and nothing is compiled.",
    wrong:
      "rewrite Doubled {\n  match x -> relu: ReLU\n  require size(relu) > 3000\n  replace relu with x -> ReLU -> ReLU\n}\n",
    right:
      "rewrite Doubled once {\n  match x -> relu: ReLU\n  require size(relu) > 3000\n  replace relu with x -> ReLU -> ReLU\n}\n",
  },
  QC2102: {
    title: "a replacement of another type",
    why: "What reads a replaced value relies on its shape and element type, so a replacement has the same. The rule is not applied where it would change them.",
    wrong: "rewrite Flatten {\n  match x -> pool: MaxPool2D\n  replace pool with x\n}\n",
    right:
      "rewrite Flatten optional {\n  match x -> pool: MaxPool2D\n  require pool.shape == x.shape\n  replace pool with x\n}\n",
  },
  QC2103: {
    title: "a replacement by the same",
    why: "A warning. A rewrite that changes nothing is not counted, and would go on for ever.",
    wrong: "rewrite Same optional {\n  match x -> relu: ReLU\n  replace relu with x -> ReLU\n}\n",
    right:
      "rewrite Same optional {\n  match x -> Tanh -> again: Sigmoid\n  replace again with x -> Tanh\n}\n",
  },
  QC2104: {
    title: "a new node that is not possible",
    why: "The operands and attributes that a rule gives to a new node do not fit its op at this place.",
    wrong:
      "rewrite Doubled {\n  match x -> n: Dense\n  replace n with x -> Dense { ...n, kernel: n.bias }\n}\n",
    right:
      "rewrite Doubled once {\n  match x -> n: Dense\n  replace n with x -> Dense { ...n, kernel: n.kernel * 2 }\n}\n",
  },
  QC2105: {
    title: "a rule file that is not there",
    why: "Paths that begin with `./` or `../` are relative to the importing file; `.qcfg` may be left out.",
    wrong: `import "./missing"\n${scheme}`,
    right: scheme,
  },
  QC2107: {
    title: "two rules of one name",
    why: "Reports, `before` and `expect` name rules. A rule of a nearer file takes the place of one that it imports; two at one distance are a mistake.",
    command: "qcfg check scheme.qcfg",
  },
  QC2108: {
    title: "rules that are each to go before the other",
    why: "Where two rules overlap, `before` says which is tried first. A circle says nothing.",
    wrong:
      "rewrite A optional {\n  match n: Tanh -> m: Tanh\n  replace m with n\n  before B\n}\nrewrite B optional {\n  match n: ELU -> m: ELU\n  replace m with n\n  before A\n}\n",
    right:
      "rewrite A optional {\n  match n: Tanh -> m: Tanh\n  replace m with n\n  before B\n}\nrewrite B optional {\n  match n: ELU -> m: ELU\n  replace m with n\n}\n",
  },
  QC2109: {
    title: "requests that contradict each other",
    why: "Rules do not see each other, so their order means nothing. Where two of one strength ask for different quantizers, neither can win. An `override` is stronger than every rule that is none, and the file nearer to the root is stronger than one that it imports.",
    wrong: `${a8}quantize A {\n  match n: MaxPool2D | Dense\n  set n.output = a8\n}\nquantize B {\n  match n: MaxPool2D\n  set n.output = float\n}\n`,
    right: `${a8}quantize A {\n  match n: MaxPool2D | Dense\n  set n.output = a8\n}\nquantize B override {\n  match n: MaxPool2D\n  set n.output = float\n}\n`,
  },
  QC2110: {
    title: "a rule that matches nothing",
    why: "A rule of your own file that does nothing is most often a misspelling. The message says what failed at the place that came nearest. `optional` after the rule's name says that it need not match.",
    wrong: `${a8}quantize Heads {\n  match n: Dense\n  require n.name ~ /head_.*/\n  set n.output = a8\n}\n`,
    right: `${a8}quantize Heads {\n  match n: Dense\n  require n.name ~ /logits/\n  set n.output = a8\n}\n`,
  },
  QC2111: {
    title: "a rule that fires another number of times than expected",
    why: "`expect` states how often a rule is applied or matches, so that a model that was exported anew does not silently lose it.",
    wrong: `${a8}quantize Pools {\n  match n: MaxPool2D\n  set n.output = a8\n}\nexpect Pools fires >= 3\n`,
    right: `${a8}quantize Pools {\n  match n: MaxPool2D\n  set n.output = a8\n}\nexpect Pools fires == 2\n`,
  },
  QC2112: {
    title: "something that is no quantizer",
    why: "A quantizer is an observer with an element type, a granularity and words such as `symmetric`. Its numbers have limits of their own: a momentum is below 1, a percentile at most 100.",
    wrong:
      "quantizer p = Percentile(101, int8)\nquantize Pools {\n  match n: MaxPool2D\n  set n.output = p\n}\n",
    right:
      "quantizer p = Percentile(99.9, int8)\nquantize Pools {\n  match n: MaxPool2D\n  set n.output = p\n}\n",
  },
  QC2113: {
    title: "something that cannot be derived",
    why: "The step of a bias is the product of the steps of the input and the kernel of its own layer: nothing else has a derived scale.",
    wrong: "quantize Derived {\n  match n: Dense\n  derive n.kernel = n.input * n.bias\n}\n",
    right: "quantize Derived {\n  match n: Dense\n  derive n.bias = n.input * n.kernel\n}\n",
  },
  QC2114: {
    title: "a rule that matches and can be applied nowhere",
    why: "The pattern and the clauses hold, but the replacement cannot be computed at any of the places: here the operand is no constant. The message gives the reason at one of them.",
    wrong:
      "rewrite Scaled {\n  match x -> n: Dense\n  replace n with x -> Dense { ...n, kernel: n.kernel * x }\n}\n",
    right:
      "rewrite Scaled once {\n  match x -> n: Dense\n  replace n with x -> Dense { ...n, kernel: n.kernel * 2 }\n}\n",
  },
  QC2117: {
    title: "a new node in a form that graphs of reals do not have",
    why: "Schemes are written for graphs in one form: an activation is a node behind its layer, and integers come when the graph is quantized. A rule that builds a layer with an activation of its own, or with a dtype and a scale, leaves a node that nobody would know.",
    wrong: `${scheme}rewrite Fuse {\n  match x -> c: Conv2D -> r: ReLU\n  replace r with x -> same c { activation: "relu" }\n}\n`,
    right: `${scheme}rewrite Limit optional {\n  match x -> c: Conv2D -> r: ReLU6\n  replace r with x -> same c -> ReLU\n  preserve within 1000\n}\n`,
  },
  QC2118: {
    title: "a quantizer that two imported files name alike",
    why: "A warning. A file sees the quantizers of all that it imports, the nearest first. Of two files that are equally near the one that is imported first counts, which is easily not the one that was meant.",
    command: "qcfg check scheme.qcfg",
  },
  QC2120: {
    title: "rules that may follow each other for ever",
    why: "A rule that matches what it builds, or several that make places for each other, need a reason to end: a weight for each op under which every rule of the circle makes the graph lighter, or a value of each op under which they make its outputs smaller. Neither was found. That is no proof that they go on for ever, and a warning; a compilation that does not end is stopped (QC2101). It is an error where a small graph was made up, which the message then names, whose compilation is stopped.",
    wrong:
      "rewrite Twice optional {\n  match x -> relu: ReLU\n  require relu.name ~ /stem_.*/\n  replace relu with x -> ReLU -> ReLU\n}\n",
    right:
      "rewrite Twice optional once {\n  match x -> relu: ReLU\n  require relu.name ~ /stem_.*/\n  replace relu with x -> ReLU -> ReLU\n}\n",
  },
  QC2121: {
    title: "a rule that is never applied",
    why: "A warning. Graphs were made in which the rule matches, and in all of them another rule, whose pattern is inside of its own, was applied first and left nothing for it: rewriting begins at the inputs, and at one node with the larger pattern. `before` in the rule that is left nothing puts it ahead wherever the two overlap, unless the other one is put ahead of it. `qcfg test` tries more graphs.",
    wrong:
      'rewrite Short optional {\n  match d: Dense { activation: "linear" } -> bn: BatchNorm\n  replace bn with same d { bias: bn.beta }\n}\n\nrewrite Long optional {\n  match d: Dense { activation: "linear" } -> bn: BatchNorm -> r: ReLU\n  replace r with same d { bias: bn.beta } -> ReLU\n}\n',
    right:
      'rewrite Short optional {\n  match d: Dense { activation: "linear" } -> bn: BatchNorm\n  replace bn with same d { bias: bn.beta }\n}\n\nrewrite Long optional {\n  match d: Dense { activation: "linear" } -> bn: BatchNorm -> r: ReLU\n  replace r with same d { bias: bn.beta } -> ReLU\n  before Short\n}\n',
  },
  QC2122: {
    title: "two rules that ask for different things at one place",
    why: "Rules do not see each other, so their order means nothing. A graph was made up in which both rules match at one node, and where neither is stronger: a model that has such a place is rejected. It is an error where one of the rules matches wherever the other does. An `override` is stronger than every rule that is none, and a nearer file than one that it imports.",
    command: "qcfg check scheme.qcfg",
  },
  QC2123: {
    title: "two rules whose order matters",
    why: "A warning. A graph was made in which both rules match and one takes from the other what it needs. What becomes of the graph depends on which is first, and no few steps make one result into the other. `before` says which is meant.",
    wrong:
      'rewrite Clip6 optional {\n  match x -> ReLU -> r: ReLU6\n  replace r with x -> ReLU6\n}\n\nrewrite Smooth optional {\n  match x -> d: Dense { activation: "linear" } -> r: ReLU\n  require d.name ~ /stem_.*/\n  replace r with x -> same d -> Swish\n  preserve within 1\n}\n',
    right:
      'rewrite Clip6 optional {\n  match x -> ReLU -> r: ReLU6\n  replace r with x -> ReLU6\n}\n\nrewrite Smooth optional {\n  match x -> d: Dense { activation: "linear" } -> r: ReLU\n  require d.name ~ /stem_.*/\n  replace r with x -> same d -> Swish\n  preserve within 1\n  before Clip6\n}\n',
  },
  QC2124: {
    title: "a replacement that can have another type",
    why: "A warning. What reads a replaced value relies on its shape and element type. In a graph that was made for the rule the replacement has others, so the rule would not be applied there. Where the pattern itself shows that types are kept nothing is tried.",
    wrong: "rewrite NoPool optional {\n  match x -> pool: MaxPool2D\n  replace pool with x\n}\n",
    right:
      "rewrite NoPool optional {\n  match x -> pool: MaxPool2D\n  require pool.shape == x.shape\n  replace pool with x\n}\n",
  },
  QC2125: {
    title: "a rule that can never win",
    why: "A warning. Wherever a `quantize` rule matches, other rules match too and ask for something else at each of its sites, and they are stronger: an `override` beats every rule that is none, and a nearer file one that it imports. So the rule decides nothing in any model. A tied site loses with any other one of its group; a config (`using`) may ask for every slot of its nodes, so all of them have to be taken. That was proved of the patterns and their conditions. Where your file decides otherwise than a file that it imports nothing is said: `qcfg check --verbose` lists it.",
    wrong: `${scheme}${a8}quantize Wish {\n  match n: Dense\n  set n.output = a8\n}\nquantize Fact override {\n  match n: Dense\n  set n.* = float\n}\n`,
    right: `${scheme}${a8}quantize Wish {\n  match n: Dense\n  set n.output = a8\n}\nquantize Fact override {\n  match n: Dense\n  require n.name ~ /logits/\n  set n.* = float\n}\n`,
  },
  QC2126: {
    title: "a rule that contradicts itself",
    why: "A rule has one strength, so of two different requests that it makes for one site none wins. Sites that it ties are one.",
    wrong: `${scheme}${a8}quantize Both {\n  match n: Dense\n  set n.* = float\n  set n.output = a8\n}\n`,
    right: `${scheme}${a8}quantize Both {\n  match n: Dense\n  set n.kernel = float\n  set n.output = a8\n}\n`,
  },
  QC2127: {
    title: "a replacement that can be impossible",
    why: "A warning. In a graph that was made for the rule, an operand or attribute of a new node is none that its op takes. A model with such a place is rejected.",
    wrong:
      "rewrite AsLayer optional once {\n  match x -> n: ReLU\n  replace n with x -> Dense { kernel: 1 }\n  preserve within 10\n}\n",
    right:
      "rewrite AsClip optional once {\n  match x -> n: ReLU\n  replace n with x -> Maximum(0)\n  preserve bits\n}\n",
  },
  QC2191: {
    title: "a measure that does not decrease",
    why: "`decreases` states a number that every application makes smaller, which is why rewriting ends. A rule is not applied where it does not.",
    command: "qcfg check scheme.qcfg --model model.onnx",
  },
  QC2192: {
    title: "phases that wait for each other",
    why: "`before` orders phases. A circle leaves none that could be first.",
    wrong:
      "rewrite A optional {\n  match n: Tanh -> m: Tanh\n  replace m with n\n}\nrewrite B optional {\n  match n: ReLU6 -> m: ReLU6\n  replace m with n\n}\nphase early { rules A before late }\nphase late { rules B before early }\n",
    right:
      "rewrite A optional {\n  match n: Tanh -> m: Tanh\n  replace m with n\n}\nrewrite B optional {\n  match n: ReLU6 -> m: ReLU6\n  replace m with n\n}\nphase early { rules A before late }\nphase late { rules B before main }\n",
  },
  QC2193: {
    title: "phases without an order",
    why: "The order of a file means nothing, so phases that could change places are a mistake.",
    wrong:
      "rewrite A optional {\n  match n: Tanh -> m: Tanh\n  replace m with n\n}\nphase early { rules A }\n",
    right:
      "rewrite A optional {\n  match n: Tanh -> m: Tanh\n  replace m with n\n}\nphase early { rules A before main }\n",
  },
  QC2271: {
    title: "a weight scale that was raised",
    why: "A warning. A bias is an integer in steps of input scale times weight scale. Where the weights of a channel are tiny and its bias is not, that integer would not fit 32 bits, so the weights of this channel get a larger scale. They hardly matter beside the bias.",
    command: "qcfg explain model.onnx --calib samples.npy --node NAME",
  },
  QC2272: {
    title: "values without a range",
    why: "Statistics are kept by the names of values. These are of another model, or were measured for other rules without `--save-stats`, which measures all values.",
    command: "qcfg compile model.onnx --calib samples.npy --save-stats ranges.json -o build/model",
  },
  QC2273: {
    title: "groups that do not divide the input channels",
    why: "`per: group(n)` gives each n successive input channels of a layer a scale of their own, so n divides their number.",
    wrong:
      "quantizer w = LastValue(int4, per: group(48), symmetric)\nquantize Grouped {\n  match n: Dense\n  set n.kernel = w\n}\n",
    right:
      "quantizer w = LastValue(int4, per: group(32), symmetric)\nquantize Grouped {\n  match n: Dense\n  set n.kernel = w\n}\n",
  },
  QC2274: {
    title: "groups of something that is no weight",
    why: "Only the weights of a layer have input channels to be grouped.",
    wrong:
      "quantizer w = LastValue(int8, per: group(32), symmetric)\nquantize Grouped {\n  match n: Dense\n  set n.output = w\n}\n",
    right:
      "quantizer w = LastValue(int8, per: tensor, symmetric)\nquantize Grouped {\n  match n: Dense\n  set n.output = w\n}\n",
  },
  QC2275: {
    title: "a scale for each channel of a value",
    why: "A warning. The integers of what flows through a network have one scale: sums over channels of several scales would not be sums of integers. Weights and other constants have a scale for each output channel.",
    wrong: `${scheme}quantizer a = AllValues(int8, per: channel, affine)\nquantize Channels override {\n  match n: Dense\n  set n.output = a\n}\n`,
    right: `${scheme}quantizer a = AllValues(int8, per: tensor, affine)\nquantize Channels override {\n  match n: Dense\n  set n.output = a\n}\n`,
  },
  QC2601: {
    title: "a rule that matches nothing, and need not",
    why: "Told with `--warn unmatched-rule` or `--deny unmatched-rule`: a rule of a file that yours imports does nothing in this model. In your own file it is an error anyway (QC2110). Rules with `optional` and those of the standard library are only counted in the summary.",
    command: "qcfg check scheme.qcfg --model model.onnx --deny unmatched-rule",
  },
  QC2602: {
    title: "a name pattern that fits no node",
    why: "A warning, `unknown-name`. A pattern behind `~` fits the whole name of a node or nothing; no node of the model is called like this. Exporters number their nodes anew with every version: select by op, attributes or neighbours where you can.",
    wrong: `${scheme}quantize Stem override {\n  match n: Conv2D\n  require n.name ~ /stem/ || n.name ~ /root_.*/\n  set n.* = float\n}\n`,
    right: `${scheme}quantize Stem override {\n  match n: Conv2D\n  require n.name ~ /stem/\n  set n.* = float\n}\n`,
  },
  QC2603: {
    title: "a request that loses",
    why: "Told with `--warn lost-request` or `--deny lost-request`; the summary of a compilation names it anyway. A rule of your own file asks for something at these sites, and another rule is stronger: an `override`, or one of a nearer file. Where a value has integers, what reads it takes those unless it asks more strongly.",
    wrong: `${scheme}${a8}quantize Wish {\n  match n: Dense\n  set n.output = a8\n}\nquantize Fact override {\n  match n: Dense\n  set n.* = float\n}\n`,
    right: `${scheme}quantize Fact override {\n  match n: Dense\n  set n.* = float\n}\n`,
  },
  QC2604: {
    title: "ops that stay in float",
    why: "Told with `--warn float-op` or `--deny float-op`; the summary of a compilation names them anyway. A rule asks for it, the op has no integer kernel, or what it reads or gives is not quantized.",
    command: "qcfg compile model.onnx --calib samples.npy --deny float-op -o build/model",
  },
  QC2605: {
    title: "a clause that asks for nothing",
    why: "A warning. A rule of your own file matches, but a site that one of its clauses names is nowhere there: the node has no such operand or result, an optional node is absent, or the value is no tensor of reals. Or a `fuse` has nothing inside: no value between its nodes that nothing else reads. `optional` after the rule's name says that this may be.",
    wrong: `${scheme}${a8}quantize Edge override {\n  match n: Dense\n  set n.output[1] = a8\n}\n`,
    right: `${scheme}${a8}quantize Edge override {\n  match n: Dense\n  set n.output = a8\n}\n`,
  },
  QC2606: {
    title: "rules that quantize nothing",
    why: "Told with `--warn nothing-quantized` or `--deny nothing-quantized`; the summary of a compilation says it anyway. A rule file is all that is asked for, so one that does not import a scheme and asks for no quantizer leaves the whole model in float. Where that is meant, `--float` says so.",
    wrong:
      "rewrite ReLUBeforeReLU6 optional {\n  match x -> ReLU -> six: ReLU6\n  replace six with x -> ReLU6\n}\n",
    right: `${scheme}rewrite ReLUBeforeReLU6 optional {\n  match x -> ReLU -> six: ReLU6\n  replace six with x -> ReLU6\n}\n`,
  },
  QC2610: {
    title: "less coverage than was asked for",
    why: "The coverage of a program is the share of its multiply-accumulates that is done in integers, which is where the time goes; of its ops in a model that multiplies nothing. 100% asks for more: that no op at all stays in float.",
    command: "qcfg compile model.onnx --calib samples.npy --min-coverage 90% -o build/model",
  },
  QC2611: {
    title: "a requirement that is not met",
    why: "`require integer_only` allows no op in float; `require coverage >= 0.9` asks for a share of the multiply-accumulates. Both are checked with every compilation and export, and by `qcfg check --model`.",
    wrong: `${scheme}quantize Last override {\n  match n: Dense\n  set n.* = float\n}\nrequire integer_only\n`,
    right: `${scheme}quantize Last override {\n  match n: Dense\n  set n.* = float\n}\nrequire coverage >= 0.9\n`,
  },
  QC2620: {
    title: "a node that is not there",
    why: "`--node` takes the name of a node of the source model, of the program or of the steps between, or a glob: `*` stays inside a part between slashes, `**` does not.",
    command: "qcfg explain model.onnx --node 'encoder/**'",
  },
  QC2621: {
    title: "a rule that is not there",
    why: "`--rule` takes the name of a rule of the file, of those that it imports, or of the libraries that every model is loaded with.",
    command: "qcfg explain model.onnx --rules scheme.qcfg --rule FoldBatchNorm",
  },
  QC2630: {
    title: "a file that is no lock file",
    why: "A lock file is what `--save-lock` wrote: one site a line. Where it was merged by hand, each line is still a JSON object with its integers, and tied sites have one scale.",
    command: "qcfg compile model.onnx --calib samples.npy --save-lock model.lock -o build/model",
  },
  QC2631: {
    title: "a lock file for other sites",
    why: "The model and the rules ask now for other sites or other quantizers than the file has integers for. Nothing is guessed: measure again, and the file's diff shows what moved.",
    command: "qcfg compile model.onnx --calib samples.npy --save-lock model.lock -o build/model",
  },
  QC2632: {
    title: "a lock file for another version of the model or the rules",
    why: "A warning. All sites of the file are still there with the same quantizers, so its scales are used; but the bytes of the model or the texts of the rules are not those that it was written for, so the ranges may not be either.",
    command: "qcfg compile model.onnx --lock model.lock --deny QC2632 -o build/model",
  },
  QC2640: {
    title: "a file that is no log of rewrites",
    why: "`--replay-rules` takes what `qcfg compile --trace-rules=FILE --json` wrote: on each line the rule, the node that it replaced and the nodes that it built, as JSON.",
    command:
      "qcfg compile model.onnx --calib samples.npy --trace-rules=rewrites.log --json -o build/model",
  },
  QC2641: {
    title: "a rewrite that cannot be replayed",
    why: "The rewrites of a log are applied one by one, each at the node that it names. Here the rule, the node or what the rule builds is another one now; all before it were as they were. So it says where two versions of a model, of rules or of the compiler part.",
    command: "qcfg check scheme.qcfg --model model.onnx --replay-rules rewrites.log",
  },
};
