import { apiWord } from '../src/core/parameter-values.ts';
import type { Job, JobParameter } from '../src/core/types.ts';
import { cannotRunOn } from './preconditions.ts';

const scanType: JobParameter = {
  name: 'scan-type',
  help: 'quick: where malware starts from; full: every file, for hours',
  kind: { choice: { quick: 'Quick', full: 'Full' } },
  required: true,
};

/**
 * Starts a scan by Defender Antivirus, which may be passive.
 * @see https://learn.microsoft.com/defender-endpoint/api/run-av-scan
 */
export const scan: Job = {
  name: 'scan',
  title: 'run an antivirus scan',
  actionType: 'RunAntiVirusScan',
  segment: 'runAntiVirusScan',
  permissions: [['Machine.Scan']],
  parameters: [scanType],
  notice: 'A slower machine while the scan runs.',
  platforms: 'Windows 10 1709 or later, Windows 11, macOS and Linux with agent 101.98.84 or later',
  limits: '100 calls a minute and 1500 an hour',
  undo: 'nothing to take back; a scan that has not started yet can be cancelled (cordon cancel RUN)',
  risks: [{ text: 'A full scan can load a machine for hours.', when: { [scanType.name]: ['full'] } }],
  finalWords: 'the scan was started; what it finds is in the portal, not in the API',
  body: (comment, parameters) => ({ Comment: comment, ScanType: apiWord(scanType, parameters) }),
  // A full scan does what a quick one does, and not the other way round.
  differs: ({ scope }, parameters) => (scope === 'Quick' && parameters[scanType.name] === 'full' ? 'a quick scan' : undefined),
  ineligible: cannotRunOn('windows', 'macos', 'linux'),
};
