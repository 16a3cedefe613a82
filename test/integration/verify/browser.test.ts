import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAction } from '../../support/action.ts';
import { traffic } from '../../support/verify/streams.ts';

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false; // not on this machine: GitHub's runners have one
  }
});
/** Kept as an artifact where CI says so. */
const shots = process.env.SEATRIAL_SCREENSHOTS;

/**
 * What a browser makes of the page: its width against the window's, the contrast of texts with what is behind them, and
 * of the table's first row whether it is marked, and in another colour than the next.
 */
const PROBE = `<script>
const rgb = (c) => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
const lum = (c) => rgb(c).slice(0, 3).map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if ((rgb(c)[3] ?? 1) > 0.5) return c; } return 'rgb(255,255,255)'; };
let least = 99;
for (const e of document.querySelectorAll('p,td,th,li,h1 span,figcaption,svg text')) {
  if (!e.textContent.trim()) continue;
  const style = getComputedStyle(e);
  const [a, b] = [lum(e instanceof SVGElement ? style.fill : style.color), lum(behind(e))];
  least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
}
const [first, next] = [...document.querySelectorAll('table tr')].filter((row) => row.querySelector('td'));
const ground = (row) => behind(row.querySelector('td'));
const stands = first.className.includes('bad') && first.textContent.includes('FAIL') && ground(first) !== ground(next);
top.document.title = JSON.stringify({ stands, wide: document.documentElement.scrollWidth - innerWidth, least, dark: matchMedia('(prefers-color-scheme: dark)').matches });
</script>`;

// Where the pictures are kept a missing browser is a fault: skipped, nobody would have looked.
describe.skipIf(!browser && !shots)('the report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-browser-'));
  beforeAll(async () => {
    const file = join(folder, 'replay.jsonl');
    const events = traffic({
      seed: 4,
      rate: 20,
      oldSeconds: 100,
      newSeconds: 60,
      endpoints: ['/pay', '/cart'],
      change: (r) => (r.endpoint === '/pay' ? { ...r, ms: r.ms * 2 + 30 } : r),
    });
    writeFileSync(file, events.map((event) => JSON.stringify(event)).join('\n'));
    const run = await runAction('verify', { mode: 'replay', 'replay-file': file, 'report-dir': folder });
    const probed = readFileSync(run.outputs.report!, 'utf8').replace('</body>', `${PROBE}</body>`);
    writeFileSync(join(folder, 'desk.html'), probed);
    // A window is at least 500 px wide, a phone's screen 375.
    const inner = probed.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    const frame = `<iframe style="border:0;width:375px;height:4000px" srcdoc="${inner}"></iframe>`;
    writeFileSync(
      join(folder, 'phone.html'),
      `<!doctype html><meta name="color-scheme" content="light dark"><body style="margin:0">${frame}</body>`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['light on a desk', 'desk.html', 1200, []],
    ['dark on a desk', 'desk.html', 1200, ['--blink-settings=preferredColorScheme=0']],
    ['dark on a phone', 'phone.html', 500, ['--blink-settings=preferredColorScheme=0']],
  ])('is readable %s, and the row that failed stands out', (name, page, width, more) => {
    const shot = (args: string[]) =>
      execFileSync(
        browser!,
        [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          `--user-data-dir=${join(folder, 'profile')}`,
          `--window-size=${width},2400`,
          ...more,
          ...args,
          `file://${join(folder, page)}`,
        ],
        {
          stdio: ['ignore', 'pipe', 'ignore'],
          encoding: 'utf8',
          timeout: 180_000,
        },
      );
    const { stands, wide, least, dark } = JSON.parse(
      /<title>(.*?)<\/title>/.exec(shot(['--dump-dom']))![1]!.replaceAll('&quot;', '"'),
    );
    expect(dark).toBe(name.startsWith('dark'));
    expect(stands).toBe(true);
    expect(wide).toBeLessThanOrEqual(0);
    // WCAG 2.1, 1.4.3: 4.5 to 1.
    expect(least).toBeGreaterThanOrEqual(4.5);
    if (shots) {
      mkdirSync(shots, { recursive: true });
      shot([`--screenshot=${join(shots, `report ${name}.png`)}`, '--hide-scrollbars']);
    }
  });
});
