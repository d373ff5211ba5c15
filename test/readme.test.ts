/** The documents do not rot: commands they print are understood, paths and links lead somewhere, tables hold what the code holds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import about from '../package.json' with { type: 'json' };
import { findJob, jobs } from '../jobs/index.ts';
import { main } from '../src/cli/main.ts';
import { commands } from '../src/cli/commands/index.ts';
import { EXIT } from '../src/core/exit.ts';
import { OUTCOMES } from '../src/core/types.ts';
import { envName, flagNames, flagOf, typedName } from '../src/settings/settings.ts';
import {
  codeSpans,
  commandsOf,
  DOCUMENTS,
  linksOf,
  plainWords,
  shellBlocks,
  simpleCommands,
  textOf,
  type Printed,
} from './support/documents.ts';

/** Runs the real command line up to the point where a command would begin; what is wrong with it, or ''. */
async function complaint({ words, synopsis = false }: Pick<Printed, 'words'> & Partial<Printed>): Promise<string> {
  const argv = plainWords(words);
  let said = '';
  let understood = argv.some((word) => ['--help', '--help-all', '--version', 'help'].includes(word));
  const exitCode = await main(
    argv,
    {
      env: {},
      stdin: Readable.from([]),
      stdout: { write: () => true },
      stderr: { write: (text: string) => (said += text) },
      onSignal: () => () => undefined,
      exitNow: () => undefined,
      now: Date.now,
    },
    {
      instead: async ({ usage }, { args, settings }) => {
        const [first] = args;
        understood = true;
        if (usage.includes('[job]') && first === undefined && settings.plan === undefined && !synopsis) said += 'no job';
        if (usage.includes('[job]') && first !== undefined && !findJob(first)) said += `no job "${first}"`;
        return EXIT.ok;
      },
    },
  );
  if (synopsis && /argument missing/.test(said)) return '';
  return exitCode === EXIT.ok && understood ? said : said || `exit ${exitCode}`;
}

const all = DOCUMENTS.flatMap(commandsOf);

describe('commands that the documents print', () => {
  it('are found', () => {
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter(({ where }) => where.startsWith('README.md')).length).toBeGreaterThan(20);
  });

  it('are split as a shell splits them', () => {
    expect(simpleCommands('A=1 cordon run x.csv --comment "INC 1" > out.txt && cordon runs | head # now')).toStrictEqual([
      ['cordon', 'run', 'x.csv', '--comment', 'INC 1'],
      ['cordon', 'runs'],
      ['head'],
    ]);
  });

  it('are told from wrong ones', async () => {
    const wrong = ['run restrikt a.csv', 'run restrict a.csv --coment x', 'resume a b', 'prune --keep soon', 'runn'];
    const complaints = await Promise.all(wrong.map(async (words) => complaint({ words: words.split(' ') })));
    expect(complaints.filter((why) => why !== '').length).toBe(wrong.length);
  });

  it('are understood by the command line', async () => {
    const wrong: string[] = [];
    for (const printed of all) {
      const why = await complaint(printed);
      if (why !== '') wrong.push(`${printed.where}\n    ${why.split('\n')[0]}`);
    }
    expect(wrong.join('\n')).toBe('');
  });

  it('are all commands that there are', () => {
    const names = commands.map(({ usage }) => usage.split(' ')[0]);
    const printed = new Set(commandsOf('README.md').map(({ words }) => words[0]));
    expect(names.filter((name) => !printed.has(name ?? ''))).toStrictEqual([]);
  });

  it('of npm are scripts', () => {
    const printed = DOCUMENTS.flatMap((document) => [...shellBlocks(document), ...codeSpans(document)])
      .flatMap((text) => [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)])
      .map(([, name]) => name ?? '');
    expect(printed.filter((name) => !(name in about.scripts))).toStrictEqual([]);
  });
});

