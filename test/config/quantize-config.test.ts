import { describe, expect, it } from "vitest";
import {
  deserialize,
  EntropyQuantizer,
  FixedQuantizer,
  LastValueQuantizer,
  type Layer,
  type LayerDraft,
  MovingAverageQuantizer,
  NoQuantizer,
  QuantizeConfig,
  Quantizer,
  quantizeScope,
  registerQuantizable,
  type Seen,
  serialize,
  type Tensor,
} from "../../compiler/config/index.ts";
import { standardQuantizers } from "../../compiler/config/quantizers.ts";
import { printQuantizer } from "../../compiler/ir/quantizer.ts";
import { configOf, type RuleConfig, ruleSource } from "../../compiler/quantize/rule-config.ts";
import { example, load, network, requestsOn } from "./support.ts";

/** A config whose methods do nothing, but for what a test says. */
function configWith(methods: Partial<QuantizeConfig>): QuantizeConfig {
  return {
    getWeightsAndQuantizers: () => [],
    getActivationsAndQuantizers: () => [],
    getOutputQuantizers: () => [],
    setQuantizeWeights() {},
    setQuantizeActivations() {},
    getConfig: () => ({}),
    ...methods,
  };
}

const used = 'quantize R on layer: Dense using Config from "./c.ts"';

describe("TFMOT's MyDenseQuantizeConfig", () => {
  it("asks for what the rule of three lines asks for", () => {
    const config = requestsOn(network(), example("with-config.qcfg"));
    const rule = requestsOn(network(), example("as-a-rule.qcfg"));
    expect(config.messages).toEqual([]);
    expect(config.sites).toEqual(rule.sites);
    expect(Object.values(config.sites).sort()).toEqual([
      "LastValue(int8, per: tensor, symmetric)",
      "LastValue(int8, per: tensor, symmetric)",
      "MovingAverage(int8, per: tensor, affine)",
      "MovingAverage(int8, per: tensor, affine)",
      "derived",
    ]);
  });

  it("can be extended, as TFMOT's is", () => {
    class Nothing extends QuantizeConfig {
      override getWeightsAndQuantizers = () => [];
      override getActivationsAndQuantizers = () => [];
      override getOutputQuantizers = () => [new LastValueQuantizer({ numBits: 4 })];
      override setQuantizeWeights() {}
      override setQuantizeActivations() {}
      override getConfig = () => ({});
    }
    quantizeScope({ Nothing }, () => {
      const { sites } = requestsOn(network(), {
        path: "r.qcfg",
        text: "quantize R on layer: Dense using Nothing",
      });
      expect(new Set(Object.values(sites))).toEqual(
        new Set(["LastValue(int4, per: tensor, affine)"]),
      );
    });
  });

  it("takes arguments", () => {
    const { path, text } = example("with-config.qcfg");
    const four = text.replace("QuantizeConfig from", "QuantizeConfig(numBits: 4) from");
    const { sites } = requestsOn(network(), { path, text: four });
    expect(Object.values(sites)).toContain("LastValue(int4, per: tensor, symmetric)");
  });
});

