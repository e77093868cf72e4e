import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { nonFiniteSite } from "./diagnostics.ts";
import { Statistics } from "./statistics.ts";

/** Takes the values of one site for the sample that is being evaluated; keeps nothing of the array. */
export type Observe<Site extends PropertyKey> = (site: Site, values: Float32Array) => void;

export interface CollectOptions<Site extends PropertyKey> {
  /** Momenta of moving averages to keep beside the default one: see `momentaOf`. */
  readonly momenta?: readonly number[];
  /** Called after each sample with the number of samples done. */
  readonly progress?: (done: number) => void;
  /** Where a site is, for messages: the model's file and the name of the value. */
  readonly placeOf?: (site: Site) => { readonly model: string; readonly path: string };
}

export interface Collected<Site extends PropertyKey> {
  readonly statistics: ReadonlyMap<Site, Statistics>;
  /** A warning for each site with values that are not finite; an error if it had no others. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Evaluates sample after sample and keeps statistics of what is observed at the sites. Memory does not
 * grow with the number of samples. What `evaluateSample` observes at other sites is passed over.
 */
export function collectStatistics<Sample, Site extends PropertyKey>(
  sites: Iterable<Site>,
  samples: Iterable<Sample>,
  evaluateSample: (sample: Sample, observe: Observe<Site>) => void,
  options: CollectOptions<Site> = {},
): Collected<Site> {
  const { progress, placeOf = (site: Site) => ({ model: "model", path: String(site) }) } = options;
  const statistics = new Map<Site, Statistics>();
  for (const site of sites) statistics.set(site, new Statistics(options.momenta));
  const firstNonFinite = new Map<Site, number>();
  let done = 0;
  const observe: Observe<Site> = (site, values) => {
    const ofSite = statistics.get(site);
    if (ofSite === undefined) return;
    ofSite.observe(values);
    if (ofSite.nonFinite > 0 && !firstNonFinite.has(site)) firstNonFinite.set(site, done);
  };
  for (const sample of samples) {
    evaluateSample(sample, observe);
    done++;
    progress?.(done);
  }
  const diagnostics = [...firstNonFinite].map(([site, sample]) => {
    const { nonFinite, samples: finite } = statistics.get(site)!;
    return nonFiniteSite(placeOf(site), nonFinite, sample, finite);
  });
  return { statistics, diagnostics };
}
