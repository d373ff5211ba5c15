import { AuthError } from '../../core/errors.ts';
import { readText } from '../../system/reading.ts';

/**
 * The text of a file that a credential lives in, trimmed.
 * @throws AuthError when it cannot be read or is empty.
 */
export async function readCredentialFile(path: string, what: string): Promise<string> {
  const text = await readText(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AuthError(`the ${what} ${path} cannot be read (${cause.code ?? cause.message})`, { cause });
  });
  if (text.trim() === '') throw new AuthError(`the ${what} ${path} is empty`);
  return text.trim();
}
