/** What is shown of packages. */
import { shown } from '../../core/one-line.ts';
import type { ExitCode } from '../../core/exit.ts';
import type { Package } from '../../run/download.ts';
import type { DownloadedRun } from '../../run/download-run.ts';

/** One package, as soon as it is decided. */
export function packageLine({ outcome, file, deviceName, machineId, bytes, message }: Package): string {
  const size = bytes === undefined ? '' : ` (${bytes} bytes)`;
  return `${outcome}: ${shown(deviceName || machineId)}, ${file}${size}${message === undefined ? '' : `: ${shown(message)}`}`;
}

export function downloadedText(result: DownloadedRun): string {
  const { packages, folder, run, halted } = result;
  const counts = countsOf(packages).map(([outcome, count]) => `${count} ${outcome}`);
  const troubles = packages
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'no-package')
    .map((each) => `  ${packageLine(each)}`);
  const isOpen = packages.some(({ outcome }) => outcome === 'pending');
  return [
    `Packages of ${run.id}: ${counts.join(', ') || 'none'}${halted ? `; stopped: ${halted.why}` : ''}`,
    ...troubles,
    `  folder    ${folder} (sums: sha256sum -c SHA256SUMS)`,
    ...(isOpen ? [`  go on     cordon download ${run.id} --to ${folder}`] : []),
    '',
  ].join('\n');
}

export function downloadedJson({ run, packages, folder, halted }: DownloadedRun, exitCode: ExitCode): object {
  return {
    run: { id: run.id, job: run.job },
    folder,
    summary: Object.fromEntries(countsOf(packages)),
    packages,
    note: halted?.why ?? null,
    exitCode,
  };
}

function countsOf(packages: readonly Package[]): [Package['outcome'], number][] {
  const counts = new Map<Package['outcome'], number>();
  for (const { outcome } of packages) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts];
}
