/** A program that uses the library; compiled and run against the installed package. */
import { startEmulator, readTargets, VERSION, type InputRows, UsageError } from '../../src/index.ts';

const rows: InputRows = await readTargets([{ kind: 'machine', id: '1e5bc9d7e413ddd7902c2932e418702b84d0cc07' }]);
// @ts-expect-error: a row has no such thing; were the types lost, this would be no mistake.
void rows.at(0)?.noSuchThing;
const emulator = await startEmulator();
console.log(`${VERSION}: ${rows.length} row, an emulator at ${emulator.url}`);
await emulator.close();
await readTargets([{ kind: 'file', path: 'none' }]).catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
});