describe("a config", () => {
  it("speaks of every captured node, and knows by which name", () => {
    const captures: (string | undefined)[] = [];
    const config = configWith({
      getOutputQuantizers({ capture, op }) {
        captures.push(`${capture} ${op}`);
        return capture === "act" ? [new NoQuantizer()] : [];
      },
    });
    const text =
      'quantize R using Config from "./c.ts" { match layer: Dense -> act: ReLU6 require layer.name ~ /dense1/ }';
    const { sites, codes } = requestsOn(network(), text, { "./c.ts": { Config: config } });
    expect(codes).toEqual([]);
    expect(captures).toEqual(["layer Dense", "act ReLU6"]);
    expect(Object.values(sites)).toEqual(["float"]);
  });

  it("without a match is asked for all layers", () => {
    const seen = new Set<string>();
    const config = configWith({
      getOutputQuantizers({ op }) {
        seen.add(op);
        return [];
      },
    });
    requestsOn(network(), 'quantize R using Config from "./c.ts"', {
      "./c.ts": { Config: config },
    });
    expect([...seen]).toContain("Conv2D");
  });

  it.each<readonly [string, Partial<QuantizeConfig>, RegExp]>([
    [
      "sets what it quantizes",
      { getWeightsAndQuantizers: (l) => [[kernel(l), new LastValueQuantizer()]] },
      /`setQuantizeWeights` does not set `kernel`/,
    ],
    [
      "sets it where it was",
      {
        getWeightsAndQuantizers: (l) => [[kernel(l), new LastValueQuantizer()]],
        setQuantizeWeights(layer: LayerDraft<Layer<"Dense">>, [weight]: readonly Tensor[]) {
          layer.bias = weight;
        },
      },
      /puts into `bias` what it was not given for it/,
    ],
    [
      "quantizes constants as weights",
      { getWeightsAndQuantizers: (l) => [[l.inputs[0]!, new LastValueQuantizer()]] },
      /`input` of `dense1` is not a constant/,
    ],
    [
      "speaks of slots of its layer",
      { getWeightsAndQuantizers: (l) => [[l.output, new LastValueQuantizer()]] },
      /no slot of the Dense `dense1`/,
    ],
    [
      "has no more quantizers than there are outputs",
      { getOutputQuantizers: () => [new LastValueQuantizer(), new LastValueQuantizer()] },
      /2 quantizers for 1 outputs/,
    ],
    [
      "gives quantizers",
      { getOutputQuantizers: () => ["int8"] as never },
      /gives no list of quantizers/,
    ],
    [
      "does not throw",
      {
        getOutputQuantizers() {
          throw new Error("no such thing");
        },
      },
      /no such thing/,
    ],
    [
      "does not change the layer",
      {
        getOutputQuantizers(layer) {
          (layer as { name: string }).name = "mine";
          return [];
        },
      },
      /read only property 'name'/,
    ],
  ])("%s", (_, methods, message) => {
    const { codes, messages, diagnostics } = requestsOn(network(), used, {
      "./c.ts": { Config: configWith(methods) },
    });
    expect(codes[0]).toBe("QC2657");
    expect(messages[0]).toMatch(message);
    expect(messages[0]).toMatch(/^`Config` of `R`/);
    expect(diagnostics[0]!.labels[1]).toMatchObject({ place: { path: "dense1" } });
  });

  const kernel = (layer: Layer) => (layer as Layer<"Dense">).kernel;

  it("may ask for what a layer reads", () => {
    const config = configWith({
      getInputsAndQuantizers: ({ inputs }) => [[inputs[0]!, new MovingAverageQuantizer()]],
    });
    const { sites, codes } = requestsOn(network(), used, { "./c.ts": { Config: config } });
    expect(codes).toEqual([]);
    expect(Object.values(sites)).toEqual(Array(2).fill("MovingAverage(int8, per: tensor, affine)"));
  });

  it("is what it should be", () => {
    const of = (config: unknown, text = used) =>
      requestsOn(network(), text, { "./c.ts": { Config: config } });
    expect(of({ getConfig: () => ({}) }).messages).toEqual([
      expect.stringContaining("it has no `getWeightsAndQuantizers`, `getActivationsAndQuantizers`"),
    ]);
    expect(of(1).codes).toEqual(["QC2654"]);
    expect(of(configWith({}), used.replace("Config from", "Config(2) from")).messages).toEqual([
      "`Config` is not a `QuantizeConfig`: it takes no arguments: it is an object",
    ]);
    const throwing = class {
      constructor() {
        throw new RangeError("never");
      }
    };
    expect(of(throwing).codes).toEqual(["QC2659"]);
    expect(of(configWith({}), used.replace("Config from", "Confog from")).codes).toEqual([
      "QC2653",
    ]);
    expect(of(throwing, used.replace("Config from", "Config(x) from")).codes).toEqual(["QC2662"]);
  });
});

