/** The program as one CommonJS file: what Node 24 takes into a single executable. */
import { rolldown } from 'rolldown';
import config from '../rolldown.config.ts';

/** Writes it to `file`. */
export async function bundleAsOne(file: string): Promise<void> {
  const { output: _, ...shared } = config;
  const bundle = await rolldown({ ...shared, input: 'src/cli.ts' });
  await bundle.write({ file, format: 'cjs', codeSplitting: false });
  await bundle.close();
}
