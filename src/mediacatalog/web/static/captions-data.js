// What the caption modules ask the server for, and tell each other.

/** The document of a track: `version`, `name`, `label` and its `cues`. Throws when it can't be had. */
export async function fetchCues(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** Sends a change of cues; `{status, ...what was answered}`. Throws without a connection. */
export async function sendSplice(address, splice) {
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  const answer = await fetch(`${address}/cues`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(splice),
  });
  const kind = answer.headers.get("Content-Type") ?? "";
  return { status: answer.status, ...(kind.includes("json") ? await answer.json() : {}) };
}

/** Lets the player load a track anew. */
export function tellChange(track, version) {
  document.dispatchEvent(new CustomEvent("captions:changed", { detail: { track, version } }));
}

export function seekPlayer(ms) {
  document.dispatchEvent(new CustomEvent("player:seek", { detail: { ms } }));
}
