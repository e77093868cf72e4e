/**
 * What `work` gives, and the milliseconds for which processors worked on this process meanwhile. A machine that is busy with other
 * things makes these little more, so that a bound tells what costs too much from what had to wait.
 */
export function timed<T>(work: () => T): { readonly value: T; readonly cpuTime: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, cpuTime: (user + system) / 1000 };
}
