import type { Job } from '../src/core/types.ts';
import { cannotRunOn } from './preconditions.ts';

/**
 * Collects an investigation package; `cordon download` fetches what a run collected.
 * @see https://learn.microsoft.com/defender-endpoint/api/collect-investigation-package
 */
export const collect: Job = {
  name: 'collect',
  title: 'collect an investigation package',
  actionType: 'CollectInvestigationPackage',
  segment: 'collectInvestigationPackage',
  permissions: [['Machine.CollectForensics']],
  notice: 'Nothing, but some load for a minute or two.',
  platforms: 'Windows 10 1703 or later, Windows 11, Windows Server, macOS, Linux',
  limits: '100 calls a minute and 1500 an hour; one at a time on a machine; links to packages: 2 a minute and 120 an hour; Plan 2',
  undo: 'nothing to take back',
  risks: [{ text: 'It may fail on a low battery or a metered network.' }],
  finalWords: 'the package is ready: cordon download RUN --to DIR fetches it',
  body: (comment) => ({ Comment: comment }),
  ineligible: cannotRunOn('windows', 'macos', 'linux'),
};
