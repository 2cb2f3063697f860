/** A case that the sandbox does not hold to, and why it stays so. */
export interface Difference {
  readonly reason: string;
  /**
   * `expected`: the case's own expectation, true of a real server, fails in the sandbox. `compared`: the expectation
   * holds in both, and something else of an answer differs.
   */
  readonly where: 'expected' | 'compared';
}

/** By the name of the case. A case that is listed and does not differ fails the suite. */
export const differences: Readonly<Record<string, Difference>> = {};
