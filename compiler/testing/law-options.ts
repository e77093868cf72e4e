/** How thoroughly laws are tried. The same seed gives the same graphs on any machine. */
export interface LawOptions {
  /** Graphs for each rule; `defaultRuns` when absent. */
  readonly runs?: number | undefined;
  /** `defaultSeed` when absent. */
  readonly seed?: number | undefined;
  /** Asked between graphs: whether there is no time left. */
  readonly isOver?: (() => boolean) | undefined;
}

export const defaultRuns = 60;
export const defaultSeed = 1;
