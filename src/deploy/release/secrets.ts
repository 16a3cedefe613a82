/** Secret values by name, from `NAME=value` lines: for files in the instances, never for a record. */
export function secretValues({ secrets }: { secrets: readonly string[] }): Map<string, string> {
  return new Map(secrets.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
