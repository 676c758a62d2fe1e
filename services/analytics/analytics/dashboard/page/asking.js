// Asking the API with the key of this tab, and listening which reports change.

const SLOT = "voronka-key";
const LONGEST_PAUSE_MS = 30_000;

export class Refused extends Error {
  constructor(status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

export const hasKey = () => sessionStorage.getItem(SLOT) !== null;
export const keep = (key) => sessionStorage.setItem(SLOT, key.trim());
export const forget = () => sessionStorage.removeItem(SLOT);

const headers = (more) => ({ Authorization: `Bearer ${sessionStorage.getItem(SLOT)}`, ...more });

export async function ask(path, parameters = {}, signal) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  let answer;
  try {
    answer = await fetch(`../${path}?${query}`, { headers: headers({ Accept: "application/json" }), signal });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refused(0);
  }
  if (!answer.ok) throw new Refused(answer.status);
  return answer.json();
}

// EventSource cannot send a key, so the stream is read by fetch; it goes on where it was after every break.
export function listen({ changed, state, refused }) {
  const ending = new AbortController();
  let mark = null;
  let pause = 1_000;

  async function once() {
    const answer = await fetch("../reports/live", {
      headers: headers({ Accept: "text/event-stream", ...(mark && { "Last-Event-ID": mark }) }),
      signal: ending.signal,
      cache: "no-store",
    });
    if (answer.status === 401 || answer.status === 403) return refused(answer.status), ending.abort();
    if (!answer.ok) throw new Refused(answer.status);
    state("on");
    pause = 1_000;
    let rest = "";
    for await (const text of chunks(answer.body)) {
      const events = (rest + text).split("\n\n");
      rest = events.pop();
      for (const event of events.map(fields)) {
        if (event.id) mark = event.id;
        if (event.event === "changed") changed(JSON.parse(event.data));
      }
    }
  }

  (async () => {
    state("wait");
    while (!ending.signal.aborted) {
      try {
        await once();
      } catch (error) {
        if (ending.signal.aborted) return;
        state("off");
        await new Promise((done) => setTimeout(done, pause));
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      }
    }
  })();
  return () => ending.abort();
}

async function* chunks(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

function fields(block) {
  const lines = block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line)).filter(Boolean);
  return Object.fromEntries(lines.map(([, name, value]) => [name, value]));
}