describe("the registry", () => {
  class Own implements QuantizeConfig {
    readonly bits: number;
    constructor({ bits }: { readonly bits: number }) {
      this.bits = bits;
    }
    getWeightsAndQuantizers() {
      return [];
    }
    getActivationsAndQuantizers() {
      return [];
    }
    getOutputQuantizers() {
      return [new LastValueQuantizer({ numBits: this.bits })];
    }
    setQuantizeWeights() {}
    setQuantizeActivations() {}
    getConfig() {
      return { bits: this.bits };
    }
  }

  it("knows configs by name inside of a scope, and takes them in rules", () => {
    const rule = "quantize R on layer: Dense using Own(bits: 6)";
    const { sites } = quantizeScope({ Own }, () => requestsOn(network(), rule));
    expect(Object.values(sites)).toContain("LastValue(int6, per: tensor, affine)");
    expect(requestsOn(network(), rule).codes).toEqual(["QC2658"]);
  });

  it("makes again what it has written as JSON", () => {
    const again = (x: Parameters<typeof serialize>[0]) =>
      deserialize(JSON.parse(JSON.stringify(serialize(x))));
    expect(quantizeScope({ Mine: Own }, () => again(new Own({ bits: 5 })))).toEqual(
      new Own({ bits: 5 }),
    );
    const { NoQuantizer: _, ...withParameters } = standardQuantizers;
    expect(again(new NoQuantizer())).toEqual(new NoQuantizer());
    for (const [name, quantizer] of Object.entries(withParameters)) {
      const made = new quantizer({ numBits: 4, symmetric: true, narrowRange: true });
      expect(serialize(made).className).toBe(name);
      expect(again(made)).toEqual(made);
    }
    for (const made of [
      new MovingAverageQuantizer({ momentum: 0.5, unsigned: true }),
      new FixedQuantizer({ initMin: 0, initMax: 1, powerOfTwo: true }),
      new EntropyQuantizer({ groupSize: 32 }),
    ])
      expect(again(made)).toEqual(made);
    expect(() => deserialize({ className: "Own", config: { bits: 1 } })).toThrow(
      "there is no `Own`: register the class, or use `quantizeScope({ Own }, …)`",
    );
  });

  it("keeps a scope until a promise is settled", async () => {
    const wait = quantizeScope({ Own }, async () => {
      await Promise.resolve();
      return deserialize({ className: "Own", config: { bits: 2 } });
    });
    expect(await wait).toBeInstanceOf(Own);
    expect(() => deserialize({ className: "Own", config: { bits: 1 } })).toThrow();
  });

  it("has one class for a name", () => {
    registerQuantizable(Own, "Registered");
    registerQuantizable(Own, "Registered");
    expect(() => registerQuantizable(LastValueQuantizer, "Registered")).toThrow(/already/);
  });
});

describe("a quantizer", () => {
  it("says what is wrong with its parameters", () => {
    expect(() => new LastValueQuantizer({ numBits: 17 })).toThrow(RangeError);
    expect(() => new LastValueQuantizer({ groupSize: 8, perAxis: true })).toThrow(RangeError);
    expect(() => new MovingAverageQuantizer({ momentum: 1 })).toThrow(RangeError);
    expect(() => new FixedQuantizer({ initMin: 1, initMax: 0 })).toThrow(RangeError);
  });

  class Middle extends Quantizer {
    readonly share: number;
    constructor(parameters: { readonly share?: number; readonly numBits?: number } = {}) {
      super(parameters);
      this.share = parameters.share ?? 0.5;
    }
    range({ all }: Seen) {
      return { min: all.min * this.share, max: all.max * this.share };
    }
    override getConfig() {
      return { ...super.getConfig(), share: this.share };
    }
  }

  it("can be the user's own, after `=`", () => {
    const exports = {
      Middle,
      narrow: new LastValueQuantizer({ narrowRange: true }),
      bits: (numBits: number) => new LastValueQuantizer({ numBits }),
    };
    const text = `
      import { Middle, narrow, bits } from "./q.ts"
      quantizer mine = Middle(share: 0.25, numBits: 4)
      quantize A { match l: Conv2D set l.kernel = narrow set l.output = mine }
      quantize B { match l: Dense set l.kernel = bits(5) set l.output = Middle }`;
    const { sites, codes } = requestsOn(network(), text, { "./q.ts": exports });
    expect(codes).toEqual([]);
    expect([...new Set(Object.values(sites))].sort()).toEqual([
      "LastValue(int5, per: tensor, affine)",
      "LastValue(int8, per: tensor, affine, narrow)",
      expect.stringMatching(/^Middle\(\{.*"share":0.25\}, int4, per: tensor, affine\)$/),
      expect.stringMatching(/^Middle\(\{.*"share":0.5\}, int8, per: tensor, affine\)$/),
      "derived",
    ]);
    const { codes: wrong } = requestsOn(network(), text, {
      "./q.ts": { ...exports, bits: () => 5, Middle: 3 },
    });
    expect(new Set(wrong)).toEqual(new Set(["QC2654"]));
  });
});

