/** Standard output that knows whether all of it was written. */
import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { getSystemErrorMessage } from 'node:util';

export interface Output {
  readonly columns?: number;
  write(text: string): unknown;
  /** Resolves once everything is written: to the first error, unless the reader only went away. */
  flushed(): Promise<Error | undefined>;
}

/** A reader that goes away (`cordon … | head`) has had enough: that is no error. */
const GONE = new Set(['EPIPE', 'EOF', 'ERR_STREAM_DESTROYED']);

/** Never throws and never emits an error: a full disk must not end a run half way either. */
export function openOutput(stream: NodeJS.WriteStream & { readonly fd: number }): Output {
  stream.on('error', () => {});
  return isFile(stream.fd) ? new FileOutput(stream.fd) : new StreamOutput(stream);
}

function isFile(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFile() || (stat.isCharacterDevice() && !isatty(fd));
  } catch {
    return false;
  }
}

/** Node's own stream for files does not look at how much of a text was written: on a disk that fills up, a part is. */
class FileOutput implements Output {
  readonly #fd: number;
  #lost: Error | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Nothing after an error, should there be room again: a hole in the middle is worse than an end. */
  write(text: string): void {
    try {
      let rest: Buffer = Buffer.from(text);
      while (rest.length > 0 && !this.#lost) rest = rest.subarray(writeSync(this.#fd, rest));
    } catch (error) {
      this.#lost = lossOf(error);
    }
  }

  flushed(): Promise<Error | undefined> {
    return Promise.resolve(this.#lost);
  }
}

class StreamOutput implements Output {
  readonly #stream: NodeJS.WriteStream;
  #lost: Error | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on('error', (error) => (this.#lost ??= lossOf(error)));
  }

  get columns(): number {
    return this.#stream.columns;
  }

  write(text: string): unknown {
    return this.#stream.write(text);
  }

  /** The error of a write is told to its callback first, and to listeners in the next turn. */
  flushed(): Promise<Error | undefined> {
    return new Promise((resolve) => {
      this.#stream.write('', () => setImmediate(() => resolve(this.#lost)));
    });
  }
}

function lossOf(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return new Error(String(error));
  const { code, errno }: NodeJS.ErrnoException = error;
  if (code !== undefined && GONE.has(code)) return undefined;
  return errno === undefined ? error : new Error(getSystemErrorMessage(errno), { cause: error });
}
