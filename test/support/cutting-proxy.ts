/** A way to a server that can be cut at the worst moment: when the server has answered and nobody heard it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly port: number;
  /** The next connection that sends a text with these words loses the answer to it, once. */
  loseAnswerTo(words: string): void;
  /** How often that happened. */
  readonly lost: () => number;
  close(): Promise<void>;
}

export async function cuttingProxy(port: number): Promise<CuttingProxy> {
  let words: string | undefined;
  let lost = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let deaf = false;
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    near.on('data', (bytes) => {
      if (words !== undefined && bytes.includes(words)) {
        words = undefined;
        deaf = true;
      }
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (deaf) {
        lost += 1;
        near.destroy();
        far.destroy();
      } else near.write(bytes);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    loseAnswerTo: (text) => void (words = text),
    lost: () => lost,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
