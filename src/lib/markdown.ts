/** Text safe inside Markdown prose and table cells: no markup, no HTML, no line break, no mention. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~#]/g, (mark) => `\\${mark}`)
    .replaceAll('@', '@\u200b');
}

/** Inline code that survives backticks and pipes within. */
export function code(text: string): string {
  const clean = text.replace(/[\r\n]+/g, ' ').replaceAll('|', '\\|');
  const fence = clean.includes('`') ? '``' : '`';
  return clean === '' ? '' : `${fence}${fence === '``' ? ' ' : ''}${clean}${fence === '``' ? ' ' : ''}${fence}`;
}

/** A GitHub table; cells are already Markdown. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
