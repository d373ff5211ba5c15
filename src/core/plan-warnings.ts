/** What a plan says about a machine beside its outcome. Pure. */
import type { MachineAction, MachineFacts } from './types.ts';

/** " since 2026-11-20T08:00:00Z by ana", as far as the action says so. */
export function sinceAndBy({ creationDateTimeUtc, requestor }: MachineAction): string {
  return `${creationDateTimeUtc ? ` since ${creationDateTimeUtc}` : ''}${requestor ? ` by ${requestor}` : ''}`;
}

const DAY_MS = 86_400_000;

/** What is worth knowing before calling a machine, whatever the job; never a reason not to. */
export function warningsAbout(facts: MachineFacts, now: number): string[] {
  const { healthStatus, lastSeen, osPlatform } = facts;
  const days = lastSeen ? Math.floor((now - Date.parse(lastSeen)) / DAY_MS) : 0;
  const silent = healthStatus !== null && healthStatus !== 'Active';
  const since = days > 0 ? ` for ${days} days` : '';
  const warnings: string[] = [];
  if (silent) warnings.push(`${healthStatus}${since}: would wait up to three days, then time out`);
  else if (days > 7) warnings.push(`last seen ${days} days ago: would wait up to three days, then time out`);
  if (facts.isPotentialDuplication) warnings.push('possible duplicate record');
  if (facts.isExcluded) warnings.push('excluded in the Defender portal');
  if (osPlatform && /server/i.test(osPlatform)) warnings.push(`server (${osPlatform})`);
  return warnings;
}
