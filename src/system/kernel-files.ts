/** The file systems in which the kernel answers instead of a disk. */
import { statfsSync } from 'node:fs';

/** statfs types of proc, sysfs, cgroup (1 and 2), debugfs, tracefs, securityfs, devpts. */
const KERNEL_TYPES = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0x1cd1]);

/** Whether `path` lies in such a file system: reading there may wait for ever or never come to an end. */
export function isKernelFile(path: string): boolean {
  return process.platform === 'linux' && KERNEL_TYPES.has(statfsSync(path).type);
}
