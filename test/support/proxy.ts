/** What tests of HTTPS need: certificates made on the spot, and a CONNECT proxy that counts and can refuse. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Server, type Socket } from 'node:net';

export interface TestCertificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** A fresh self-signed certificate for these DNS names and 127.0.0.1, good for two days. */
export function makeCertificate(...names: readonly string[]): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(names[0] ?? 'test')))));
  const addresses = [...names.map((dns) => der(0x82, Buffer.from(dns))), der(0x87, Buffer.from([127, 0, 0, 1]))];
  const authority = sequence(oid('551d13'), der(0x04, sequence(der(0x01, Buffer.from([0xff])))));
  const alternatives = sequence(oid('551d11'), der(0x04, sequence(...addresses)));
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    SHA256_WITH_RSA,
    name,
    sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + 2 * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(authority, alternatives)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]));
  const encoded = sequence(body, SHA256_WITH_RSA, signature).toString('base64').replace(/.{64}/g, '$&\n');
  const cert = `-----BEGIN CERTIFICATE-----\n${encoded}\n-----END CERTIFICATE-----`;
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim(), cert };
}

const DAY_MS = 86_400_000;
const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), der(0x05));

/** One element of X.509's binary form: what it is, how long, and what it holds. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function integer(value: Buffer): Buffer {
  return der(0x02, value);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

/** The port on 127.0.0.1 that the server listens on from now on. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export interface TestProxy extends AsyncDisposable {
  readonly url: string;
  /** Host and port of each tunnel asked for, in order. */
  readonly asked: readonly string[];
  /** The proxy-authorization header of each, '' where there was none. */
  readonly authorizations: readonly string[];
  readonly port: number;
}

/** A proxy on loopback that leads every tunnel to `port`, whatever name was asked for; or answers `refuseWith`, or never. */
export async function startProxy(options: { port?: number; refuseWith?: string; silent?: boolean }): Promise<TestProxy> {
  const asked: string[] = [];
  const authorizations: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, client: Socket) => {
    asked.push(request.url ?? '');
    authorizations.push(request.headers['proxy-authorization'] ?? '');
    client.on('error', () => client.destroy());
    if (options.silent === true) return;
    if (options.refuseWith !== undefined) client.end(`HTTP/1.1 ${options.refuseWith}\r\n\r\n`);
    else tunnel(client, options.port ?? 0);
  });
  const port = await listen(server);
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, port, asked, authorizations, [Symbol.asyncDispose]: close };
}

function tunnel(client: Socket, port: number): void {
  const inner = connect(port, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    inner.pipe(client).pipe(inner);
  });
  inner.on('error', () => client.destroy());
  client.on('close', () => inner.destroy());
}
