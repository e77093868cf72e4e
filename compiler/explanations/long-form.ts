/** The long form of a diagnostic: why it is one, with a rule file that shows it or a command that has to do with it. */
export interface LongForm {
  readonly title: string;
  readonly why: string;
  /** A rule file that has the fault, for the model of `examples/digits`. The tests check both texts. */
  readonly wrong?: string;
  /** The same file without it. */
  readonly right?: string;
  readonly command?: string;
}
