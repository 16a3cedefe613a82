/** Two releases of a shop, as their ids look on a host. */
export const [OLD, NEW] = ['20261129-101500-9abcdef', '20261130-063812-4f1c2d3'];

/**
 * What a workflow hands over, from a line `state share | verdict | job:result … | event`; each part may be empty.
 * The share is the new release's percentage of the traffic, by host behind a slash; `met` stands for customers who met it,
 * `gap` for seconds in which no version could answer them.
 * `back` is the deployment of a rollback: the old release serves, the new one was taken away. `taken back` is the same as
 * ship.yml hands it over after a deploy. Behind the jobs, `blocked`: the scan refused the image; a word in capitals: the
 * error code handed over as the reason.
 */
export function inputsOf(line: string): Record<string, string> {
  const [first = '', verdict = '', second = '', event = ''] = line.split('|').map((part) => part.trim());
  const met = first.endsWith(' met');
  const gap = first.endsWith(' gap');
  const [, named, weights] = /^(.*?)(?: ([\d/]+))?$/.exec(first.replace(/ (met|gap)$/, ''))!;
  const back = named === 'back' || named === 'taken back';
  const hosts = (weights?.split('/') ?? []).map((weight, i) => ({
    host: `ssh://ops@host-${i + 1}`,
    slots: [
      { release: NEW, role: 'candidate', weight: Number(weight) },
      { release: OLD, role: 'current', weight: 100 - Number(weight) },
    ],
  }));
  const deployment = {
    app: 'shop',
    environment: 'production',
    release: back ? OLD : NEW,
    previous: back ? NEW : OLD,
    image: 'registry.example.com/shop@sha256:0',
    state: back ? 'good' : named,
    hosts,
  };
  const code = second.split(' ').find((word) => /^[A-Z][A-Z_]+$/.test(word));
  const jobs = second.split(' ').filter((word) => word.includes(':'));
  const needs = Object.fromEntries(jobs.map((job) => [job.split(':')[0]!, { result: job.split(':')[1]! }]));
  return {
    ...(named ? { deployment: JSON.stringify(deployment) } : {}),
    ...(named === 'taken back' ? { version: NEW! } : {}),
    ...(verdict ? { verdict } : {}),
    ...(jobs.length ? { needs: JSON.stringify(needs) } : {}),
    ...(second.includes('blocked') ? { reason: 'SCAN_BLOCKED' } : {}),
    ...(code ? { reason: code } : {}),
    ...(met ? { customers: '{"requests":40,"lost":2}' } : {}),
    ...(gap ? { customers: '{"gap":14}' } : {}),
    ...(event ? { event } : {}),
  };
}
