// How each report is drawn: its chart as Chart.js wants it, in the colours of the page.

import { number, shortDate, sums, word } from "./words.js";

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function axes(more = {}) {
  const axis = () => ({ grid: { color: style("grid") }, ticks: { color: style("muted"), precision: 0 }, border: { color: style("line") } });
  return Object.fromEntries(Object.entries(more).map(([name, own]) => {
    const base = axis();
    return [name, { ...base, ...own, grid: { ...base.grid, ...own.grid }, ticks: { ...base.ticks, ...own.ticks } }];
  }));
}

function options(scales, more = {}) {
  return {
    maintainAspectRatio: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 250 },
    scales: axes(scales),
    interaction: { mode: "index", intersect: false, axis: more.indexAxis ?? "x" },
    ...more,
    plugins: {
      legend: { display: more.legend ?? true, labels: { color: style("text"), boxWidth: 12, boxHeight: 12 } },
      tooltip: { callbacks: more.tooltips ?? {} },
    },
  };
}

const bars = (label, data, colour, more = {}) => ({ label, data, backgroundColor: style(colour), borderRadius: 4, maxBarThickness: 34, ...more });
const line = (label, data, colour, more = {}) =>
  ({ type: "line", label, data, borderColor: style(colour), backgroundColor: style(colour), borderWidth: 2, pointRadius: data.length > 40 ? 0 : 2, cubicInterpolationMode: "monotone", ...more });

export const stepName = (row) => (row.step === "stage" ? row.stage : word(row.step)) + (row.is_bottleneck ? ` ⚠ ${word("bottleneck")}` : "");

export function funnel(rows) {
  const shown = rows.filter((row) => row.kind !== "lost");
  const colour = (row) => style(row.is_bottleneck ? "three" : row.step !== "stage" ? "one" : row.kind === "won" ? "two" : "four");
  return {
    type: "bar",
    data: { labels: shown.map(stepName), datasets: [{ ...bars(word("entered"), shown.map((row) => row.entered), "one"), backgroundColor: shown.map(colour) }] },
    options: options({ x: { beginAtZero: true }, y: { grid: { display: false }, ticks: { color: style("text"), autoSkip: false } } }, {
      indexAxis: "y", legend: false,
      tooltips: { afterLabel: ({ dataIndex }) => [
        `${word("to_next")}: ${number(shown[dataIndex].to_next_percent, 1)}`, `${word("of_leads")}: ${number(shown[dataIndex].of_leads_percent, 1)}`,
        `${word("median")}: ${number(shown[dataIndex].median_hours, 1)}`] },
    }),
  };
}

export function channels(rows) {
  const shown = rows.slice(0, 12);
  return {
    type: "bar",
    data: {
      labels: shown.map((row) => row.channel),
      datasets: [bars(word("leads"), shown.map((row) => row.leads), "one"), bars(word("qualified"), shown.map((row) => row.qualified), "four"),
        bars(word("won"), shown.map((row) => row.won), "two")],
    },
    options: options({ x: { beginAtZero: true }, y: { grid: { display: false }, ticks: { color: style("text"), autoSkip: false } } }, {
      indexAxis: "y",
      tooltips: { footer: ([first]) => [`${word("revenue")}: ${sums(shown[first.dataIndex].revenue)}`, `${word("cost")}: ${sums(shown[first.dataIndex].cost)}`] },
    }),
  };
}

export function dynamics(rows) {
  const currency = Object.keys(Object.assign({}, ...rows.map((row) => row.revenue))).sort()[0];
  return {
    type: "bar",
    data: {
      labels: rows.map((row) => shortDate(new Date(row.day))),
      datasets: [
        line(word("leads"), rows.map((row) => row.leads), "one"), line(word("deals"), rows.map((row) => row.deals), "four"),
        line(word("sales"), rows.map((row) => row.sales), "two"),
        ...(currency ? [bars(`${word("revenue")}, ${currency}`, rows.map((row) => Number(row.revenue[currency] ?? 0)), "faint", { yAxisID: "money", order: 9 })] : []),
      ],
    },
    options: options({
      x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 14 } }, y: { beginAtZero: true },
      ...(currency && { money: { position: "right", beginAtZero: true, grid: { drawOnChartArea: false }, ticks: { callback: (value) => number(value) } } }),
    }),
  };
}

