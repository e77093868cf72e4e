import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { OpTable } from "../ir/op.ts";
import { sameRequest } from "../quantize/claims.ts";
import { channelsOfValues, groupsOfNoWeights } from "../quantize/diagnostics.ts";
import { isBiasOfLayer } from "../quantize/requests.ts";
import { faultsOfQuantizer } from "../quantize/requests-quantizer.ts";
import { notDerivable } from "../rewrite/diagnostics.ts";
import type { Library } from "../rewrite/load-rules.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { type Asked, requestsOf, shown, slotOf } from "./asked.ts";
import { casesOf } from "./covers.ts";
import { contradictsItself } from "./diagnostics.ts";
import type { IsOwn } from "./own-rules.ts";
import { keyOf, TiedSites } from "./tied-sites.ts";

/** What rules ask for that no model can give them: quantizers that are none, and two things at one site. */
export function faultyRequests({ files, quantizes }: Library, isOwn: IsOwn): readonly Diagnostic[] {
  const rules = quantizes.filter(isOwn);
  const quantizers = files.flatMap(({ items }) =>
    items.filter((item) => item.kind === "quantizer"),
  );
  return [
    ...quantizers.flatMap(({ value }) => faultsOfQuantizer(value)),
    ...rules.flatMap((rule) => [
      ...faultyClauses(rule),
      ...contradictions(rule).map((asked) => contradictionTold(rule, asked)),
    ]),
  ];
}

/** Scales for each channel or group where there is one for all; with a model, that is told with its nodes. */
export function misplacedScales(
  rules: readonly QuantizeRule[],
  ops: OpTable,
): readonly Diagnostic[] {
  return rules.flatMap(requestsOf).flatMap((asked): readonly Diagnostic[] => {
    const { rule, request, span } = asked;
    if (typeof request === "string" || !isOfLayer(asked, ops)) return [];
    const claim = { rule: rule.name, span };
    if (request.per === "channel") return [channelsOfValues(claim)];
    return request.per === "tensor" ? [] : [groupsOfNoWeights(claim, request.per.group, [])];
  });
}

/** What a node computes, where that is surely no constant. */
function isOfLayer({ rule, site }: Asked, ops: OpTable): boolean {
  if (slotOf(site) !== "output") return false;
  const cases = casesOf({ rule, site }, ops) ?? [];
  return cases.length > 0 && cases.every(({ op }) => op !== undefined);
}

function faultyClauses(rule: QuantizeRule): readonly Diagnostic[] {
  return rule.item.clauses.flatMap((clause): readonly Diagnostic[] => {
    if (clause.kind === "derive")
      return isBiasOfLayer(clause.site, clause.factors) ? [] : [notDerivable(rule, clause.span)];
    if (clause.kind !== "set" && clause.kind !== "tie") return [];
    return clause.value ? faultsOfQuantizer(clause.value) : [];
  });
}

/** Pairs of requests of one rule for one site: one slot, or sites that it ties. */
function contradictions(rule: QuantizeRule): readonly (readonly [Asked, Asked])[] {
  const tied = new TiedSites(rule);
  const seen: Asked[] = [];
  return requestsOf(rule).flatMap((asked) => {
    const rival = seen.find((other) => contradicts(other, asked, tied));
    seen.push(asked);
    return rival ? [[rival, asked] as const] : [];
  });
}

function contradicts(a: Asked, b: Asked, tied: TiedSites): boolean {
  if (sameRequest(a.request, b.request)) return false;
  if (keyOf(a.site) === keyOf(b.site)) return true;
  if (a.site.capture.text === b.site.capture.text && (!a.site.slot || !b.site.slot)) return true;
  // What stays in float has no scale to share.
  const areScales = a.request !== "float" && b.request !== "float";
  return areScales && tied.group(a.site) === tied.group(b.site);
}

function contradictionTold(rule: QuantizeRule, pair: readonly [Asked, Asked]): Diagnostic {
  const [, { site }] = pair;
  const text = site.slot ? `${site.capture.text}.${site.slot.text}` : `${site.capture.text}.*`;
  return contradictsItself(
    rule,
    text,
    pair.map((asked) => ({ span: asked.span, request: shown(asked) })),
  );
}
