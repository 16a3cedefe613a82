import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';
import { type ProcessResult, runProcess } from '../../lib/process.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface ScanRequest {
  binary: string;
  /** An image of the engine, by id or name; or a folder in OCI layout. */
  subject: { engine: string } | { layout: string };
  output: string;
  scanners: readonly string[];
  cacheDir: string;
  skipDbUpdate: boolean;
  dbRepositories: readonly string[];
  insecure: boolean;
  ignoreFile?: string;
  vex?: string;
  /** Folders and files of the image that are not looked at. */
  skipDirs: readonly string[];
  skipFiles: readonly string[];
  /** Where Trivy runs: empty, so that no `trivy.yaml` or `.trivyignore` of the workspace slips in. */
  folder: string;
  env: Record<string, string>;
  onLine: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * What the scanner may know: where the engine is, proxies and certificates. No token, no input, no login, and a home
 * of its own, so that neither plugins of the machine nor its Docker logins come along.
 */
export function scanEnv(env: Env, folder: string): Record<string, string> {
  mkdirSync(join(folder, 'docker'), { recursive: true });
  const names = [
    'PATH',
    'LANG',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'DOCKER_HOST',
    'DOCKER_TLS_VERIFY',
    'DOCKER_CERT_PATH',
    'XDG_RUNTIME_DIR',
  ];
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  const taken = [...names, ...proxies].flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  return { ...Object.fromEntries(taken), HOME: folder, TMPDIR: folder, DOCKER_CONFIG: join(folder, 'docker') };
}

/**
 * Address of the engine that Docker's commands mean. Trivy sees no Docker configuration, so a context must be said to
 * it; over ssh it can't go at all.
 */
export async function engineAddress(docker: Record<string, string>, signal?: AbortSignal): Promise<string | undefined> {
  const asked = docker.DOCKER_HOST
    ? undefined
    : await runProcess('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], {
        env: docker,
        signal,
      });
  const address = docker.DOCKER_HOST ?? (asked?.exitCode === 0 ? asked.stdout.trim() : undefined);
  if (!address?.startsWith('ssh://')) return address || undefined;
  throw new SeatrialError(
    'NOT_SUPPORTED',
    'Trivy can’t reach an engine over ssh; build on the runner’s own engine, or forward the socket and set DOCKER_HOST.',
  );
}

/** Trivy's arguments: once, to JSON, everything it finds, and an exit code that only means "worked" or "broke". */
export function scanArguments(request: ScanRequest): string[] {
  const { subject } = request;
  return [
    'image',
    ...['--format', 'json', '--output', request.output],
    ...['--exit-code', '0', '--list-all-pkgs', '--show-suppressed'],
    ...['--scanners', request.scanners.join(',')],
    ...(request.scanners.includes('misconfig') ? ['--image-config-scanners', 'misconfig', '--skip-check-update'] : []),
    ...['--cache-dir', request.cacheDir, '--cache-backend', 'memory'],
    ...(request.skipDbUpdate ? ['--skip-db-update'] : []),
    ...request.dbRepositories.flatMap((name) => ['--db-repository', name]),
    ...(request.insecure ? ['--insecure'] : []),
    ...(request.ignoreFile ? ['--ignorefile', request.ignoreFile] : []),
    ...(request.vex ? ['--vex', request.vex] : []),
    ...request.skipDirs.flatMap((path) => ['--skip-dirs', path]),
    ...request.skipFiles.flatMap((path) => ['--skip-files', path]),
    // Trivy's own five minutes are short for a first database and a large image; the job's timeout stands above.
    ...['--skip-version-check', '--disable-telemetry', '--no-progress', '--timeout', '30m'],
    ...('engine' in subject ? ['--image-src', 'docker', subject.engine] : ['--input', subject.layout]),
  ];
}

/** The line that says what broke: the last, or of a program that died the one before its stack. */
export const lastWord = ({ stderr, stdout }: Pick<ProcessResult, 'stderr' | 'stdout'>) =>
  (/^panic: .*$/m.exec(stderr)?.[0] ?? `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? '')
    .trim()
    .replace(/^\S+\s+(FATAL|ERROR)\s+/, '')
    .replace(/^Fatal error\s+/, '');

async function trivy(binary: string, args: string[], settings: Parameters<typeof runProcess>[2], doing: string) {
  let result: ProcessResult;
  try {
    result = await runProcess(binary, args, settings);
  } catch (cause) {
    settings.signal?.throwIfAborted();
    throw new SeatrialError('SCAN_FAILED', 'Trivy could not be started; nothing was pushed. Check trivy-path.', {
      cause,
    });
  }
  if (result.exitCode === 0) return;
  throw new SeatrialError(
    'SCAN_FAILED',
    `Trivy broke while ${doing} (exit code ${result.exitCode}); nothing was pushed. It said: ${lastWord(result).slice(0, 600) || 'nothing'}`,
  );
}

/** Scans and answers the report's text. Error: SCAN_FAILED, whatever broke; a broken scanner never means "no findings". */
export async function scan(request: ScanRequest): Promise<string> {
  const { binary, env, folder, onLine, signal, output } = request;
  mkdirSync(folder, { recursive: true });
  await trivy(binary, scanArguments(request), { cwd: folder, env, onLine, signal }, 'scanning');
  if (existsSync(output)) return readFileSync(output, 'utf8');
  throw new SeatrialError(
    'SCAN_FAILED',
    'Trivy ended well but wrote no report; nothing was pushed. Check its version.',
  );
}

export interface ConvertRequest {
  binary: string;
  report: string;
  format: 'sarif' | 'cyclonedx' | 'spdx-json' | 'table';
  output: string;
  folder: string;
  env: Record<string, string>;
  signal?: AbortSignal;
}

/** Another form of a report, without another scan. */
export async function convert({
  binary,
  report,
  format,
  output,
  folder,
  env,
  signal,
}: ConvertRequest): Promise<string> {
  const args = ['convert', '--quiet', '--format', format, '--output', output, '--cache-dir', folder];
  if (format === 'table') args.push('--table-mode', 'detailed', '--scanners', 'vuln,secret,misconfig,license');
  await trivy(binary, [...args, report], { cwd: folder, env, signal }, `writing ${format}`);
  if (existsSync(output)) return output;
  throw new SeatrialError('SCAN_FAILED', `Trivy wrote no ${format}; nothing was pushed. Check its version.`);
}
