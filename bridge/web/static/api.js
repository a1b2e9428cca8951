// Asking the bridge: every question has a limit, every refusal becomes a sentence.

const LIMIT_MS = 20_000;

/** Return the JSON of an address; throws an Error whose message is for a person. */
export async function ask(path, parameters = {}) {
  return answered(path, parameters, { headers: { accept: "application/json" } });
}

/** Send JSON to an address and return the JSON of its answer; throws as `ask` does. */
export async function tell(path, parameters, body, limit = LIMIT_MS) {
  const request = {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  return answered(path, parameters, request, limit);
}

async function answered(path, parameters, request, limit = LIMIT_MS) {
  let answer;
  try {
    answer = await fetch(address(path, parameters), { ...request, signal: AbortSignal.timeout(limit) });
  } catch (error) {
    const late = error.name === "TimeoutError";
    throw new Error(late ? `The bridge has not answered within ${limit / 1000} s.` : "The bridge does not answer.");
  }
  if (answer.status === 401) {
    location.assign("/login");
    throw new Error("This page needs the token again.");
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) {
    throw new Error(body?.error ?? `The bridge answered ${answer.status}.`);
  }
  return body;
}

/** Return path and query; null parameters are left out. */
export function address(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== "");
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}
