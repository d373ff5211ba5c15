/** How far a run is, for a person who watches: sentences, and a bar that is drawn anew several times a second. */
import type { RunEvent } from '../../core/events.ts';
import type { Listener } from '../../core/ports.ts';
import { countsText } from '../views/counts.ts';
import { standingsText } from '../../core/following.ts';
import type { Display } from '../views/display.ts';
import { strays } from '../views/question.ts';
import { renderBar } from '../views/progress.ts';
import { sentenceOf, warningOf } from '../views/sentences.ts';

const BAR_EVERY_MS = 200;

export function createBar(display: Display): Listener {
  let timer: NodeJS.Timeout | undefined;
  const begin = ({ run, progress }: Extract<RunEvent, { kind: 'begun' }>): void => {
    const draw = (): void => display.progress(renderBar(progress(), run.emulated, display.columns()));
    draw();
    timer = setInterval(draw, BAR_EVERY_MS);
  };
  return (event) => {
    const [sentence, warning] = [sentenceOf(event), warningOf(event)];
    if (sentence !== undefined) display.say(sentence);
    if (warning !== undefined) display.warn(warning);
    if (event.kind === 'begun') begin(event);
    if (event.kind === 'following') {
      const draw = (): void => display.progress(`following ${event.run.id}: ${standingsText(event.standings())}`);
      timer = setInterval(draw, BAR_EVERY_MS);
    }
    if (event.kind === 'ended' || event.kind === 'followed') {
      clearInterval(timer);
      display.progress('');
    }
    if (event.kind === 'reading') display.progress(`reading ${event.what} …`);
    if (event.kind === 'facts') display.progress('');
    if (event.kind === 'planned') {
      display.say(countsText(event.plan.outcomes) || 'no rows');
      for (const line of strays(event.plan)) display.warn(line);
    }
  };
}
