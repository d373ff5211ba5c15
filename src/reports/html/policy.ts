/** What a page may do: run its own script and nothing else, and ask nobody for anything. */
import { createHash } from 'node:crypto';
import { SCRIPT, STYLE } from '../../page/bundle.ts';

/** No text can become markup, and nothing comes from anywhere. A live page may also ask the server that it came from. */
export function contentPolicy(isLive: boolean): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(SCRIPT)}'`,
    `style-src '${hashOf(STYLE)}'`,
    'img-src data:',
    ...(isLive ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** The list of runs has no script at all. */
export function runsPolicy(): string {
  return `default-src 'none'; style-src '${hashOf(STYLE)}'; img-src data:; base-uri 'none'; form-action 'none'`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
