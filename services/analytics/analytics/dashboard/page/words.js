// Words in English and Russian, and numbers as people write them.

const WORDS = {
  title: ["Voronka", "Воронка"],
  sign_in: ["Sign in", "Вход"],
  sign_in_why: ["An API key or an access token that may read reports. It is kept until this tab is closed.",
    "Ключ API или токен доступа с правом читать отчёты. Он хранится, пока открыта вкладка."],
  key: ["Key or token", "Ключ или токен"],
  enter: ["Open the dashboard", "Открыть"],
  leave: ["Sign out", "Выйти"],
  refused_401: ["This key is not valid, or not any more.", "Ключ недействителен."],
  refused_403: ["This key may not read reports.", "У ключа нет права читать отчёты."],
  refused_0: ["The service does not answer. Try again.", "Сервис не отвечает. Попробуйте ещё раз."],
  theme_auto: ["Theme: auto", "Тема: авто"], theme_light: ["Theme: light", "Тема: светлая"], theme_dark: ["Theme: dark", "Тема: тёмная"],
  live_on: ["Live", "Обновляется"], live_off: ["Reconnecting…", "Соединяется…"], live_wait: ["Connecting…", "Соединяется…"],
  period: ["Period", "Период"], week: ["7 d", "7 дн"], month: ["30 d", "30 дн"], quarter: ["90 d", "90 дн"], year: ["Year", "Год"],
  from: ["From", "С"], to: ["To", "По"], channel: ["Channel", "Канал"], manager: ["Manager", "Менеджер"],
  pipeline: ["Pipeline", "Воронка"], direction: ["Line of business", "Направление"], all: ["All", "Все"],
  as_of: ["As of", "По состоянию на"], now: ["now", "сейчас"],
  corrections: ["Recorded later than this moment, and counted here: {n}. Who looked then did not see them.",
    "Записано позже этого момента и учтено здесь: {n}. Тот, кто смотрел тогда, этого не видел."],
  foot: ["Every figure is computed from events; nobody can edit it.", "Каждая цифра посчитана по событиям, её нельзя исправить рукой."],
  api: ["API", "API"],
  requests: ["Requests", "Обращения"], leads: ["Leads", "Лиды"], qualified: ["Qualified", "Квалифицированы"], deals: ["Deals", "Сделки"],
  won: ["Won", "Выиграны"], lost: ["Lost", "Проиграны"], revenue: ["Revenue", "Выручка"], conversion: ["Lead to sale", "Из лида в продажу"],
  before: ["{d} vs previous", "{d} к прошлому"], same: ["as before", "как в прошлом"],
  funnel: ["Funnel", "Воронка"], funnel_note: ["Leads of the period and what became of them", "Лиды периода и что с ними стало"],
  channels: ["Channels", "Каналы"], channels_note: ["By the first touch", "По первому обращению"],
  dynamics: ["Dynamics", "Динамика"], dynamics_note: ["What happened when", "Что и когда произошло"],
  managers: ["Managers", "Менеджеры"], managers_note: ["What they did in the period", "Что сделали за период"],
  pareto: ["Pareto", "Парето"], pareto_note: ["Customers who bring 80 % of revenue: {n} of {all}", "80 % выручки приносят клиентов: {n} из {all}"],
  needs: ["Needs", "Потребности"], needs_note: ["What those who asked in the period ask for", "Что нужно тем, кто обратился за период"],
  traits: ["Who pays", "Кто платит"], traits_note: ["Share of the customers who paid and of their best 20 %, %", "Доля среди плативших и среди 20 % лучших, %"],
  attribute: ["By which attribute", "По какому признаку"], value: ["Value", "Значение"], of_all: ["Of all who paid, %", "Среди плативших, %"],
  of_best: ["Of the best, %", "Среди лучших, %"], best_share: ["Of the best, %", "Среди лучших, %"], lift: ["Times as often", "Во сколько раз чаще"],
  campaign: ["Campaign", "Кампания"], department: ["Department", "Отдел"], product: ["Product", "Товар"], segment: ["Segment", "Сегмент"],
  category: ["Category", "Категория"], tag: ["Tag", "Метка"], temperature: ["Temperature", "Теплота"], deal_type: ["Kind of deal", "Вид сделки"],
  profit: ["Profit", "Прибыль"], costed: ["Cost known, deals", "Себестоимость известна, сделок"], sold: ["Sold", "Продано"], win_percent: ["Won, %", "Выиграно, %"],
  segments: ["Segments", "Сегменты"], segments_note: ["Revenue of the last {d} days, {c}", "Выручка за {d} дней, {c}"],
  gold: ["Gold", "Золото"], silver: ["Silver", "Серебро"], bronze: ["Bronze", "Бронза"], casual: ["Casual", "Случайные"],
  customers: ["Customers", "Клиенты"], customer: ["Customer", "Клиент"], entered: ["Came here", "Дошли"], entry: ["Entry from", "Порог"],
  step: ["Step", "Шаг"], day: ["Day", "День"], touches: ["Requests", "Обращения"], cost: ["Cost", "Расходы"], roi: ["ROI, %", "ROI, %"],
  to_next: ["Went on, %", "Прошли дальше, %"], of_leads: ["Of leads, %", "От лидов, %"], median: ["Median, h", "Медиана, ч"],
  late: ["Late now", "Зависли"], bottleneck: ["bottleneck", "узкое место"], sales: ["Sales", "Продажи"],
  calls: ["Calls", "Звонки"], letters: ["Letters", "Письма"], messages: ["Messages", "Сообщения"], meetings: ["Meetings", "Встречи"],
  tasks: ["Tasks done", "Задачи"], overdue: ["Overdue tasks", "Просрочено"], reaction: ["Reaction, min", "Реакция, мин"],
  share: ["Share, %", "Доля, %"], cumulative: ["Cumulative, %", "Нарастающим, %"], conversion_percent: ["Conversion, %", "Конверсия, %"],
  table: ["Table", "Таблица"], empty: ["Nothing in this period", "За этот период ничего нет"],
  failed: ["This report cannot be read now", "Отчёт сейчас недоступен"],
};

export const LANGUAGES = ["en", "ru"];
let language = localStorage.getItem("language") ?? (navigator.language.startsWith("ru") ? "ru" : "en");

export const current = () => language;

export function speak(wanted) {
  language = LANGUAGES.includes(wanted) ? wanted : "en";
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = word(place.dataset.word);
  document.title = word("title");
}

export function word(name, values = {}) {
  const text = WORDS[name]?.[LANGUAGES.indexOf(language)] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export const number = (value, digits = 0) =>
  value === null || value === undefined ? "–" : new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);

export const money = (value, currency) =>
  new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol", maximumFractionDigits: 0 }).format(value);

// Sums stand by currency and are never added across them.
export const sums = (byCurrency) =>
  Object.entries(byCurrency ?? {}).map(([currency, amount]) => money(amount, currency)).join(" · ") || "–";

// Days come as dates alone, which are midnight of UTC.
export const date = (day) => new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(day);
export const shortDate = (day) => new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" }).format(day);
