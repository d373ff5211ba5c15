/** Variables that look like ours: one that nobody reads is a mistake, and mistakes are said before anything is sent. */
import { UsageError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

/** Credentials and addresses, which no flag may hold. */
const SECRETS = ['CORDON_ACCESS_TOKEN', 'CORDON_NOTIFY_URL'];

export interface KnownVariables {
  readonly known: readonly string[];
  /** Twins of flags that must be typed each time, with how those are written. */
  readonly typedOnly: ReadonlyMap<string, string>;
}

/** @throws UsageError for a `CORDON_…` variable that no flag or credential knows: it was meant to do something */
export function checkEnvironment(env: NodeJS.ProcessEnv, { known, typedOnly }: KnownVariables): void {
  const all = [...known, ...SECRETS];
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith('CORDON_') || value.trim() === '' || all.includes(name) || isServiceLink(name, value)) continue;
    const typed = typedOnly.get(name);
    if (typed !== undefined) throw new UsageError(`${name} in the environment means nothing: ${typed} must be typed each time`);
    const near = nearest(name, all);
    throw new UsageError(`${name} in the environment is no variable of cordon's`, {
      hint:
        near === undefined
          ? 'Nothing was sent. Unset it; cordon run --help-all lists the variables.'
          : `Nothing was sent. Did you mean ${near}?`,
    });
  }
}

/** What Kubernetes puts into the environment of every container beside a Service that is called "cordon". */
export function isServiceLink(name: string, value: string): boolean {
  return (
    /^CORDON_(SERVICE_(HOST|PORT)|PORT)(_|$)/.test(name) &&
    (name.includes('SERVICE_') || /^CORDON_PORT_\d+_/.test(name) || value.includes('://'))
  );
}
