// Made by `npm run page` from src/page/browser and src/page/style: not to be edited.
export const SCRIPT = `
// src/page/browser/copy.ts
/** A button beside each command that copies it. */
function addCopyButtons(within) {
	for (const command of within.querySelectorAll("pre.command")) {
		const button = document.createElement("button");
		button.type = "button";
		button.className = "copy";
		button.textContent = "Copy";
		button.addEventListener("click", () => {
			copy(command.querySelector("code")?.textContent ?? "", button);
		});
		command.append(button);
	}
}
async function copy(text, button) {
	button.textContent = await written(text) ? "Copied" : "Select it and copy";
	setTimeout(() => button.textContent = "Copy", 2e3);
}
/** A browser may refuse, above all in a page from a file. */
async function written(text) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return false;
	}
}

// src/page/browser/dom.ts
const SVG = "http://www.w3.org/2000/svg";
/** The tree as elements. No text is ever read as markup. */
function toDom(tree, inSvg = false) {
	if (typeof tree === "string") return document.createTextNode(tree);
	const [tag, attributes, children] = tree;
	const isSvg = inSvg || tag === "svg";
	const element = isSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) if (value !== void 0 && value !== false) element.setAttribute(name, value === true ? "" : String(value));
	element.append(...children.map((child) => toDom(child, isSvg)));
	return element;
}
/** The element with this id. @throws Error when the page has none: then it is not our page */
function byId(id) {
	const found = document.getElementById(id);
	if (!found) throw new Error(\`there is no #\${id} in this page\`);
	return found;
}

// src/page/browser/live.ts
/** @param since the version that the page came with */
function listen(events, since, table) {
	const source = new EventSource(events);
	let version = since;
	let queue = Promise.resolve();
	source.addEventListener("news", ({ data }) => {
		const news = JSON.parse(data);
		for (const section of news.sections) replace(section);
		queue = queue.then(async () => version = await catchUp(news, events, version, table));
	});
	source.addEventListener("open", () => document.body.classList.remove("stale"));
	source.addEventListener("error", () => document.body.classList.add("stale"));
}
async function catchUp(news, events, since, table) {
	if (news.version === since) return since;
	if (!news.changed || news.version !== since + 1) return fetchRows(events, since, table);
	table.take(news.changed);
	return news.version;
}
async function fetchRows(events, since, table) {
	const answer = await fetch(\`\${events}/rows?since=\${since}\`).catch(() => void 0);
	if (!answer?.ok) return since;
	const { version, rows } = await answer.json();
	table.take(rows);
	return version;
}
function replace(section) {
	const [, { id }] = section;
	if (typeof id !== "string" || id === "rows") return;
	const old = byId(id);
	const fresh = toDom(section);
	if (!(fresh instanceof HTMLElement)) return;
	keepOpen(old, fresh);
	addCopyButtons(fresh);
	old.replaceWith(fresh);
}
/** Figures that somebody opened stay open. */
function keepOpen(old, fresh) {
	const opened = old.querySelectorAll("details");
	fresh.querySelectorAll("details").forEach((details, i) => details.open = opened[i]?.open ?? false);
}

// src/page/table-model.ts
const FIRST_VIEW = {
	search: "",
	filter: "all",
	sort: "urgency",
	descending: false
};
/** Finds rows again and again without reading all their cells each time. */
var TableModel = class {
	#results;
	inputColumns;
	/** As in the page's data. */
	day;
	#rows;
	/** By row number; texts in lower case, made when they are first searched. */
	#texts = /* @__PURE__ */ new Map();
	constructor({ rows, results, inputColumns, day }) {
		this.#rows = [...rows];
		this.#results = results;
		this.inputColumns = inputColumns;
		this.day = day;
	}
	get size() {
		return this.#rows.length;
	}
	/** Rows that changed, or that are new. */
	take(rows) {
		const places = new Map(this.#rows.map(([row], place) => [row, place]));
		for (const row of rows) {
			this.#texts.delete(row[0]);
			this.#rows[places.get(row[0]) ?? this.#rows.length] = row;
		}
	}
	wordsOf(row) {
		return this.#results[row[3]];
	}
	needsSomebody(row) {
		return typeof this.wordsOf(row)?.todo === "string";
	}
	/** How many rows each result has, in the order of urgency; zeros left out. */
	counts() {
		const counts = /* @__PURE__ */ new Map();
		for (const row of this.#rows) counts.set(row[3], (counts.get(row[3]) ?? 0) + 1);
		return this.#results.flatMap((words, result) => {
			const count = counts.get(result) ?? 0;
			return count > 0 ? [{
				result,
				words,
				count
			}] : [];
		});
	}
	/** The rows of a view, in its order. Every word of the search has to be in a row somewhere. */
	rows({ search, filter, sort, descending }) {
		const words = search.toLowerCase().split(/\\s+/).filter((word) => word !== "");
		const found = this.#rows.filter((row) => this.#passes(row, filter) && words.every((word) => this.#textOf(row).includes(word)));
		const compare = COMPARE[sort];
		const way = descending ? -1 : 1;
		return found.sort((a, b) => way * compare(a, b) || a[0] - b[0]);
	}
	/** Makes all texts ready for the first search. */
	prepare() {
		for (const row of this.#rows) this.#textOf(row);
	}
	#passes(row, filter) {
		if (filter === "all") return true;
		return filter === "todo" ? this.needsSomebody(row) : row[3] === filter;
	}
	#textOf(row) {
		const known = this.#texts.get(row[0]);
		if (known !== void 0) return known;
		const [number, machineId, deviceName, , outcome, status, actionId, http, code, message, , , , , , opposed, , , input] = row;
		const text = [
			number,
			machineId,
			deviceName,
			this.wordsOf(row)?.label,
			outcome,
			status,
			actionId,
			http,
			code,
			message,
			opposed,
			...input
		].join("\\n").toLowerCase();
		this.#texts.set(row[0], text);
		return text;
	}
};
const byText = (of) => {
	const collator = new Intl.Collator("en", { numeric: true });
	return (a, b) => collator.compare(of(a), of(b));
};
/** What was never sent or settled comes last. */
const byTime = (of) => (a, b) => (of(a) ?? Infinity) - (of(b) ?? Infinity) || 0;
const COMPARE = {
	urgency: (a, b) => a[3] - b[3],
	row: (a, b) => a[0] - b[0],
	machine: byText((row) => row[2] || row[1]),
	action: byText((row) => row[5] ?? "􏿿"),
	attempts: (a, b) => a[10] - b[10],
	sent: byTime((row) => row[11])
};

// src/page/text.ts
/** Numbers, times and foreign text as a page shows them. Pure; the same in Node and in a browser. */
/** "10,000" */
function count(n) {
	return String(n).replaceAll(/\\B(?=(\\d{3})+$)/g, ",");
}
/** "1 row", "2 rows" */
function plural(n, one, many = \`\${one}s\`) {
	return \`\${count(n)} \${n === 1 ? one : many}\`;
}
/** Milliseconds since the epoch as "2026-11-23 10:15:30", UTC; '' for null. */
function utc(at) {
	return at === null ? "" : new Date(at).toISOString().slice(0, 19).replace("T", " ");
}
/** The time of day, and the date before it when that is another day than \`day\`, which is written as in \`utc\`. */
function clock(at, day) {
	const text = utc(at);
	return text.startsWith(day) ? text.slice(day.length).trim() : text;
}
/** What no reader sees, or what turns the text around it: shown by its number. */
const UNSEEN = /[\\p{Cc}\\p{Cf}\\u2028\\u2029\\u{E0000}-\\u{E0FFF}]/gu;
const LONGEST = 300;
/** Foreign text, its invisible characters made visible, cut where it is longer than anybody reads. */
function visible(text, longest = LONGEST) {
	return (text.length > longest ? \`\${text.slice(0, longest)}… (\${count(text.length)} characters)\` : text).replaceAll(UNSEEN, (character) => \`⟨U+\${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩\`);
}

// src/page/tree.ts
/** An element. Children that are undefined or false are left out, lists are opened. */
function h(tag, attributes = {}, ...children) {
	return [
		tag,
		attributes,
		children.flatMap(opened)
	];
}
function opened(child) {
	if (child === void 0 || child === false) return [];
	if (typeof child === "string") return [child];
	return isElement(child) ? [child] : child.flatMap(opened);
}
/** An element begins with its tag and goes on with an object; a list of children never does. */
function isElement(child) {
	return typeof child[0] === "string" && child.length === 3 && typeof child[1] === "object" && !Array.isArray(child[1]);
}

// src/page/browser/cells.ts
/** A mark for each group that is no colour. */
const MARKS = {
	confirmed: "✓",
	pending: "◔",
	attention: "!",
	skipped: "–",
	waiting: "…",
	planned: "→"
};
function rowOf(row, model, isOpen) {
	const [number, machineId, deviceName, , , actionStatus, , httpStatus, errorCode, message, attempts, sentAt, , endedAt, , opposed] = row;
	const words = model.wordsOf(row);
	const group = words?.group ?? "";
	const known = [errorCode, httpStatus !== null && httpStatus >= 300 ? \`HTTP \${httpStatus}\` : null].filter((part) => part !== null);
	return h("tr", { class: group }, h("td", { class: "number" }, detailsButton(number, isOpen)), h("th", {
		scope: "row",
		class: "machine"
	}, deviceName !== "" && h("span", { class: "name" }, ...breakable(visible(deviceName))), h("code", {}, visible(machineId))), h("td", { class: "result" }, h("span", { class: \`badge \${group}\` }, h("span", { "aria-hidden": "true" }, MARKS[group] ?? ""), \` \${words?.label ?? ""}\`), h("span", {
		class: "narrow",
		"aria-hidden": "true"
	}, shortly([
		...known,
		message,
		opposed
	]))), h("td", { class: "action" }, actionStatus ?? "", endedAt !== null && h("span", { class: "when" }, clock(endedAt, model.day))), h("td", { class: "known" }, known.length > 0 && h("span", { class: "code" }, known.map((part) => visible(part)).join(" · ")), visible([message, opposed].filter((part) => part !== null && part !== "").join("; "))), h("td", { class: "number few" }, attempts > 0 ? count(attempts) : ""), h("td", { class: "time few" }, clock(sentAt, model.day)));
}
/** A long name breaks after its dots rather than anywhere. */
function breakable(text) {
	return text.split(/(?<=\\.)/).flatMap((part, i) => i === 0 ? [part] : [h("wbr"), part]);
}
function shortly(parts) {
	return parts.flatMap((part) => part === null ? [] : [visible(part, 120)]).join(" · ");
}
function detailsButton(number, isOpen) {
	return h("button", {
		type: "button",
		class: "toggle",
		"data-row": number,
		"aria-expanded": String(isOpen),
		"aria-label": \`Row \${number}, details\`
	}, count(number));
}
/** Everything that the report knows of a row. */
function detailsOf(row, model, { files }) {
	const [, machineId, deviceName, , outcome, actionStatus, actionId, httpStatus, errorCode, message, attempts, sentAt, settledAt, endedAt, seen, opposed, file, line, input] = row;
	const words = model.wordsOf(row);
	const list = [
		["What it means", words?.meaning ?? null],
		["What to do", words?.todo ?? null],
		["Outcome", outcome],
		["Machine id", machineId],
		["Device name", deviceName],
		["Action", actionId],
		["Action status", actionStatus],
		["Action ended", timeOf(endedAt)],
		["Machine last seen", seen],
		["Opposite action", opposed],
		["HTTP status", httpStatus],
		["Error code", errorCode],
		["Message", message],
		["Requests", attempts],
		["First sent", timeOf(sentAt)],
		["Settled", timeOf(settledAt)],
		["In the list", \`\${files[file] ?? ""}, line \${line}\`],
		...model.inputColumns.map((name, i) => [name, input[i] ?? null])
	].filter(([, value]) => value !== null && value !== "").map(([label, value]) => h("div", {}, h("dt", {}, visible(label)), h("dd", {}, visible(String(value), 2e3))));
	return h("tr", { class: "details" }, h("td", { colspan: 7 }, h("dl", {}, ...list)));
}
function timeOf(at) {
	return at === null ? "" : \`\${utc(at)} UTC\`;
}

// src/page/browser/table.ts
const PAGE = 100;
/** A printer gets every row of the view, unless that would be thousands of sheets. */
const MOST_PRINTED = 2e4;
const HEADINGS = [
	{
		text: "Row",
		sort: "row",
		kind: "number"
	},
	{
		text: "Machine",
		sort: "machine",
		kind: ""
	},
	{
		text: "Result",
		sort: "urgency",
		kind: ""
	},
	{
		text: "Action",
		sort: "action",
		kind: "action"
	},
	{
		text: "What is known",
		kind: "known"
	},
	{
		text: "Requests",
		sort: "attempts",
		kind: "number few"
	},
	{
		text: "Sent (UTC)",
		sort: "sent",
		kind: "few"
	}
];
var Table = class {
	#data;
	#model;
	#view = FIRST_VIEW;
	#found = [];
	#from = 0;
	#opened = /* @__PURE__ */ new Set();
	#body = toDom(h("tbody"));
	constructor(data) {
		this.#data = data;
		this.#model = new TableModel(data);
		byId("table").replaceChildren(...skeleton(data).map((part) => toDom(part)));
		byId("body-place").replaceWith(this.#body);
		this.#listen();
		this.#find({});
		requestIdleCallback(() => this.#model.prepare());
	}
	take(rows) {
		if (rows.length === 0) return;
		this.#model.take(rows);
		this.#find({}, this.#from);
	}
	#listen() {
		byId("search").addEventListener("input", ({ target }) => {
			if (target instanceof HTMLInputElement) this.#find({ search: target.value });
		});
		byId("table").addEventListener("click", ({ target }) => {
			const button = target instanceof HTMLElement ? target.closest("button") : null;
			if (button) this.#pressed(button);
		});
		document.addEventListener("keydown", (event) => {
			if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
			event.preventDefault();
			byId("search").focus();
		});
		globalThis.addEventListener("beforeprint", () => this.#draw(0, MOST_PRINTED));
		globalThis.addEventListener("afterprint", () => this.#draw(this.#from, PAGE));
	}
	#pressed({ dataset }) {
		const { row, filter, sort, page } = dataset;
		if (row !== void 0) this.#toggle(Number(row));
		else if (filter !== void 0) this.#find({ filter: filterOf(filter) });
		else if (sort !== void 0) this.#sortBy(sort);
		else if (page !== void 0) this.#turn(Number(page));
	}
	#sortBy(text) {
		const sort = HEADINGS.find((heading) => heading.sort === text)?.sort;
		if (sort) this.#find({
			sort,
			descending: this.#view.sort === sort && !this.#view.descending
		});
	}
	#find(change, from = 0) {
		this.#view = {
			...this.#view,
			...change
		};
		this.#found = this.#model.rows(this.#view);
		this.#from = from < this.#found.length ? from : 0;
		this.#draw(this.#from, PAGE);
		byId("filters").replaceChildren(...filters(this.#model, this.#view.filter).map((part) => toDom(part)));
		for (const heading of document.querySelectorAll("th[data-sort]")) if (heading instanceof HTMLElement) heading.setAttribute("aria-sort", this.#orderOf(heading.dataset["sort"]));
	}
	#orderOf(sort) {
		if (sort !== this.#view.sort) return "none";
		return this.#view.descending ? "descending" : "ascending";
	}
	#turn(by) {
		this.#from = Math.max(0, this.#from + by * PAGE);
		this.#draw(this.#from, PAGE);
		byId("rows").scrollIntoView();
	}
	#draw(from, most) {
		const shown = this.#found.slice(from, from + most);
		const trees = shown.flatMap((row) => this.#treesOf(row));
		if (this.#body instanceof HTMLElement) this.#body.replaceChildren(...trees.map((tree) => toDom(tree)));
		const all = this.#found.length;
		byId("count").textContent = all === this.#data.total ? plural(all, "row") : \`\${plural(all, "row")} of \${count(this.#data.total)}\`;
		byId("cut").textContent = this.#noteOn(shown.length, most);
		byId("place").textContent = all === 0 ? "No row matches." : \`\${count(from + 1)}–\${count(from + shown.length)} of \${count(all)}\`;
		byId("back").toggleAttribute("disabled", from === 0);
		byId("on").toggleAttribute("disabled", from + most >= all);
	}
	#noteOn(shown, most) {
		if (most > PAGE && this.#found.length > shown) return \`The first \${count(shown)} rows are printed; report.csv has all.\`;
		return this.#model.size < this.#data.total ? \`This page holds \${count(this.#model.size)} of \${count(this.#data.total)} rows; report.csv has all.\` : "";
	}
	#treesOf(row) {
		const isOpen = this.#opened.has(row[0]);
		const shown = rowOf(row, this.#model, isOpen);
		return isOpen ? [shown, detailsOf(row, this.#model, this.#data)] : [shown];
	}
	#toggle(row) {
		if (!this.#opened.delete(row)) this.#opened.add(row);
		this.#draw(this.#from, PAGE);
		const again = document.querySelector(\`button[data-row="\${row}"]\`);
		if (again instanceof HTMLElement) again.focus();
	}
};
function filterOf(text) {
	return text === "all" || text === "todo" ? text : Number(text);
}
function filters(model, chosen) {
	const counts = model.counts();
	const todo = counts.filter(({ words }) => words.todo !== null).reduce((sum, { count: n }) => sum + n, 0);
	const of = (filter, label, n, group) => h("button", {
		type: "button",
		class: \`chip \${group}\`,
		"data-filter": filter,
		"aria-pressed": String(filter === chosen)
	}, label, h("span", { class: "n" }, \` \${count(n)}\`));
	return [
		of("all", "All", model.size, ""),
		...todo > 0 ? [of("todo", "Need somebody", todo, "attention")] : [],
		...counts.map(({ result, words, count: n }) => of(result, words.label, n, words.group))
	];
}
function skeleton({ total }) {
	return [
		h("div", { class: "controls" }, h("label", { class: "search" }, h("span", {}, "Search"), h("input", {
			id: "search",
			type: "search",
			placeholder: "Name, id, reason, anything",
			autocomplete: "off",
			spellcheck: "false"
		})), h("div", {
			id: "filters",
			role: "group",
			"aria-label": "Show only"
		})),
		h("p", { class: "found" }, h("span", {
			id: "count",
			role: "status"
		}), " ", h("span", { id: "cut" })),
		h("div", {
			class: "scroll",
			role: "region",
			"aria-label": "Rows",
			tabindex: 0
		}, h("table", { class: "rows" }, h("caption", { class: "unseen" }, \`All \${plural(total, "row")} of the list, those that need somebody first\`), heading(), h("tbody", { id: "body-place" }))),
		h("nav", {
			class: "pager",
			"aria-label": "Pages of the table"
		}, h("button", {
			type: "button",
			id: "back",
			"data-page": -1
		}, "← Back"), h("span", { id: "place" }), h("button", {
			type: "button",
			id: "on",
			"data-page": 1
		}, "On →"))
	];
}
function heading() {
	const cells = HEADINGS.map(({ text, sort, kind }) => h("th", {
		scope: "col",
		class: kind,
		...sort && { "data-sort": sort }
	}, sort ? h("button", {
		type: "button",
		"data-sort": sort
	}, text) : text));
	return h("thead", {}, h("tr", {}, ...cells));
}

// src/page/browser/report.ts
const data = JSON.parse(byId("data").textContent ?? "");
const table = new Table(data);
addCopyButtons(document);
const events = document.querySelector("meta[name=\\"cordon-events\\"]")?.getAttribute("content");
if (typeof events === "string") listen(events, data.version, table);
document.documentElement.classList.add("ready");
`;
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#ffffff, #1c2027);
  --ink: light-dark(#1a1f29, #e8eaee);
  --soft: light-dark(#525b69, #a8b1be);
  --line: light-dark(#dde1e8, #343b46);
  --link: light-dark(#0b57d0, #8ab4f8);
  --confirmed: light-dark(#1f7a4d, #4cc38a);
  --confirmed-soft: light-dark(#e2f3ea, #173427);
  --pending: light-dark(#2f64b7, #7aa9f0);
  --pending-soft: light-dark(#e5eefb, #1b2c47);
  --attention: light-dark(#b3261e, #ff8a80);
  --attention-soft: light-dark(#fce8e6, #43201e);
  --skipped: light-dark(#5a6270, #a3acb9);
  --skipped-soft: light-dark(#eceef2, #2a303a);
  --waiting: light-dark(#8a6100, #e0b354);
  --waiting-soft: light-dark(#fbf0d9, #3a2f17);
  --pattern: light-dark(#ffffff, #14171c);
  --mono: ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media print {
  :root {
    color-scheme: light;
  }
}

* {
  box-sizing: border-box;
}
html {
  scroll-behavior: smooth;
  -webkit-text-size-adjust: 100%;
}
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font:
    15px/1.5 system-ui,
    -apple-system,
    'Segoe UI',
    Roboto,
    'Liberation Sans',
    sans-serif;
  font-variant-numeric: tabular-nums;
}
main,
footer {
  max-width: 1160px;
  margin: 0 auto;
  padding: 0 28px;
}
main {
  padding-top: 36px;
}
h1 {
  margin: 0;
  font-size: 32px;
  line-height: 1.2;
  letter-spacing: -0.015em;
  text-wrap: balance;
  overflow-wrap: anywhere;
}
h2 {
  margin: 0 0 14px;
  font-size: 19px;
  line-height: 1.3;
  letter-spacing: -0.005em;
}
p {
  margin: 0;
}
code {
  font-family: var(--mono);
  font-size: 0.875em;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
section {
  margin-top: 40px;
}
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
:focus-visible {
  outline: 3px solid var(--link);
  outline-offset: 2px;
  border-radius: 4px;
}
.card {
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 12px;
  padding: 22px 24px;
}

a {
  color: var(--link);
}

/* What, where, when, by whom */
.emulated {
  margin: 0 0 20px;
  padding: 10px 16px;
  border-radius: 10px;
  border: 1px solid currentcolor;
  background: var(--waiting-soft);
  color: var(--waiting);
}
.emulated strong {
  letter-spacing: 0.06em;
}
.kicker {
  display: flex;
  align-items: center;
  gap: 12px;
  margin-bottom: 10px;
  color: var(--soft);
  font-size: 14px;
}
.state {
  padding: 2px 12px;
  border-radius: 99px;
  font-weight: 600;
  font-size: 13px;
}
.state.good {
  background: var(--confirmed-soft);
  color: var(--confirmed);
}
.state.open {
  background: var(--pending-soft);
  color: var(--pending);
}
.state.bad {
  background: var(--attention-soft);
  color: var(--attention);
}
.stale .state::after {
  content: ' · connection lost, trying again';
}
.comment {
  margin-top: 8px;
  font-size: 18px;
  color: var(--soft);
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
.where {
  margin-top: 10px;
  color: var(--soft);
  overflow-wrap: anywhere;
}

/* The figures */
#figures {
  margin-top: 28px;
}
.sentence {
  font-size: 17px;
  max-width: 62em;
  text-wrap: pretty;
}
.bar {
  display: block;
  margin: 18px 0;
  border-radius: 9px;
  background: var(--skipped-soft);
  overflow: hidden;
  print-color-adjust: exact;
}
.tiles {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(190px, 1fr));
  gap: 14px;
  margin: 0;
}
.tile {
  display: grid;
  grid-template-areas: 'big' 'label' 'meaning';
  align-content: start;
  padding: 16px 20px 18px;
  border: 1px solid var(--line);
  border-top: 4px solid var(--tone);
  border-radius: 12px;
  background: var(--card);
  print-color-adjust: exact;
}
.tile dt {
  grid-area: label;
  font-weight: 650;
}
.tile dd {
  display: contents;
}
.tile .big {
  grid-area: big;
  font-size: 40px;
  line-height: 1.1;
  font-weight: 680;
  letter-spacing: -0.02em;
  color: var(--tone);
}
.tile .meaning {
  grid-area: meaning;
  color: var(--soft);
  font-size: 14px;
  line-height: 1.4;
}
.tile.none .big {
  color: var(--soft);
  font-weight: 400;
}
.tile.none {
  border-top-color: var(--line);
}
.confirmed {
  --tone: var(--confirmed);
  --tint: var(--confirmed-soft);
}
.pending,
.planned,
.own {
  --tone: var(--pending);
  --tint: var(--pending-soft);
}
.attention {
  --tone: var(--attention);
  --tint: var(--attention-soft);
}
.skipped,
.others {
  --tone: var(--skipped);
  --tint: var(--skipped-soft);
}
.waiting {
  --tone: var(--waiting);
  --tint: var(--waiting-soft);
}
.fill {
  fill: var(--tone);
}
.ink {
  stroke: var(--pattern);
  stroke-width: 1.4;
  fill: none;
  opacity: 0.55;
}

.fill.waiting {
  fill-opacity: 0.4;
}

/* What to do next */
#next ol {
  margin: 0;
  padding: 0;
  list-style: none;
  counter-reset: step;
  display: grid;
  gap: 18px;
}
#next li {
  position: relative;
  padding-left: 38px;
  counter-increment: step;
  overflow-wrap: anywhere;
}
#next li::before {
  content: counter(step);
  position: absolute;
  left: 0;
  top: -1px;
  width: 25px;
  height: 25px;
  border-radius: 50%;
  background: var(--ink);
  color: var(--card);
  font-size: 13px;
  font-weight: 650;
  line-height: 25px;
  text-align: center;
}
#next li:only-child {
  padding-left: 0;
}
#next li:only-child::before {
  content: none;
}
.command {
  position: relative;
  margin: 8px 0 0;
  padding: 11px 96px 11px 16px;
  border: 1px solid var(--line);
  border-radius: 9px;
  background: var(--paper);
  white-space: pre-wrap;
  font-family: inherit;
}
.command .copy {
  font-family: inherit;
}
.copy {
  position: absolute;
  right: 6px;
  top: 6px;
}
button {
  padding: 5px 13px;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--card);
  color: var(--ink);
  font: inherit;
  font-size: 14px;
  cursor: pointer;
}
button:hover {
  border-color: var(--soft);
}
button:disabled {
  color: var(--soft);
  cursor: default;
  opacity: 0.6;
}
.reasons {
  margin-top: 24px;
  border-collapse: collapse;
  width: 100%;
}
.reasons caption {
  padding-bottom: 8px;
  font-weight: 650;
  text-align: left;
  color: var(--attention);
}
.reasons td,
.reasons th {
  padding: 9px 14px 9px 0;
  border-top: 1px solid var(--line);
  text-align: left;
  vertical-align: baseline;
}
.reasons th {
  white-space: nowrap;
}
.reasons .number {
  width: 1%;
  font-weight: 650;
}
.todo {
  color: var(--soft);
}
.number {
  text-align: right;
}

/* Charts */
.chart {
  margin: 0 0 18px;
  padding: 20px 24px 16px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--card);
  break-inside: avoid;
}
.chart figcaption {
  font-weight: 650;
  font-size: 16px;
}
.said {
  color: var(--soft);
  font-size: 14px;
  margin: 2px 0 14px;
}
.area {
  display: block;
  width: 100%;
  height: 190px;
  overflow: visible;
  print-color-adjust: exact;
}
.ticks {
  display: block;
  width: 100%;
  height: 20px;
  overflow: visible;
}
.tick,
.mark-text {
  fill: var(--soft);
  font-size: 12px;
}
.mark {
  stroke: var(--line);
}
.limit {
  stroke: var(--attention);
  stroke-width: 2;
  stroke-dasharray: 7 5;
}
.limit-text {
  fill: var(--attention);
  font-size: 13px;
  font-weight: 650;
  paint-order: stroke;
  stroke: var(--card);
  stroke-width: 5px;
}
.plot {
  display: grid;
  grid-template-columns: auto 1fr;
  column-gap: 8px;
}
.scale {
  width: 34px;
  height: 190px;
  overflow: visible;
}
.plot .ticks {
  grid-column: 2;
}
.gap line {
  stroke: var(--soft);
  stroke-width: 1.5;
  stroke-dasharray: 2 4;
}
.gap text {
  fill: var(--soft);
  font-size: 12px;
  font-style: italic;
  paint-order: stroke;
  stroke: var(--card);
  stroke-width: 4px;
}
.legend {
  display: flex;
  flex-wrap: wrap;
  gap: 4px 22px;
  margin: 8px 0 0;
  padding: 0;
  list-style: none;
  font-size: 14px;
}
.legend li {
  display: flex;
  align-items: center;
  gap: 8px;
}
.patterns {
  position: absolute;
}
details {
  margin-top: 8px;
  font-size: 14px;
}
summary {
  color: var(--soft);
  cursor: pointer;
  width: fit-content;
}
.figures {
  margin-top: 8px;
  border-collapse: collapse;
}
.figures td,
.figures th {
  padding: 3px 22px 3px 0;
  border-bottom: 1px solid var(--line);
  font-weight: 400;
  text-align: left;
}
.figures thead th {
  color: var(--soft);
}
.figures td {
  text-align: right;
}

/* Facts */
.facts {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(430px, 1fr));
  gap: 0 32px;
  margin: 0;
  padding: 0 24px;
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--card);
}
.facts > div {
  display: grid;
  grid-template-columns: 110px 1fr;
  gap: 14px;
  margin-top: -1px;
  padding: 10px 0;
  border-top: 1px solid var(--line);
}
.facts > div.wide {
  grid-column: 1 / -1;
}
.facts dt {
  color: var(--soft);
}
.facts dd {
  margin: 0;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
.facts ul {
  margin: 0;
  padding-left: 18px;
}

/* The rows */
.controls {
  display: flex;
  flex-wrap: wrap;
  gap: 12px 18px;
  align-items: center;
}
.search {
  display: flex;
  align-items: center;
  gap: 10px;
}
.search span {
  color: var(--soft);
}
input[type='search'] {
  width: 270px;
  padding: 8px 13px;
  border: 1px solid var(--soft);
  border-radius: 9px;
  background: var(--card);
  color: var(--ink);
  font: inherit;
}
input::placeholder {
  color: var(--soft);
  opacity: 1;
}
#filters {
  display: flex;
  flex-wrap: wrap;
  gap: 7px;
}
.chip {
  border-radius: 99px;
}
.chip .n {
  color: var(--soft);
}
.chip[aria-pressed='true'] {
  background: var(--ink);
  border-color: var(--ink);
  color: var(--card);
}
.chip[aria-pressed='true'] .n {
  color: inherit;
}
.chip.attention:not([aria-pressed='true']) {
  color: var(--attention);
}
.found {
  margin: 14px 0 8px;
  color: var(--soft);
}
.scroll {
  overflow-x: auto;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--card);
}
.rows {
  width: 100%;
  border-collapse: collapse;
  font-size: 14px;
  line-height: 1.4;
}
.rows th,
.rows td {
  padding: 9px 12px;
  border-bottom: 1px solid var(--line);
  text-align: left;
  vertical-align: top;
}
.rows tbody tr:last-child > * {
  border-bottom: 0;
}
.rows thead th {
  position: sticky;
  top: 0;
  background: var(--card);
  white-space: nowrap;
  font-size: 13px;
  font-weight: 600;
  color: var(--soft);
}
.rows thead button {
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  border-radius: 2px;
}
.rows thead button:hover {
  color: var(--ink);
  text-decoration: underline;
}
.rows thead th[aria-sort='ascending'],
.rows thead th[aria-sort='descending'] {
  color: var(--ink);
}
th[aria-sort='ascending'] button::after {
  content: ' ↑';
}
th[aria-sort='descending'] button::after {
  content: ' ↓';
}
.rows .number {
  text-align: right;
  white-space: nowrap;
}
.rows tbody th {
  font-weight: 400;
}
.rows .name {
  display: block;
  font-weight: 600;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
.rows .machine {
  min-width: 318px;
  max-width: 340px;
}
.rows .machine code {
  color: var(--soft);
  font-size: 11.5px;
}
.rows .known {
  min-width: 220px;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
#rows .narrow {
  display: none;
}
.rows .code {
  display: block;
  font-weight: 600;
}
.rows .time,
.rows .action,
.rows .result {
  white-space: nowrap;
}
.rows .time,
.rows .when {
  color: var(--soft);
  font-size: 13px;
}
.rows .when {
  display: block;
}
.rows tbody tr:hover {
  background: var(--paper);
}
.badge {
  display: inline-block;
  padding: 2px 10px;
  border-radius: 99px;
  background: var(--tint);
  color: var(--tone);
  font-weight: 600;
  font-size: 13px;
  print-color-adjust: exact;
}
.toggle {
  padding: 1px 7px;
  border-color: transparent;
  background: none;
  font-size: 13px;
}
.toggle::before {
  content: '▸';
  display: inline-block;
  margin-right: 6px;
  color: var(--soft);
}
.toggle[aria-expanded='true']::before {
  rotate: 90deg;
}
.details dl {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(300px, 1fr));
  gap: 7px 28px;
  margin: 2px 0 8px;
  padding: 4px 12px;
  border-left: 3px solid var(--line);
}
.details dl > div {
  display: grid;
  grid-template-columns: 125px 1fr;
  gap: 10px;
}
.details dt {
  color: var(--soft);
}
.details dd {
  margin: 0;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}
.pager {
  display: flex;
  align-items: center;
  justify-content: flex-end;
  gap: 14px;
  margin-top: 12px;
  color: var(--soft);
}
footer {
  margin-top: 48px;
  padding-bottom: 40px;
  color: var(--soft);
  font-size: 14px;
}
.rows .number,
.rows .result,
.rows .action,
.rows .time {
  width: 1%;
}

@media (max-width: 1050px) {
  .rows .few {
    display: none;
  }
}
@media (max-width: 640px) {
  body {
    font-size: 15px;
  }
  main,
  footer {
    padding-left: 16px;
    padding-right: 16px;
  }
  main {
    padding-top: 20px;
  }
  section {
    margin-top: 30px;
  }
  h1 {
    font-size: 25px;
  }
  .comment {
    font-size: 16px;
  }
  .sentence {
    font-size: 16px;
  }
  .tiles {
    grid-template-columns: 1fr 1fr;
    gap: 10px;
  }
  .tile {
    padding: 12px 14px 14px;
  }
  .tile .big {
    font-size: 32px;
  }
  .tile .meaning {
    font-size: 13px;
  }
  .card,
  .chart {
    padding: 16px;
  }
  .area,
  .scale {
    height: 150px;
  }
  .tick.odd {
    display: none;
  }
  .facts {
    grid-template-columns: 1fr;
    padding: 0 16px;
  }
  .facts > div {
    grid-template-columns: 92px 1fr;
  }
  .reasons tr {
    display: grid;
    grid-template-columns: 46px 1fr;
  }
  .reasons td:last-child {
    grid-column: 2;
    border-top: 0;
    padding-top: 0;
  }
  .reasons .number {
    width: auto;
    text-align: left;
  }
  .search {
    width: 100%;
  }
  .search span {
    position: absolute;
    clip-path: inset(50%);
  }
  input[type='search'] {
    width: 100%;
  }
  .rows th,
  .rows td {
    padding: 9px 8px;
  }
  .rows .action,
  .rows .known {
    display: none;
  }
  #rows .narrow {
    display: block;
    margin-top: 5px;
    font-size: 13px;
    color: var(--soft);
    overflow-wrap: anywhere;
  }
  .rows .machine {
    min-width: 0;
    width: 48%;
  }
  .rows .machine code {
    font-size: 11px;
  }
  .rows .badge {
    white-space: nowrap;
  }
  .rows .name + code:not(.when) {
    display: none;
  }
  .rows .result {
    white-space: normal;
    min-width: 130px;
  }
  .rows .toggle {
    padding: 1px 2px;
  }
  .rows .toggle::before {
    margin-right: 3px;
  }
  .details dl {
    grid-template-columns: 1fr;
  }
  .pager {
    justify-content: space-between;
  }
}

@media print {
  @page {
    margin: 12mm;
  }
  body {
    background: #fff;
    font-size: 10pt;
  }
  main,
  footer {
    max-width: none;
    padding: 0;
  }
  section {
    margin-top: 18pt;
  }
  .controls,
  .pager,
  .copy,
  details {
    display: none;
  }
  .command {
    padding-right: 16px;
  }
  .tile,
  #next li {
    break-inside: avoid;
  }
  .area,
  .scale {
    height: 130px;
  }
  h2 {
    break-after: avoid;
  }
  .scroll {
    overflow: visible;
    border: 0;
    border-radius: 0;
  }
  .rows {
    font-size: 7pt;
    line-height: 1.25;
  }
  .rows th,
  .rows td {
    padding: 2pt 4pt;
  }
  .rows thead th {
    position: static;
    font-size: 7pt;
  }
  .rows thead {
    display: table-header-group;
  }
  .rows tr {
    break-inside: avoid;
  }
  .rows .few {
    display: none;
  }
  .rows .machine {
    min-width: 0;
    max-width: none;
    white-space: nowrap;
  }
  .rows .machine code {
    font-size: 6.5pt;
  }
  .rows .name {
    display: inline;
    margin-right: 4pt;
  }
  .rows .badge {
    font-size: 7pt;
    padding: 0;
    background: none;
  }
  .rows .known {
    min-width: 0;
  }
  .rows .when {
    font-size: 6.5pt;
  }
  .toggle::before {
    content: none;
  }
  .tiles {
    grid-template-columns: repeat(auto-fit, minmax(100px, 1fr));
    gap: 8px;
  }
  .tile {
    padding: 8px 12px 10px;
  }
  .tile .big {
    font-size: 24pt;
  }
  .tile .meaning {
    font-size: 8pt;
  }
  #next li::before {
    background: none;
    color: var(--ink);
    border: 1px solid var(--ink);
  }
  .facts {
    grid-template-columns: 1fr 1fr;
    font-size: 8.5pt;
    padding: 0 14px;
    gap: 0 20px;
  }
  .facts > div {
    grid-template-columns: 66px 1fr;
    padding: 5px 0;
    break-inside: avoid;
  }
  .facts code {
    font-size: 7pt;
  }
  .rows wbr {
    display: none;
  }
  .rows .toggle {
    font-size: 7pt;
    padding: 0;
    border: 0;
  }
  .rows .known {
    overflow-wrap: break-word;
  }
}
`;
