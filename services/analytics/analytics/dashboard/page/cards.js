// The cards of the page: which report each shows, what it asks, and its table.

import * as charts from "./charts.js";
import { date, number, sums, word } from "./words.js";

const percent = (value) => number(value, 1);
const column = (name, value) => ({ name, value });

// A row per day up to two months, then per week, then per month.
export function grain({ from, to }) {
  const days = (new Date(to) - new Date(from)) / 86_400_000;
  return days <= 62 ? "day" : days <= 200 ? "week" : "month";
}

const busiest = (one, other) => work(other) - work(one) || (one.manager < other.manager ? -1 : 1);
const work = (row) => row.calls + row.letters + row.meetings_held + row.tasks_done;

export const CARDS = [
  {
    name: "funnel", path: "reports/funnel", draw: charts.funnel, compares: true,
    columns: () => [
      column("step", charts.stepName), column("entered", (row) => number(row.entered)), column("to_next", (row) => percent(row.to_next_percent)),
      column("of_leads", (row) => percent(row.of_leads_percent)), column("median", (row) => percent(row.median_hours)), column("late", (row) => number(row.late_now)),
    ],
    isEmpty: (rows) => rows.every((row) => !row.entered),
  },
  {
    name: "channels", path: "reports/channels", draw: charts.channels,
    columns: () => [
      column("channel", (row) => row.channel), column("touches", (row) => number(row.touches)), column("leads", (row) => number(row.leads)),
      column("qualified", (row) => number(row.qualified)), column("deals", (row) => number(row.deals)), column("won", (row) => number(row.won)),
      column("conversion_percent", (row) => percent(row.conversion_percent)), column("revenue", (row) => sums(row.revenue)),
      column("cost", (row) => sums(row.cost)), column("roi", (row) => Object.values(row.roi_percent ?? {}).map(percent).join(" · ") || "–"),
    ],
  },
  {
    name: "dynamics", path: "reports/dynamics", draw: charts.dynamics, wide: true, compares: true, asks: (filters) => ({ grain: grain(filters) }),
    columns: () => [
      column("day", (row) => date(new Date(row.day))), column("requests", (row) => number(row.requests)), column("leads", (row) => number(row.leads)),
      column("deals", (row) => number(row.deals)), column("sales", (row) => number(row.sales)), column("lost", (row) => number(row.lost)),
      column("revenue", (row) => sums(row.revenue)),
    ],
  },
  {
    name: "managers", path: "reports/managers", draw: charts.managers, order: busiest,
    columns: () => [
      column("manager", (row) => row.manager), column("calls", (row) => number(row.calls)), column("letters", (row) => number(row.letters)),
      column("meetings", (row) => number(row.meetings_held)), column("tasks", (row) => number(row.tasks_done)),
      column("overdue", (row) => number(row.overdue_tasks)), column("reaction", (row) => number(row.reaction_minutes)),
      column("sales", (row) => number(row.sales)), column("revenue", (row) => sums(row.revenue)),
      column("profit", (row) => sums(row.profit)), column("costed", (row) => `${number(row.costed_deals)} / ${number(row.paid_deals)}`),
    ],
  },
  {
    name: "pareto", path: "reports/pareto", asks: () => ({ by: "customers", most: "200" }),
    draw: (rows) => charts.pareto(leading(rows)),
    note: (rows) => ({ n: number(leading(rows).filter((row) => row.is_vital).length), all: number(customersOf(leading(rows))) }),
    columns: () => [
      column("customer", (row) => `${row.rank}. ${row.id.slice(0, 8)}`), column("revenue", (row) => sums({ [row.currency]: row.amount })),
      column("share", (row) => percent(row.share_percent)), column("cumulative", (row) => percent(row.cumulative_percent)),
    ],
  },
  {
    name: "needs", path: "reports/needs", draw: charts.needs, splitBy: "need", splitFirst: "product",
    columns: () => [
      column("value", (row) => row.value), column("customers", (row) => number(row.customers)), column("share", (row) => percent(row.share_percent)),
      column("deals", (row) => number(row.deals)), column("won", (row) => number(row.won)), column("win_percent", (row) => percent(row.win_percent)),
      column("sold", (row) => sums(row.sold)),
    ],
  },
  {
    name: "traits", path: "reports/traits", draw: charts.traits, splitBy: "trait", splitFirst: "channel",
    columns: () => [
      column("value", (row) => row.value), column("customers", (row) => number(row.customers)), column("share", (row) => percent(row.share_percent)),
      column("best_share", (row) => percent(row.best_share_percent)), column("lift", (row) => number(row.lift, 2)),
      column("revenue", (row) => sums({ [row.currency]: row.revenue })),
    ],
  },
  {
    name: "segments", path: "segments", rows: (answer) => answer.segments, draw: charts.segments, only: ["as_of"], follows: "pareto", wide: true, short: true,
    note: (rows, answer) => ({ d: answer.rules.window_days, c: answer.rules.currency }),
    columns: () => [
      column("segments", (row) => word(row.segment)), column("customers", (row) => number(row.customers)), column("revenue", (row) => number(row.revenue)),
      column("share", (row) => percent(row.share_percent)), column("entry", (row) => number(row.least_revenue)),
    ],
    isEmpty: (rows) => rows.every((row) => !row.customers),
  },
];

