/**
 * Whether a URL's host name (IPv6 in brackets) stands for this very machine, whatever any name service says.
 * Names below `localhost` do not: they are looked up like others.
 */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || /^127(\.\d{1,3}){3}$/.test(hostname) || hostname === '[::1]';
}
