// The page: who is signed in, what is asked, and when it is asked again.

import { ask, forget, hasKey, keep, listen } from "./asking.js";
import { CARDS, Card } from "./cards.js";
import { LANGUAGES, current, date, number, speak, sums, word } from "./words.js";
import { ZONE } from "./zone.js";

const THEMES = ["auto", "light", "dark"];
const OFFERED = ["channel", "campaign", "manager", "department", "pipeline", "product", "segment"];
const FILTERS = ["from", "to", ...OFFERED, "direction"];
const SEGMENTS = ["gold", "silver", "bronze", "casual"];
const place = (id) => document.getElementById(id);
const form = place("filters");
const cards = CARDS.map((definition) => new Card(definition, place("cards")));

let stopListening = () => {};
let asking = new AbortController();
let waiting = new Set();
let isAsking = false;

// Swedes write days as ISO 8601 does. A day is one of the business, not of wherever the browser is.
const dayOf = (moment) => new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(moment);
const daysAgo = (days) => dayOf(new Date(Date.now() - days * 86_400_000));
const asOf = () => (Number(form.back.value) ? daysAgo(-Number(form.back.value)) : "");

function asked(definition = {}) {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, form[name].value.trim()]));
  const all = { ...filters, as_of: asOf(), ...(definition.compares && { compare_to: "previous" }), ...definition.asks?.(filters) };
  return definition.only ? Object.fromEntries(definition.only.map((name) => [name, all[name]])) : all;
}

async function refresh(wanted) {
  wanted.forEach((card) => waiting.add(card));
  if (isAsking) return;
  isAsking = true;
  const { signal } = asking;
  while (waiting.size && !signal.aborted) {
    const now = [...waiting];
    waiting.clear();
    await Promise.all(now.map((card) => read(card, signal)));
    tell();
  }
  isAsking = false;
}

async function read(card, signal) {
  card.busy(true);
  try {
    card.show(await ask(card.definition.path, asked(card.definition), signal));
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.status === 401 || error.status === 403) return signOut(error.status);
    if (error.status === undefined) throw error;
    card.fail();
  } finally {
    card.busy(false);
  }
}

function askAgain() {
  asking.abort();
  asking = new AbortController();
  isAsking = false;
  waiting = new Set();
  refresh(cards);
}

const answerOf = (name) => cards.find((card) => card.definition.name === name).answer;

function tell() {
  const funnel = answerOf("funnel");
  const dynamics = answerOf("dynamics");
  const valuesOf = (report, name) => answerOf(report)?.rows.filter((row) => (row.trait ?? row.need) === name).map((row) => row.value);
  offer("channel", answerOf("channels")?.rows.map((row) => row.channel));
  offer("campaign", valuesOf("traits", "campaign"));
  offer("manager", answerOf("managers")?.rows.map((row) => row.manager));
  offer("department", answerOf("managers")?.rows.map((row) => row.department));
  offer("pipeline", funnel?.rows.map((row) => row.pipeline));
  offer("product", valuesOf("needs", "product"));
  offer("segment", SEGMENTS, word);
  const late = Math.max(0, ...cards.map((card) => card.answer?.corrections ?? 0));
  place("corrections").hidden = !(asOf() && late);
  place("corrections").textContent = word("corrections", { n: number(late) });
  place("figures").replaceChildren(...(funnel ? figures(funnel, dynamics) : []));
}

function figures(funnel, dynamics) {
  const entered = (part, step) => part?.rows.find((row) => row.step === step)?.entered;
  const won = (part) => part?.rows.find((row) => row.step === "deals")?.won ?? undefined;
  const rate = (part) => (entered(part, "leads") ? (100 * (won(part) ?? 0)) / entered(part, "leads") : undefined);
  const counted = (name, of) => figure(word(name), number(of(funnel)), of(funnel), of(funnel.compared));
  const revenue = dynamics ? totals(dynamics) : {};
  const before = dynamics?.compared ? totals(dynamics.compared) : {};
  const [currency] = Object.keys(revenue);
  return [
    ...["requests", "leads", "qualified", "deals"].map((name) => counted(name, (part) => entered(part, name))),
    counted("won", won),
    figure(word("conversion"), `${number(rate(funnel), 1)} %`, rate(funnel), rate(funnel.compared)),
    figure(word("revenue"), sums(revenue), revenue[currency], before[currency]),
  ];
}

