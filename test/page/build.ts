/** `npm run page`: the browser code and the style of the page as one module that Node reads. What it writes is committed, for review. */
import { readFile, writeFile } from 'node:fs/promises';
import { rolldown } from 'rolldown';

export const BUNDLE = 'src/page/bundle.ts';

/** In this order: what comes later wins. */
const STYLES = ['base', 'head', 'figures', 'next', 'charts', 'facts', 'rows', 'narrow', 'print'];

/** The text of the module; a test compares it with what is committed. */
export async function bundleText(): Promise<string> {
  const script = await scriptText();
  const parts = await Promise.all(STYLES.map((name) => readFile(`src/page/style/${name}.css`, 'utf8')));
  const style = parts.join('\n');
  return `// Made by \`npm run page\` from src/page/browser and src/page/style: not to be edited.
export const SCRIPT = ${literal(script)};
export const STYLE = ${literal(style)};
`;
}

async function scriptText(): Promise<string> {
  const build = await rolldown({ input: 'src/page/browser/report.ts', platform: 'browser', tsconfig: false });
  const { output } = await build.generate({ format: 'esm', minify: false });
  return output[0].code;
}

/** Readable in a review: lines stay lines. */
function literal(text: string): string {
  return `\`\n${text.replaceAll(/[\\`]|\$\{/g, String.raw`\$&`)}\``;
}

if (import.meta.main) await writeFile(BUNDLE, await bundleText());
