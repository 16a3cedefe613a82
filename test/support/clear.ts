import { execFileSync } from 'node:child_process';

const docker = (...args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const lines = (text: string) => text.trim().split('\n').filter(Boolean);

/** Removes everything an app left on the engine, found by its label and its names, and the images below `repository`. */
export function clearApp(app: string, repository?: string): void {
  const containers = [
    ...lines(docker('ps', '-aq', '--filter', `label=io.seatrial.app=${app}`)),
    ...lines(docker('ps', '-aq', '--filter', `name=^/${app}-`)),
  ];
  if (containers.length) docker('rm', '-f', '-v', ...new Set(containers));
  for (const kind of ['volume', 'network'] as const) {
    const names = lines(docker(kind, 'ls', '--filter', `name=${app}`, '--format', '{{.Name}}')).filter((n) =>
      n.startsWith(app),
    );
    if (names.length) docker(kind, 'rm', ...names);
  }
  if (!repository) return;
  const images = lines(docker('images', repository, '--format', '{{.ID}}'));
  if (images.length) docker('rmi', '-f', ...new Set(images));
}