// Custom fields are called by their codes.
const attribute = (kind) => (kind.includes(":") ? kind.slice(kind.indexOf(":") + 1) : word(kind));

// Sums in several currencies have a curve each; the one with most customers is drawn.
function leading(rows) {
  const byCurrency = Object.groupBy(rows, (row) => row.currency);
  return Object.values(byCurrency).sort((one, other) => other.length - one.length)[0] ?? [];
}

const customersOf = (rows) => (rows.length ? Math.round((100 * rows.at(-1).rank) / rows.at(-1).of_all_percent) : 0);

export class Card {
  constructor(definition, place) {
    this.definition = definition;
    this.element = Object.assign(document.createElement("section"), { className: "card" });
    this.element.dataset.card = definition.name;
    for (const name of ["wide", "short"]) this.element.classList.toggle(name, Boolean(definition[name]));
    this.element.innerHTML = `
      <header><h2 id="${definition.name}"></h2><p></p>${definition.splitBy ? "<select></select>" : ""}</header>
      <div class="chart"><canvas role="img"></canvas></div><p class="empty" hidden></p>
      <details><summary></summary><div class="scroll" tabindex="0"><table><thead><tr></tr></thead><tbody></tbody></table></div></details>`;
    this.element.setAttribute("aria-labelledby", definition.name);
    this.part("select")?.addEventListener("change", () => this.show(this.answer));
    place.append(this.element);
  }

  part = (selector) => this.element.querySelector(selector);

  busy(is) {
    this.element.setAttribute("aria-busy", is);
  }

  show(answer) {
    const { definition } = this;
    this.answer = answer;
    const all = definition.rows ? definition.rows(answer) : answer.rows.toSorted(definition.order ?? (() => 0));
    const rows = definition.splitBy ? this.chosen(all) : all;
    const isEmpty = !rows.length || Boolean(definition.isEmpty?.(rows));
    this.titles(isEmpty ? "" : word(`${definition.name}_note`, definition.note?.(rows, answer)), isEmpty ? word("empty") : null);
    this.chart?.destroy();
    this.chart = isEmpty ? null : new Chart(this.part("canvas"), definition.draw(rows));
    this.table(isEmpty ? [] : rows);
  }

  // The rows of one attribute, which the reader chooses.
  chosen(rows) {
    const { splitBy, splitFirst } = this.definition;
    const select = this.part("select");
    const kinds = [...new Set(rows.map((row) => row[splitBy]))];
    const wanted = [select.value, splitFirst, kinds[0]].find((kind) => kinds.includes(kind));
    select.replaceChildren(...kinds.map((kind) => new Option(attribute(kind), kind, false, kind === wanted)));
    select.setAttribute("aria-label", word("attribute"));
    return rows.filter((row) => row[splitBy] === wanted);
  }

  fail() {
    this.answer = null;
    this.part("select")?.replaceChildren();
    this.chart?.destroy();
    this.chart = null;
    this.titles("", word("failed"));
    this.table([]);
  }

  titles(note, instead) {
    this.part("h2").textContent = word(this.definition.name);
    this.part("header p").textContent = note;
    this.part("summary").textContent = word("table");
    this.part(".empty").textContent = instead ?? "";
    this.part(".empty").hidden = instead === null;
    this.part(".chart").hidden = this.part("details").hidden = instead !== null;
    this.part("canvas").setAttribute("aria-label", `${word(this.definition.name)}. ${note}`);
  }

  table(rows) {
    const cell = (kind, text) => Object.assign(document.createElement(kind), { textContent: text });
    const columns = this.definition.columns();
    this.part("thead tr").replaceChildren(...columns.map(({ name }) => Object.assign(cell("th", word(name)), { scope: "col" })));
    this.part("tbody").replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      line.append(...columns.map(({ value }) => cell("td", value(row))));
      return line;
    }));
  }
}
