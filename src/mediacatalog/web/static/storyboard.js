// Small pictures of a clip by time: a WebVTT file whose cues name cells of sheets (`#xywh=`).

import { lastAt } from "./clock.js";

const TIMING = /^(?:(\d+):)?(\d\d):(\d\d)\.(\d{3})\s+-->\s/;
const MAX_CELLS = 20000;

function cellsOf(text, base) {
  const cells = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let n = 0; n < lines.length - 1 && cells.length < MAX_CELLS; n += 1) {
    const at = TIMING.exec(lines[n]);
    const where = /^(.+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)\s*$/.exec(lines[n + 1]);
    if (!at || !where) continue;
    const sheet = new URL(where[1], base);
    if (sheet.origin !== location.origin) continue;
    const [hours, minutes, seconds, rest] = at.slice(1).map((part) => Number(part ?? 0));
    const [x, y, width, height] = where.slice(2).map(Number);
    if (width < 1 || height < 1) continue;
    cells.push({ ms: ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest, sheet: sheet.href, x, y, width, height });
  }
  return cells.sort((one, other) => one.ms - other.ms);
}

export class Storyboard {
  #address;
  #loading = null;
  #cells = [];
  #starts = [];
  #sheets = new Map();

  constructor(address) {
    this.#address = address ? new URL(address, document.baseURI) : null;
  }

  /** Fetched once, at the first wish to see it; an archive without one answers with no cells. */
  load() {
    this.#loading ??= this.#fetch();
    return this.#loading;
  }

  async #fetch() {
    if (!this.#address) return false;
    try {
      const answer = await fetch(this.#address);
      if (!answer.ok) return false;
      this.#cells = cellsOf(await answer.text(), this.#address);
    } catch {
      return false;
    }
    this.#starts = this.#cells.map((cell) => cell.ms);
    return this.#cells.length > 0;
  }

  /** The cell shown at a time: the last that begins before it, or the first. */
  cellAt(ms) {
    return this.#cells[Math.max(0, lastAt(this.#starts, ms))] ?? null;
  }

  /** Draws the cell of a time; false when there is none. `isWanted` is asked after each wait. */
  async draw(canvas, ms, isWanted = () => true) {
    if (!(await this.load()) || !isWanted()) return false;
    const cell = this.cellAt(ms);
    const sheet = await this.#sheet(cell.sheet);
    if (!sheet || !isWanted()) return false;
    if (canvas.width !== cell.width || canvas.height !== cell.height) {
      canvas.width = cell.width;
      canvas.height = cell.height;
    }
    canvas.getContext("2d").drawImage(sheet, cell.x, cell.y, cell.width, cell.height, 0, 0, cell.width, cell.height);
    canvas.dataset.ms = cell.ms;
    return true;
  }

  #sheet(address) {
    if (!this.#sheets.has(address)) {
      const image = new Image();
      image.src = address;
      this.#sheets.set(address, image.decode().then(() => image, () => {
        this.#sheets.delete(address);
        return null;
      }));
    }
    return this.#sheets.get(address);
  }
}
