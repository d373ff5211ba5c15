/** What the documents print, as data: commands of cordon in shell blocks and in running text, links, paths, variables. */
import { readdirSync, readFileSync } from 'node:fs';
import { marked, type Token } from 'marked';

export interface Printed {
  /** Where it stands: file and text. */
  readonly where: string;
  /** The words after `cordon`. */
  readonly words: readonly string[];
  /** It names a command rather than being one: what has to follow may be left out. */
  readonly synopsis: boolean;
}

export const DOCUMENTS: readonly string[] = [
  'README.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'deploy/README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function textOf(document: string): string {
  return readFileSync(document, 'utf8');
}

function tokensOf(document: string): Token[] {
  const found: Token[] = [];
  void marked.walkTokens(marked.lexer(textOf(document)), (token) => void found.push(token));
  return found;
}

/** Code of blocks: fenced as a shell's, or indented. */
export function shellBlocks(document: string): string[] {
  return tokensOf(document).flatMap((token) =>
    token.type === 'code' && ['sh', 'powershell', ''].includes(String(token['lang'] ?? '')) ? [String(token['text'])] : [],
  );
}

/** Code in running text and in tables. */
export function codeSpans(document: string): string[] {
  return tokensOf(document).flatMap((token) => (token.type === 'codespan' ? [String(token['text'])] : []));
}

export function linksOf(document: string): string[] {
  return tokensOf(document).flatMap((token) => (token.type === 'link' || token.type === 'image' ? [String(token['href'])] : []));
}

/** Every command line of cordon that the document prints. */
export function commandsOf(document: string): Printed[] {
  const blocks = shellBlocks(document).flatMap((block) => block.replaceAll(/[\\`]\n\s*/g, ' ').split('\n'));
  const spans = codeSpans(document).filter((text) => /^(\.\/)?cordon\s+[^…\s]/.test(text));
  const printed = (line: string, synopsis: boolean): Printed[] =>
    simpleCommands(line).flatMap((words) => {
      const own = ofCordon(words);
      return own === undefined ? [] : [{ where: `${document}: ${line.trim()}`, words: own, synopsis: synopsis || own.includes('…') }];
    });
  return [...blocks.flatMap((line) => printed(line, false)), ...spans.flatMap((line) => printed(line, true))];
}

/** A line's commands, split as a shell would: quotes, comments, pipes, redirections; variables that are set before one are left out. */
export function simpleCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const [, quoted, bare = ''] of line.matchAll(
    /(?:((?:[^\s'"|;&#]*(?:"[^"]*"|'[^']*'))+[^\s'"|;&]*)|(#.*$|&&|\|\|?|;|>+|[^\s'"|;&>]+))/g,
  )) {
    if (bare.startsWith('#')) break;
    if (/^(&&|\|\|?|;)$/.test(bare)) commands.push([]);
    else commands.at(-1)?.push(quoted === undefined ? bare : quoted.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
  }
  return commands.map(withoutRedirections).filter((words) => words.length > 0);
}

function withoutRedirections(words: readonly string[]): string[] {
  const kept = words.filter((word, at) => !/^>+$/.test(word) && !/^>+$/.test(words[at - 1] ?? ''));
  const first = kept.findIndex((word) => !/^(\w+=|\$env:\w+=)/.test(word));
  return first < 0 ? [] : kept.slice(first);
}

/** The words after the program's name: installed, in the checkout, or an image's entrypoint. */
function ofCordon(words: readonly string[]): string[] | undefined {
  const [program, ...rest] = words;
  if (program === 'cordon' || program === './cordon') return rest;
  if (program === 'docker' && rest[0] === 'run') return rest.slice(rest.indexOf('cordon') + 1);
  if (program === 'npm' && rest.includes('cordon') && rest.includes('--')) return rest.slice(rest.indexOf('--') + 1);
  return undefined;
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  JOB: 'restrict',
  COMMAND: 'run',
  SHELL: 'bash',
  SOURCE: 'tag:x',
  D: '2d',
  TIME: '2d',
  N: '5',
  'N/D': '5/2d',
  'N/TIME': '5/2d',
  'STATE,…': 'pending',
};

/** Signs of a synopsis out of the way: brackets, alternatives, dots that stand for more, words in capitals. */
export function plainWords(words: readonly string[]): string[] {
  return words
    .map((word) => PLACEHOLDERS[word] ?? word)
    .map((word) => word.replaceAll(/[[\]]/g, '').replace(/^(\w+)\|.*/, '$1'))
    .map((word) => PLACEHOLDERS[word.replace(/…$/, '')] ?? word.replace(/(?<=\w)…$/, ''))
    .map((word, at, all) => (word === '…' && all[at - 1]?.startsWith('--') ? 'x' : word))
    .filter((word) => word !== '…' && word !== '');
}
