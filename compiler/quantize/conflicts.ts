import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Graph } from "../ir/graph.ts";
import { requestsConflict } from "../rewrite/diagnostics.ts";
import { printRequest, type SiteClaims } from "./claims.ts";
import type { RankedClaim, TieClause } from "./requests.ts";

/** What some clauses want of the same sites, and cannot have together. */
type Conflict = Pick<Parameters<typeof requestsConflict>[0], "claims" | "ties"> & {
  readonly places: { readonly node: string; readonly site: string }[];
};

/** Conflicts of a graph, the same clauses told once with all their places. */
export class Conflicts {
  readonly #graph: Graph;
  readonly #tying: ReadonlyMap<number, ReadonlySet<TieClause>>;
  readonly #found = new Map<string, Conflict>();

  /** @param tying for each group the clauses that tie some of it */
  constructor(graph: Graph, tying: ReadonlyMap<number, ReadonlySet<TieClause>>) {
    this.#graph = graph;
    this.#tying = tying;
  }

  get diagnostics(): readonly Diagnostic[] {
    const model = this.#graph.name;
    return [...this.#found.values()].map((conflict) => requestsConflict({ model, ...conflict }));
  }

  /** @param rivals unequal requests of one strength for sites that share a scale */
  add(members: readonly SiteClaims[], rivals: readonly RankedClaim[]): void {
    const { site } = members.find(({ asked }) => asked.includes(rivals[1]!)) ?? members[0]!;
    const node = this.#graph.nodes.get(site.kind === "value" ? site.value.node : site.node)!;
    const tied = members.length > 1 ? `the ${members.length} tied values around ` : "";
    const names = { value: "the output", constant: "a constant operand", edge: "an input" };
    const claims = rivals.map(({ quantizeRule, claim: { span, request } }) => ({
      name: quantizeRule.name,
      distance: quantizeRule.distance,
      isOverride: quantizeRule.override,
      ...(span && { span }),
      request: printRequest(request),
    }));
    const key = claims
      .map(({ name, span, request }) => `${name} ${span?.start} ${request}`)
      .sort()
      .join();
    const { group } = members[0]!;
    const ties = group === undefined ? [] : [...(this.#tying.get(group) ?? [])];
    const conflict = this.#found.get(key) ?? { claims, ties, places: [] };
    this.#found.set(key, conflict);
    conflict.places.push({ node: node.name, site: tied + names[site.kind] });
  }
}
