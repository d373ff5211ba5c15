/** A terminal without a window: runs a program in a pseudo terminal, types when asked, and keeps what a person would see. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import xterm from '@xterm/headless';

export interface Cell {
  readonly text: string;
  readonly bold: boolean;
  readonly dim: boolean;
  /** One of the terminal's sixteen colours; undefined for its own. */
  readonly colour: number | undefined;
}

/** Lines of cells, without the empty ones below. */
export type Screen = readonly (readonly Cell[])[];

export interface Sitting {
  readonly columns: number;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What is typed, and after which words on the screen. */
  readonly types: readonly { readonly after: RegExp; readonly text: (group: string) => string }[];
  /** The picture is taken when this is on the screen, and at the end. */
  readonly snapshot: RegExp;
}

const ROWS = 60;

/** @returns what stood on the screen at the snapshot (undefined: it never came), and at the end */
export async function sit(
  command: string,
  sitting: Sitting,
): Promise<{ readonly during: Screen | undefined; readonly after: Screen; readonly exitCode: number }> {
  const { columns, cwd, env, types, snapshot } = sitting;
  const terminal = new xterm.Terminal({ cols: columns, rows: ROWS, allowProposedApi: true, convertEol: false });
  // util-linux's script(1) is the pseudo terminal.
  const child = spawn('script', ['-qfec', `stty cols ${columns} rows ${ROWS}; ${command}`, '/dev/null'], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  const waiting = [...types];
  let during: Screen | undefined;
  let drawn: Promise<void> = Promise.resolve();
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
    drawn = drawn
      .then(() => write(terminal, bytes))
      .then(() => void (during ??= snapshot.test(plainText(terminal)) ? screenOf(terminal) : undefined));
    const asked = waiting[0]?.after.exec(stripVTControlCharacters(said));
    if (asked) child.stdin.write(waiting.shift()?.text(asked[1] ?? '') ?? '');
  });
  const [code]: unknown[] = await once(child, 'close');
  await drawn;
  return { during, after: screenOf(terminal), exitCode: Number(code) };
}

function write(terminal: xterm.Terminal, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => terminal.write(bytes, resolve));
}

function plainText(terminal: xterm.Terminal): string {
  return screenOf(terminal)
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n');
}

function screenOf(terminal: xterm.Terminal): Screen {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, at) => cellsOf(active.getLine(at), terminal.cols));
  return lines.slice(0, lines.findLastIndex((line) => line.length > 0) + 1);
}

function cellsOf(line: ReturnType<xterm.Terminal['buffer']['active']['getLine']>, columns: number): Cell[] {
  const cells = Array.from({ length: columns }, (_, at) => {
    const cell = line?.getCell(at);
    const colour = cell?.isFgPalette() ? cell.getFgColor() : undefined;
    return {
      text: cell?.getChars() || ' ',
      bold: cell !== undefined && cell.isBold() !== 0,
      dim: cell !== undefined && cell.isDim() !== 0,
      colour,
    };
  });
  return cells.slice(0, cells.findLastIndex(({ text }) => text !== ' ') + 1);
}
