/** Figures as the table and the sentence show them. */
export const percent = (k: number, n: number) => (n === 0 ? 'no data' : `${((100 * k) / n).toFixed(2)} % (${k}/${n})`);

export const ms = (value: number) =>
  Number.isNaN(value) ? 'no data' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

/** An e-value from its log. */
export const times = (logE: number) => (logE > 20 ? `e^${Math.round(logE)}` : Math.exp(logE).toFixed(logE > 3 ? 0 : 2));
