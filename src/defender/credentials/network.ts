/** msal's network on our transport: a time-out, our proxies, bounded retries, and errors that say what happened. */
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import pRetry from 'p-retry';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthUnavailableError } from '../../core/errors.ts';
import type { HttpResult, Transport } from '../../http/transport.ts';
import { isJsonObject } from './json.ts';
import { isPending, isTemporary, refusalOf } from './refusal.ts';

const TIMEOUT_MS = 30_000;
const RETRIES = 3;
const LONGEST_PAUSE_MS = 30_000;

export interface NetworkOptions {
  readonly transport: Transport;
  readonly retryDelayMs: number;
  /** Names the credential in a refusal. */
  readonly what: string;
  readonly timeoutMs?: number;
  /** Statuses that are worth another try besides 408, 429 and 5xx. */
  readonly alsoTemporary?: readonly number[];
  scrub(text: string): string;
  /** Packs an error so that msal lets it through. */
  pack(error: unknown): Error;
}

/**
 * Every answer that is no success becomes an error of ours here: msal would make a vague one of it, take `{}` for a
 * token, or refuse by itself to ask again after a 429 or 5xx.
 */
export class SignInNetwork implements INetworkModule {
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send<T>('GET', url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send<T>('POST', url, options);
  }

  async #send<T>(method: 'GET' | 'POST', address: string, options: NetworkRequestOptions = {}): Promise<NetworkResponse<T>> {
    const url = new URL(address);
    let pauseMs = 0;
    return pRetry(
      async () => {
        const result = await this.#options.transport.send({
          method,
          url,
          headers: options.headers ?? {},
          ...(method === 'POST' && { body: options.body ?? '' }),
          timeoutMs: this.#options.timeoutMs ?? TIMEOUT_MS,
        });
        pauseMs = retryAfterOf(result);
        return this.#accept<T>(url.host, result);
      },
      {
        retries: RETRIES,
        minTimeout: this.#options.retryDelayMs,
        shouldRetry: ({ error }) => error instanceof AuthUnavailableError,
        onFailedAttempt: async ({ error, retriesLeft }) => {
          if (error instanceof AuthUnavailableError && retriesLeft > 0) await sleep(pauseMs);
        },
      },
    ).catch((error: unknown) => {
      throw this.#options.pack(error);
    });
  }

  #accept<T>(host: string, result: HttpResult): NetworkResponse<T> {
    if (result.kind !== 'response') throw unavailable(`${host} could not be reached: ${result.reason}`);
    const body: T | undefined = isJsonObject(result.body) ? JSON.parse(result.body) : undefined;
    if (this.#isTemporary(result.status, body)) throw unavailable(`${host} answered ${result.status}`);
    if (result.status >= 400 && !isPending(body)) throw refusalOf(body, result.status, host, this.#options);
    // 2xx with something else than an object, and redirects: a gateway in between, most likely.
    if (body === undefined) throw unavailable(`${host} answered ${result.status} with something that is no token`);
    return { headers: { ...result.headers }, body, status: result.status };
  }

  #isTemporary(status: number, body: unknown): boolean {
    return status === 408 || status === 429 || status >= 500 || this.#options.alsoTemporary?.includes(status) === true || isTemporary(body);
  }
}

function unavailable(message: string): AuthUnavailableError {
  return new AuthUnavailableError(`no token: ${message}`);
}

function retryAfterOf(result: HttpResult): number {
  const seconds = Number(result.kind === 'response' ? (result.headers['retry-after'] ?? 0) : 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, LONGEST_PAUSE_MS) : 0;
}
