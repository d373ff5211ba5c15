/** A screen as a picture: text stays text, each piece at its column, so that any monospaced font will do. */
import type { Cell, Screen } from './terminal.ts';

const FONT = 14;
const WIDTH = 8.43;
const LEADING = 20;
const PADDING = 18;
const BAR = 34;

const BACKGROUND = '#15191f';
const FOREGROUND = '#d5dae1';
const COLOURS = ['#5c6673', '#ff7b72', '#7ee787', '#f2cc60', '#79c0ff', '#d2a8ff', '#76e3ea', '#d5dae1'];

/** @param title what is read aloud in place of the picture */
export function svgOf(screen: Screen, { title, columns }: { title: string; columns: number }): string {
  const width = Math.ceil(columns * WIDTH + 2 * PADDING);
  const height = BAR + screen.length * LEADING + PADDING;
  const lights = ['#ff6159', '#ffbd2e', '#28c941'].map(
    (fill, at) => `<circle cx="${PADDING + 6 + at * 20}" cy="18" r="6" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>text{font:${FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${FOREGROUND};white-space:pre}.b{font-weight:600}.d{opacity:.65}</style>`,
    `<rect width="${width}" height="${height}" rx="10" fill="${BACKGROUND}"/>`,
    ...lights,
    ...screen.flatMap((line, at) => lineOf(line, BAR + at * LEADING + FONT)),
    '</svg>',
    '',
  ].join('\n');
}

function lineOf(line: readonly Cell[], y: number): string[] {
  return piecesOf(line).map(({ from, cells: [first, ...rest] }) => {
    const text = [first, ...rest].map((cell) => cell?.text ?? '').join('');
    const length = text.length * WIDTH;
    const classes = [first?.bold ? 'b' : '', first?.dim ? 'd' : ''].filter((name) => name !== '').join(' ');
    const fill = first?.colour === undefined ? '' : ` style="fill:${COLOURS[first.colour % 8]}"`;
    const where = `x="${(PADDING + from * WIDTH).toFixed(1)}" y="${y}" textLength="${length.toFixed(1)}" xml:space="preserve"`;
    return `<text ${where}${classes && ` class="${classes}"`}${fill}>${escaped(text)}</text>`;
  });
}

interface Piece {
  readonly from: number;
  readonly cells: readonly Cell[];
}

/** Neighbours that look alike, parted at wide gaps. */
function piecesOf(line: readonly Cell[]): Piece[] {
  const pieces: { from: number; cells: Cell[] }[] = [];
  for (const [at, cell] of line.entries()) {
    const last = pieces.at(-1);
    const before = last?.cells.at(-1);
    if (last && before && looksLike(before, cell)) last.cells.push(cell);
    else pieces.push({ from: at, cells: [cell] });
  }
  return pieces.filter(({ cells }) => cells.some(({ text }) => text !== ' '));
}

function looksLike(a: Cell, b: Cell): boolean {
  return a.bold === b.bold && a.dim === b.dim && a.colour === b.colour;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
