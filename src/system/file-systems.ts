/** What kind of file system a path lies in, where that matters. */
import { realpathSync, statfsSync } from 'node:fs';

/** statfs types of proc, sysfs, cgroup (1 and 2), debugfs, tracefs, securityfs, devpts. */
const KERNEL_TYPES = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0x1cd1]);

/** Whether the kernel answers there instead of a disk: reading may wait for ever or never come to an end. */
export function isKernelFile(path: string): boolean {
  return process.platform === 'linux' && KERNEL_TYPES.has(statfsSync(path).type);
}

/** statfs types of file systems that lie behind a network. */
const NETWORK_TYPES = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x0bd00bd0, 0x5346414f, 0x65735546]);

/** Whether memory shared between processes, and owners, cannot be relied on there. */
export function isNetworkFile(path: string): boolean {
  return process.platform === 'win32' ? isShare(realpathSync.native(path)) : NETWORK_TYPES.has(statfsSync(path).type);
}

/** Whether Windows' real path of a folder (a mapped drive's too) begins with a server's name. */
export function isShare(realPath: string): boolean {
  return /^\\\\(?:\?\\UNC\\|[^?.\\])/i.test(realPath);
}
