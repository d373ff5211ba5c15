import { readParameters } from '../../src/core/parameters.ts';
import type { Job, Parameters } from '../../src/core/types.ts';

/** Parameters that will do for a job: the first word of each choice, some SHA-1. */
export function someParameters(job: Job): Parameters {
  const said = (job.parameters ?? []).map(({ name, kind }) => [name, kind === 'sha1' ? 'ab'.repeat(20) : Object.keys(kind.choice)[0]]);
  return readParameters(job, Object.fromEntries(said));
}