describe("a rule as a config", () => {
  const text = `
    import "std/default8bit"
    ops Own = Conv2D | Dense
    pattern Block(layer, act) = layer: Own -> act: ReLU | ReLU6
    quantizer w4 = LastValue(int4, per: channel, symmetric, narrow)
    quantize Blocks override {
      match Block(layer, act)
      require layer.name ~ /dense.*|conv/
      fuse layer, act
      set layer.kernel = w4
      set act.output = MovingAverage(0.5, int8, per: tensor, affine)
    }
    quantize Last override { match layer: Dense unless layer -> any set layer.* = float }`;

  it("comes back from JSON with all that it asks for", () => {
    const { value, diagnostics } = load(text);
    expect(diagnostics).toEqual([]);
    const again = value!.quantizes.map((rule) => {
      const config = deserialize(JSON.parse(JSON.stringify(serialize(configOf(rule)))));
      return ruleSource(config as RuleConfig);
    });
    expect(again.length).toBeGreaterThan(10);
    for (const [i, source] of again.entries()) {
      const alone = requestsOn(network(), { ...source, text: configOf(value!.quantizes[i]!).rule });
      const file = { path: "again.qcfg", text: source.text };
      const { codes: _, diagnostics: __, ...restored } = requestsOn(network(), file);
      const { codes: ___, diagnostics: ____, ...written } = alone;
      expect(restored).toEqual(written);
    }
  });

  it("gives the same graph in one file", () => {
    const own = load(text).value!.quantizes.filter(({ distance }) => distance === 0);
    expect(own.map(({ name }) => name)).toEqual(["Blocks", "Last"]);
    const sources = own.map((rule) => configOf(rule).rule.replace(/^ops Own .*$/m, ""));
    const again = `import "std/default8bit"\nops Own = Conv2D | Dense\n${sources.join("\n")}`;
    const expected = requestsOn(network(), text);
    const actual = requestsOn(network(), again);
    expect(actual.codes).toEqual([]);
    expect(actual.sites).toEqual(expected.sites);
    expect(actual.interior).toEqual(expected.interior);
  });

  it("answers the six methods as the rule asks", () => {
    const rules = `quantizer w8 = LastValue(int8, per: channel, symmetric, narrow)
      quantize R { match layer: Dense -> act: ReLU6 set layer.{kernel, bias} = w8 set layer.activation = float
        set layer.input = AllValues(uint8, per: tensor) set act.output = MovingAverage(int16, symmetric) }`;
    const config = configOf(load(rules).value!.quantizes[0]!);
    const used = `quantize R using Config from "./c.ts" { match layer: Dense -> act: ReLU6 }`;
    const actual = requestsOn(network(), used, { "./c.ts": { Config: config } });
    expect(actual.codes).toEqual([]);
    expect(actual.sites).toEqual(requestsOn(network(), rules).sites);
  });

  it("keeps quantizers by value", () => {
    const request = new LastValueQuantizer({ numBits: 4, perAxis: true }).request();
    expect(printQuantizer(request)).toBe("LastValue(int4, per: channel, affine)");
  });
});