function totals(part) {
  const sum = {};
  for (const row of part.rows) for (const [currency, amount] of Object.entries(row.revenue)) sum[currency] = (sum[currency] ?? 0) + Number(amount);
  return sum;
}

function figure(name, text, now, before) {
  const box = Object.assign(document.createElement("div"), { className: "figure" });
  const change = before ? Math.round((100 * ((now ?? 0) - before)) / before) : null;
  const way = change === null ? "" : change > 0 ? "up" : change < 0 ? "down" : "";
  const told = change === null ? "" : change === 0 ? word("same") : word("before", { d: `${change > 0 ? "▲ +" : "▼ −"}${number(Math.abs(change))} %` });
  box.innerHTML = `<h2></h2><strong></strong><span class="change" data-way="${way}"></span>`;
  for (const [selector, value] of [["h2", name], ["strong", text], [".change", told]]) box.querySelector(selector).textContent = value;
  return box;
}

// What a filter offers: all that reports have named so far, and what is chosen.
function offer(name, values = [], told = (value) => value) {
  const select = form[name];
  const known = new Set([...select.options].map((option) => option.value).concat(values).filter(Boolean));
  const chosen = select.value;
  select.replaceChildren(new Option(word("all"), ""), ...[...known].sort().map((value) => new Option(told(value), value)));
  select.value = chosen;
}

function showAsked() {
  const back = Number(form.back.value);
  place("as-of").textContent = back ? date(new Date(asOf())) : word("now");
  form.back.setAttribute("aria-valuetext", place("as-of").textContent);
  for (const button of form.querySelectorAll("[data-days]")) {
    button.setAttribute("aria-pressed", form.to.value === daysAgo(0) && form.from.value === daysAgo(button.dataset.days - 1));
  }
  const chosen = Object.entries({ ...asked(), back: back || "" }).filter(([name, value]) => value && name !== "as_of");
  history.replaceState(null, "", `#${new URLSearchParams(chosen)}`);
}

function period(days) {
  form.from.value = daysAgo(days - 1);
  form.to.value = daysAgo(0);
}

function signIn() {
  place("login").hidden = true;
  place("dashboard").hidden = place("leave").hidden = false;
  askAgain();
  stopListening = listen({
    changed: ({ reports }) => refresh(cards.filter(({ definition }) => reports.includes(definition.follows ?? definition.name))),
    state: showLive,
    refused: signOut,
  });
}

function signOut(status) {
  asking.abort();
  stopListening();
  forget();
  showLive("");
  place("login").hidden = false;
  place("dashboard").hidden = place("leave").hidden = true;
  place("refused").textContent = status === undefined ? "" : word(`refused_${status}`);
  place("login").querySelector("input").focus();
}

function showLive(state) {
  place("live").dataset.state = state;
  place("live").textContent = state && word(`live_${state}`);
}

function dress(theme) {
  localStorage.setItem("theme", theme);
  document.documentElement.toggleAttribute("data-theme", theme !== "auto");
  if (theme !== "auto") document.documentElement.dataset.theme = theme;
  place("theme").textContent = word(`theme_${theme}`);
}

function redraw() {
  speak(current());
  place("language").textContent = LANGUAGES.find((one) => one !== current()).toUpperCase();
  dress(localStorage.getItem("theme") ?? "auto");
  showLive(place("live").dataset.state ?? "");
  showAsked();
  cards.filter((card) => card.answer).forEach((card) => card.show(card.answer));
  if (hasKey()) tell();
}

place("language").addEventListener("click", () => (speak(LANGUAGES.find((one) => one !== current())), redraw()));
place("theme").addEventListener("click", () => {
  dress(THEMES[(THEMES.indexOf(localStorage.getItem("theme") ?? "auto") + 1) % THEMES.length]);
  redraw();
});
place("leave").addEventListener("click", () => signOut());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
place("login").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  keep(event.target.key.value);
  event.target.reset();
  try {
    await ask("segments");
    signIn();
  } catch (error) {
    signOut([401, 403].includes(error.status) ? error.status : 0);
  }
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("click", ({ target }) => target.dataset.days && (period(target.dataset.days), showAsked(), askAgain()));
form.addEventListener("change", () => (showAsked(), askAgain()));
form.back.addEventListener("input", showAsked);

const given = new URLSearchParams(location.hash.slice(1));
period(30);
for (const name of OFFERED) if (given.get(name)) form[name].add(new Option(given.get(name)));
for (const [name, value] of given) if (form[name]) form[name].value = value;
redraw();
if (hasKey()) signIn();
else signOut();
