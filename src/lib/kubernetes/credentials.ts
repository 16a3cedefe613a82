import { readFileSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import { SeatrialError } from '../errors.ts';
import { bareEnv, runProcess } from '../process.ts';
import type { Access, ExecPlugin } from './kubeconfig.ts';

export interface Credential {
  token?: string;
  cert?: string;
  key?: string;
}

export interface CredentialContext {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  mask(secret: string): void;
  /** Hears in a line what is waited for. */
  tell?(line: string): void;
}

/** A credential is renewed this long before it ends. */
const AHEAD_MS = 30_000;
/** A pod's token is changed in its file about every 50 minutes; client-go reads it as often. */
const FILE_MS = 60_000;

/** Who we are to a cluster, renewed when it has to be. */
export class Credentials {
  readonly #access: Access;
  readonly #context: CredentialContext;
  #held: Promise<Credential> | undefined;
  #until = Number.POSITIVE_INFINITY;

  constructor(access: Access, context: CredentialContext) {
    this.#access = access;
    this.#context = context;
  }

  /** It may be had anew after a refusal. */
  get renewable(): boolean {
    return this.#access.exec !== undefined || this.#access.tokenFile !== undefined;
  }

  get(): Promise<Credential> {
    if (this.#held && this.#context.clock.now() < this.#until - AHEAD_MS) return this.#held;
    const held = this.#make();
    this.#held = held;
    held.catch(() => {
      if (this.#held === held) this.#held = undefined;
    });
    return held;
  }

  /** It was refused: the next one is had anew. `refused` is the one that was. */
  async renew(refused: Credential): Promise<void> {
    const held = this.#held;
    // Of many that are refused at once the first one renews it.
    if ((await held?.catch(() => undefined)) === refused && this.#held === held) this.#held = undefined;
  }

  async #make(): Promise<Credential> {
    const { token, cert, key, exec, tokenFile } = this.#access;
    this.#until = Number.POSITIVE_INFINITY;
    if (tokenFile) {
      this.#until = this.#context.clock.now() + FILE_MS;
      return { token: readFileSync(tokenFile, 'utf8').trim() };
    }
    // As client-go does: what stands in the file comes before what a plugin would say.
    if (!exec || token || cert) return { token, cert, key };
    const found = await runPlugin(exec, this.#access, this.#context);
    this.#until = found.until;
    return found.credential;
  }
}

interface ExecCredential {
  kind?: string;
  status?: {
    token?: string;
    clientCertificateData?: string;
    clientKeyData?: string;
    expirationTimestamp?: string;
  };
}

/** Asks the plugin. Its words on stderr are not quoted: they may hold what it was asked for. */
async function runPlugin(
  plugin: ExecPlugin,
  { server, ca, tlsServerName }: Access,
  { env, mask }: CredentialContext,
): Promise<{ credential: Credential; until: number }> {
  const { command, args, apiVersion, installHint, provideClusterInfo } = plugin;
  const cluster = provideClusterInfo
    ? {
        server,
        'tls-server-name': tlsServerName,
        'certificate-authority-data': ca && Buffer.from(ca).toString('base64'),
      }
    : undefined;
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false, cluster } });
  const cloud = Object.keys(env).filter((name) =>
    /^(AWS|GOOGLE|CLOUDSDK|AZURE|AAD|ALIBABA|ALIBABACLOUD|ARM|TENCENTCLOUD|HUAWEICLOUD|KUBE)_/.test(name),
  );
  const failed = (words: string, cause?: unknown) =>
    new SeatrialError('KUBECONFIG_INVALID', `kubeconfig: its exec plugin ${command} ${words}`, { cause });
  const { exitCode, stdout } = await runProcess(command, args, {
    env: { ...bareEnv(env, cloud), KUBERNETES_EXEC_INFO: info, ...plugin.env },
    input: '',
    signal: AbortSignal.timeout(60_000),
  }).catch((cause: unknown) => {
    if ((cause as Error).name === 'TimeoutError')
      throw failed('gave nothing within 60 s; run it by hand there.', cause);
    const hint = installHint.trim().split('\n')[0];
    throw new SeatrialError(
      'TOOL_MISSING',
      `kubeconfig: its exec plugin ${command} can't be started here; put it on the runner's PATH${hint ? ` (${hint})` : ''}.`,
      { cause },
    );
  });
  if (exitCode !== 0) throw failed(`ended with exit code ${exitCode}; run it by hand there to see why.`);
  let answer: ExecCredential;
  try {
    answer = JSON.parse(stdout) as ExecCredential;
  } catch {
    throw failed('answered no JSON; run it by hand there to see why.');
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = answer.status ?? {};
  if (answer.kind !== 'ExecCredential' || (!token && !(cert && key))) throw failed('answered no ExecCredential.');
  for (const secret of [token, key]) if (secret) mask(secret);
  const until = expirationTimestamp ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY;
  return { credential: { token, cert, key }, until: Number.isNaN(until) ? Number.POSITIVE_INFINITY : until };
}
