/** Lines with a label before them, as wide as a terminal. */
import { shown } from '../../core/one-line.ts';

const LABEL = 11;
/** Below this width words are broken anyhow. */
const LEAST = 20;

/** One text a line, wrapped between words; what wraps stands below the text and not below its label. */
export function labelled(label: string, texts: readonly string[], columns: number): string[] {
  const width = Math.max(LEAST, columns - LABEL - 2);
  const lines = texts.flatMap((text) => wrapped(shown(text), width));
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL - 2)} ${line}`);
}

/** Words on lines of at most `width` characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The beginning of a text that is longer than `width`, and a sign that something is missing. */
export function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
