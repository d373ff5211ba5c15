/** The script of a report's page. */
import type { PageData } from '../data.ts';
import { addCopyButtons } from './copy.ts';
import { byId } from './dom.ts';
import { listen } from './live.ts';
import { Table } from './table.ts';

const data: PageData = JSON.parse(byId('data').textContent ?? '');
const table = new Table(data);
addCopyButtons(document);
const events = document.querySelector('meta[name="cordon-events"]')?.getAttribute('content');
if (typeof events === 'string') listen(events, data.version, table);
document.documentElement.classList.add('ready');
