/** The inputs of a run as one entry of `targets`, secrets by environment variable; `id` names both. */
export function targetOf(
  id: string,
  channel: string,
  settings: Record<string, string>,
  secrets: readonly string[],
): { yaml: string; env: Record<string, string> } {
  const env: Record<string, string> = {};
  const lines = Object.entries(settings).map(([short, value]) => {
    // `channel` is the entry's own key already.
    const name = short === 'channel' ? `${channel}-channel` : short;
    if (!secrets.includes(name)) return `  ${name}: ${JSON.stringify(value)}`;
    const variable = `${id}_${name}`.toUpperCase().replace(/[^A-Z0-9]/g, '_');
    env[variable] = value;
    return `  ${name}: ${variable}`;
  });
  return { yaml: [`- name: ${id}`, `  channel: ${channel}`, ...lines].join('\n'), env };
}
