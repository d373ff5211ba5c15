import { apiWord } from '../src/core/parameter-values.ts';
import type { Job, JobParameter } from '../src/core/types.ts';
import { cannotRunOn, restrictedOperations } from './preconditions.ts';

const sha1: JobParameter = {
  name: 'sha1',
  help: 'the file, by its SHA-1, for all rows; without it each row of the list says its own in a column sha1',
  kind: 'sha1',
  columns: ['sha1', 'fileSha1', 'sha1Hash'],
};

/**
 * Stops a file's processes and puts it into quarantine.
 * @see https://learn.microsoft.com/defender-endpoint/api/stop-and-quarantine-file
 */
export const quarantine: Job = {
  name: 'quarantine',
  title: 'stop and quarantine a file',
  actionType: 'StopAndQuarantineFile',
  segment: 'StopAndQuarantineFile',
  // Both are needed: with one alone the API answers 403 (ISS#6055).
  permissions: [['Machine.StopAndQuarantine'], ['Machine.Read.All', 'Machine.ReadWrite.All', 'Machine.Read', 'Machine.ReadWrite']],
  parameters: [sha1],
  notice: 'Running instances of the file end, and the file is gone.',
  platforms: 'Windows 10 1703 or later, Windows 11, Server 2012 R2 or later; a file that was seen there in the last 30 days',
  limits: '100 calls a minute and 1500 an hour; one file a machine and run; no files that Microsoft signed',
  undo: 'not by the API: on the machine MpCmdRun.exe -Restore -Name EUS:Win32/CustomEnterpriseBlock -All, which restores all of 30 days',
  risks: [
    { text: 'It also removes what starts the file again (registry entries).' },
    { text: 'A common file is taken from every machine of the list: the API does not warn as the portal does.' },
  ],
  finalWords: 'the file was stopped and quarantined',
  body: (comment, parameters, row) => ({ Comment: comment, Sha1: apiWord(sha1, parameters, row) }),
  differs: ({ relatedFileInfo }, parameters, row) => {
    const { fileIdentifier, fileIdentifierType } = relatedFileInfo ?? {};
    if (!fileIdentifier || fileIdentifierType?.toLowerCase() !== 'sha1') return undefined;
    return fileIdentifier.toLowerCase() === apiWord(sha1, parameters, row) ? undefined : `another file (${fileIdentifier})`;
  },
  ineligible: cannotRunOn('windows'),
  warnings: restrictedOperations,
};
