// Times and frames. Milliseconds count from the first frame shown; frame rates are exact fractions.

/** "30000/1001" as frames a second; 0 when unknown. */
export function rateOf(text) {
  const [over, under = "1"] = String(text ?? "").split("/");
  const rate = Number(over) / Number(under);
  return Number.isFinite(rate) && rate > 0 && rate <= 1000 ? rate : 0;
}

/** `1:02:03.456`, `2:03.456`; `parts` decimals, cut off, never rounded into the next frame. */
export function format(ms, parts = 3) {
  const whole = Math.max(0, Math.round(ms));
  const seconds = Math.floor(whole / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const two = (number) => String(number).padStart(2, "0");
  const rest = parts ? `.${String(whole % 1000).padStart(3, "0").slice(0, parts)}` : "";
  const tail = `${two(seconds % 60)}${rest}`;
  return hours ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** "1 hour 2 minutes 3.5 seconds", for screen readers. */
export function spoken(ms) {
  const tenths = Math.floor(Math.max(0, ms) / 100);
  const hours = Math.floor(tenths / 36000);
  const minutes = Math.floor(tenths / 600) % 60;
  const say = (count, name) => `${count} ${name}${count === 1 ? "" : "s"}`;
  return [
    hours ? say(hours, "hour") : "",
    minutes ? say(minutes, "minute") : "",
    say((tenths % 600) / 10, "second"),
  ].filter(Boolean).join(" ");
}

/**
 * What a person typed, in milliseconds, or null: `12.2`, `1:02`, `1:02:03.4`, `00:01:02:12` (frames
 * last; only with a fixed rate), `f37` (frame number), and `+5` or `-0.5` from `now`.
 */
export function parse(typed, { rate = 0, now = 0 } = {}) {
  const text = latin(typed.trim().toLowerCase());
  const frame = /^(?:f|#)\s*(\d{1,9})$/.exec(text);
  if (frame) return rate ? (Number(frame[1]) * 1000) / rate : null;
  const moved = /^([+\-−])\s*(\d{1,6}(?:\.\d{1,6})?)$/.exec(text);
  if (moved) return Math.max(0, now + (moved[1] === "+" ? 1 : -1) * Number(moved[2]) * 1000);
  const frames = /^(\d{1,3}):([0-5]?\d):([0-5]?\d)[:;](\d{1,3})$/.exec(text);
  if (frames) {
    if (!rate || Number(frames[4]) >= Math.ceil(rate)) return null;
    const [hours, minutes, seconds, count] = frames.slice(1).map(Number);
    return (hours * 3600 + minutes * 60 + seconds + count / rate) * 1000;
  }
  const clock = /^(?:(?:(\d{1,3}):)?([0-5]?\d):)?(\d{1,6}(?:\.\d{1,6})?)$/.exec(text);
  if (!clock) return null;
  const seconds = Number(clock[3]);
  if (clock[2] !== undefined && seconds >= 60) return null;
  return (Number(clock[1] ?? 0) * 3600 + Number(clock[2] ?? 0) * 60 + seconds) * 1000;
}

/** Digits as an Arabic or Persian keyboard types them, and the decimal comma. */
function latin(text) {
  return text
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[,٫]/g, ".");
}

/** The index of the last of `starts` (ascending) that isn't after `at`; -1 before the first. */
export function lastAt(starts, at) {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
