import { SeatrialError } from './errors.ts';

const DURATION = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const SIZE: Record<string, number> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
};

/** `500ms 30s 5m 2h` (also `1h30m`) to milliseconds. A bare number is refused: its unit would be a guess. */
export function parseDuration(text: string): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== text.trim()) {
    throw new SeatrialError('INPUT_INVALID', `"${text}" is not a duration; write 500ms, 30s, 5m or 2h.`);
  }
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * DURATION[unit as keyof typeof DURATION], 0);
}

/** `64MiB 512m 1g 1048576` to bytes; k, m and g are 1024-based, as in `docker run --memory`. */
export function parseSize(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const factor = found ? SIZE[found[2]!.toLowerCase()] : undefined;
  if (!found || factor === undefined) {
    throw new SeatrialError('INPUT_INVALID', `"${text}" is not a size; write 64MiB, 512m or 1g.`);
  }
  return Math.round(Number(found[1]) * factor);
}

/** `10%` to 0.1. Shares above 100 % and bare numbers are refused. */
export function parseShare(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  const share = found ? Number(found[1]) / 100 : Number.NaN;
  if (!(share >= 0 && share <= 1)) {
    throw new SeatrialError('INPUT_INVALID', `"${text}" is not a share; write a percentage from 0% to 100%.`);
  }
  return share;
}

/** One item a line; blank lines fall away. */
export function parseLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** 83 to `83 ms`, 4210 to `4.2 s`, 150000 to `2m 30s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [h ? `${h}h` : '', m ? `${m}m` : '', s ? `${s}s` : ''].filter(Boolean).join(' ');
}

/** Bytes to `12.3 MiB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let [value, at] = [bytes, 0];
  while (value >= 1024 && at < units.length - 1) [value, at] = [value / 1024, at + 1];
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`;
}
