import type { Picture } from '../judge/gate.ts';

const WIDTH = 640;
const HEIGHT = 260;
const LEFT = 54;
const BOTTOM = 34;
/** Room for the names of the lines and of the axis above the highest tick. */
const TOP = 40;
/** Line colours are classes, so that a dark page has light ones; a second pair of lines is dashed. */
const CLASSES = ['old', 'new', 'old dashed', 'new dashed'];

export const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A line chart as inline SVG; `log` gives the x axis by powers of ten. Empty text when there is nothing to draw. */
export function chart({ title, lines, axes }: Picture): string {
  const drawn = lines
    .map((line, i) => ({ ...line, class: CLASSES[lines.length === 1 ? 1 : i % CLASSES.length]! }))
    .filter(({ points }) => points.length > 1);
  if (drawn.length === 0) return '';
  const scale = (x: number) => (axes.log ? Math.log10(Math.max(0.01, x)) : x);
  const xs = drawn.flatMap(({ points }) => points.map(([x]) => scale(x)));
  const ys = drawn.flatMap(({ points }) => points.map(([, y]) => y));
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const [y0, y1] = [Math.min(0, ...ys), Math.max(axes.top ?? 0, axes.mark ?? 0, ...ys)];
  const px = (x: number) => LEFT + ((scale(x) - x0) / Math.max(1e-9, x1 - x0)) * (WIDTH - LEFT - 12);
  const py = (y: number) => HEIGHT - BOTTOM - ((y - y0) / Math.max(1e-9, y1 - y0)) * (HEIGHT - BOTTOM - TOP);
  const paths = drawn.map((line) => {
    const path = line.points
      .map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`)
      .join('');
    return `<path d="${path}" class="${line.class}"/>`;
  });
  const keys = drawn.map(
    (line, i) =>
      `<text x="${LEFT + (i % 2) * 240}" y="${i < 2 ? 26 : 38}" class="key ${line.class}">${line.class.includes('dashed') ? '– –' : '—'} ${escapeHtml(line.name)}</text>`,
  );
  const tick = (value: number) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
  const xTicks = Array.from({ length: 5 }, (_, i) => x0 + ((x1 - x0) * i) / 4).map((value) => {
    const real = axes.log ? 10 ** value : value;
    return `<text x="${px(real).toFixed(1)}" y="${HEIGHT - 18}" text-anchor="middle">${tick(real)}</text>`;
  });
  const yTicks = Array.from({ length: 5 }, (_, i) => y0 + ((y1 - y0) * i) / 4).map(
    (value) =>
      `<text x="${LEFT - 6}" y="${(py(value) + 4).toFixed(1)}" text-anchor="end">${tick(value)}</text><line x1="${LEFT}" x2="${WIDTH - 12}" y1="${py(value).toFixed(1)}" y2="${py(value).toFixed(1)}" class="grid"/>`,
  );
  const mark =
    axes.mark === undefined
      ? ''
      : `<line x1="${LEFT}" x2="${WIDTH - 12}" y1="${py(axes.mark).toFixed(1)}" y2="${py(axes.mark).toFixed(1)}" class="mark"/>`;
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${yTicks.join('')}${xTicks.join('')}${mark}${paths.join('')}${keys.join('')}<text x="${WIDTH - 12}" y="${HEIGHT - 4}" text-anchor="end">${escapeHtml(axes.x)}</text><text x="4" y="12">${escapeHtml(axes.y)}</text></svg></figure>`;
}