describe('the README', () => {
  const readme = textOf('README.md');

  it('has the two commands', () => {
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
  });

  it('has every exit code, once', () => {
    const [, table = ''] = readme.split(/^## Exit codes$/m);
    const codes = [...(table.split(/^## /m)[0] ?? '').matchAll(/^\| ([\d /]+) \|/gm)].flatMap(([, cell = '']) =>
      cell.split('/').map(Number),
    );
    expect(codes.toSorted((a, b) => a - b)).toStrictEqual(Object.values(EXIT).toSorted((a, b) => a - b));
  });

  it('names the flags that have no variable', () => {
    const [, named = ''] = /except what must be typed each\s+time, such as `([^`]+)`/.exec(readme) ?? [];
    const typedOnly = flagNames().filter((name) => flagOf(name).typedOnly);
    expect(typedOnly.map(typedName)).toStrictEqual(expect.arrayContaining(named.split(' ')));
  });

  it('has every outcome and every job', () => {
    const words = new Set(codeSpans('README.md').flatMap((text) => text.split(' ')));
    expect([...OUTCOMES, ...jobs.map(({ name }) => name)].filter((word) => !words.has(word))).toStrictEqual([]);
  });
});

describe('what the documents point to', () => {
  const spans = DOCUMENTS.flatMap((document) => codeSpans(document).map((text) => ({ document, text })));

  it('links lead to a file, and to a heading that it has', () => {
    const broken = DOCUMENTS.flatMap((document) =>
      linksOf(document)
        .filter((href) => !/^[a-z]+:/.test(href))
        .filter((href) => !leadsSomewhere(document, href))
        .map((href) => `${document}: ${href}`),
    );
    expect(broken).toStrictEqual([]);
  });

  it('files of the repository are there', () => {
    const named = spans.flatMap(({ document, text }) => text.split(/[\s`,]+/).map((word) => ({ document, word })));
    const paths = named.filter(({ word }) => /^(src|test|jobs|bench|build|deploy|docs|fixtures|schemas)\/[\w./-]+\w$/.test(word));
    const missing = paths.filter(({ word }) => !existsSync(word) && !word.endsWith('/x.ts'));
    expect(missing.map(({ document, word }) => `${document}: ${word}`)).toStrictEqual([]);
  });

  it('variables are known', () => {
    const tests = sourcesOf('test').flatMap((text) => [...text.matchAll(/env\['(CORDON_\w+)'\]/g)].map(([, variable = '']) => variable));
    const parameters = jobs.flatMap(({ parameters = [] }) =>
      parameters.map(({ name }) => `CORDON_${name.replaceAll('-', '_').toUpperCase()}`),
    );
    const known = new Set([...flagNames().map(envName), ...parameters, ...tests, 'CORDON_ACCESS_TOKEN', 'CORDON_NOTIFY_URL', 'CORDON_']);
    const named = DOCUMENTS.flatMap((document) => [...textOf(document).matchAll(/CORDON_\w*/g)].map(([name]) => ({ document, name })));
    expect(named.filter(({ name }) => !known.has(name))).toStrictEqual([]);
  });

  it('every page is in the index of pages', () => {
    const listed = linksOf('docs/README.md');
    const pages = DOCUMENTS.filter((document) => document.startsWith('docs/') && document !== 'docs/README.md');
    expect(pages.filter((page) => !listed.includes(page.slice('docs/'.length)))).toStrictEqual([]);
  });
});

function leadsSomewhere(document: string, href: string): boolean {
  const [path = '', anchor] = href.split('#');
  const file = path === '' ? document : join(dirname(document), path);
  if (!existsSync(file)) return false;
  if (anchor === undefined) return true;
  return [...textOf(file).matchAll(/^#+ (.+)$/gm)].some(([, heading = '']) => slug(heading) === anchor);
}

/** As GitHub makes anchors of headings. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

describe('docs/troubleshooting.md', () => {
  const page = textOf('docs/troubleshooting.md');

  it('has a part for every exit code that is no success', () => {
    const parts = [...page.matchAll(/^## Exit ([\d, and]+)/gm)].flatMap(([, codes = '']) => codes.match(/\d+/g)?.map(Number) ?? []);
    expect(new Set(parts)).toStrictEqual(new Set(Object.values(EXIT).filter((code) => code !== EXIT.ok)));
  });

  it('quotes messages as the program says them', () => {
    const program = sourcesOf('src').join('\n');
    const messages = [...page.matchAll(/^\| "(.+?)" \|/gm)].map(([, message = '']) => message);
    const fragments = messages.flatMap((message) => message.split('…').map((fragment) => fragment.trim()));
    expect(messages.length).toBeGreaterThan(30);
    expect(fragments.filter((fragment) => !program.includes(fragment))).toStrictEqual([]);
  });
});

function sourcesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}

describe('docs/design-notes.md', () => {
  const notes = textOf('docs/design-notes.md');

  it('names every folder of src, and no other', () => {
    const [, tree = ''] = /^## Where things are\n+```\n([\s\S]*?)```/m.exec(notes) ?? [];
    const named = [...tree.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name = '']) => name);
    const there = readdirSync('src', { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    expect(new Set(named)).toStrictEqual(new Set(there));
  });

  it('keeps its decisions in the order of their days, each once', () => {
    const lines = [...notes.matchAll(/^- (\d{4}-\d\d-\d\d) \*\*(.+?)\*\*/gm)].map(([, day = '', what = '']) => ({ day, what }));
    expect(lines.map(({ day }) => day)).toStrictEqual(lines.map(({ day }) => day).toSorted());
    expect(new Set(lines.map(({ what }) => what)).size).toBe(lines.length);
    expect(notes.match(/^- /gm)?.length).toBe(lines.length);
  });
});

describe('docs/extending.md', () => {
  it('explains what a job may have', () => {
    const cells = [...textOf('docs/extending.md').matchAll(/^\| ((?:`\w+` )+)\|/gm)].map(([, cell = '']) => cell);
    const rows = cells.flatMap((cell) => cell.match(/\w+/g) ?? []);
    const properties = new Set(jobs.flatMap((job) => Object.keys(job)));
    expect(rows.filter((row) => !properties.has(row))).toStrictEqual([]);
    expect([...properties].filter((property) => !rows.includes(property))).toStrictEqual([]);
  });
});
