// Files out of a choice or a drop, each with the folders it lay in.

const HIDDEN = /^(\.|Thumbs\.db$|desktop\.ini$)/;

/** `{file, path}` of a file input; with a folder chosen, the path begins with its name. */
export function chosen(input) {
  return [...input.files]
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }))
    .filter(({ path }) => !path.split("/").some((part) => HIDDEN.test(part)));
}

/** The same of a drop: folders are walked. What can't be read is counted, not hidden. */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...transfer.files]; // both are gone after the first pause
  const found = { files: [], unreadable: 0 };
  if (!entries.length) {
    found.files = plain.map((file) => ({ file, path: file.name }));
    return found;
  }
  for (const entry of entries) await walk(entry, "", found);
  return found;
}

async function walk(entry, folder, found) {
  if (HIDDEN.test(entry.name)) return;
  const path = folder ? `${folder}/${entry.name}` : entry.name;
  try {
    if (entry.isFile) {
      found.files.push({ file: await new Promise((resolve, reject) => { entry.file(resolve, reject); }), path });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      // A reader answers a part of a folder at a time, and nothing at its end.
      const part = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      if (!part.length) return;
      for (const one of part) await walk(one, path, found);
    }
  } catch {
    found.unreadable += 1; // gone since, or not ours to read
  }
}

export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let n = 0;
  let amount = bytes;
  for (; amount >= 999.5 && n < units.length - 1; n += 1) amount /= 1000;
  return `${n && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[n]}`;
}

export function time(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
