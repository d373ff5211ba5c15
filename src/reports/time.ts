/** Milliseconds since the epoch as ISO 8601 in UTC. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
