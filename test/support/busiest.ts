/** The most instants in any half-open window of `ms`: what a sliding log would count. */
export function busiest(instants: readonly number[], ms: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let [first, most] = [0, 0];
  for (const [last, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - ms) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