export function managers(rows) {
  const shown = rows.slice(0, 15);
  const stacked = (name, key, colour) => bars(word(name), shown.map((row) => row[key]), colour);
  return {
    type: "bar",
    data: {
      labels: shown.map((row) => row.manager),
      datasets: [stacked("calls", "calls", "one"), stacked("letters", "letters", "four"), stacked("meetings", "meetings_held", "three"), stacked("tasks", "tasks_done", "two")],
    },
    options: options({ x: { stacked: true, beginAtZero: true }, y: { stacked: true, grid: { display: false }, ticks: { color: style("text"), autoSkip: false } } }, {
      indexAxis: "y",
      tooltips: { footer: ([first]) => [`${word("sales")}: ${number(shown[first.dataIndex].sales)}`, `${word("revenue")}: ${sums(shown[first.dataIndex].revenue)}`] },
    }),
  };
}

export function pareto(rows) {
  const shown = rows.slice(0, 40);
  return {
    type: "bar",
    data: {
      labels: shown.map((row) => row.rank),
      datasets: [
        line(word("cumulative"), shown.map((row) => row.cumulative_percent), "five", { yAxisID: "share" }),
        { ...bars(`${word("revenue")}, ${shown[0].currency}`, shown.map((row) => Number(row.amount)), "one"), backgroundColor: shown.map((row) => style(row.is_vital ? "one" : "faint")) },
      ],
    },
    options: options({
      x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 10 } }, y: { beginAtZero: true, ticks: { callback: (value) => number(value) } },
      share: { position: "right", min: 0, max: 100, grid: { drawOnChartArea: false }, ticks: { callback: (value) => `${value} %` } },
    }),
  };
}

function byValue(rows, sets, footer) {
  const shown = rows.slice(0, 12);
  return {
    type: "bar",
    data: { labels: shown.map((row) => row.value), datasets: sets.map(([name, key, colour]) => bars(word(name), shown.map((row) => row[key]), colour)) },
    options: options({ x: { beginAtZero: true }, y: { grid: { display: false }, ticks: { color: style("text"), autoSkip: false } } }, {
      indexAxis: "y", tooltips: { footer: ([first]) => footer(shown[first.dataIndex]) },
    }),
  };
}

export const needs = (rows) =>
  byValue(rows, [["customers", "customers", "one"], ["deals", "deals", "four"], ["won", "won", "two"]], (row) => [`${word("sold")}: ${sums(row.sold)}`]);

export const traits = (rows) =>
  byValue(rows, [["of_all", "share_percent", "one"], ["of_best", "best_share_percent", "gold"]],
    (row) => [`${word("customers")}: ${number(row.customers)}`, `${word("revenue")}: ${sums({ [row.currency]: row.revenue })}`]);

const SEGMENT_COLOURS = { gold: "gold", silver: "muted", bronze: "bronze", casual: "faint" };

export function segments(rows) {
  const sets = rows.map((row) => [row, rows.reduce((sum, one) => sum + one.customers, 0)]);
  return {
    type: "bar",
    data: {
      labels: [word("customers"), word("revenue")],
      datasets: sets.map(([row, all]) => bars(word(row.segment), [all && (100 * row.customers) / all, Number(row.share_percent)], SEGMENT_COLOURS[row.segment], { maxBarThickness: 70 })),
    },
    options: options({
      x: { stacked: true, min: 0, max: 100, ticks: { callback: (value) => `${value} %` } },
      y: { stacked: true, grid: { display: false }, ticks: { color: style("text") } },
    }, { indexAxis: "y", tooltips: { label: (item) => `${item.dataset.label}: ${number(item.raw, 1)} %` } }),
  };
}
