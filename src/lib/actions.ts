import { appendFileSync } from 'node:fs';
import * as core from '@actions/core';
import { asSeatrialError, causes, SeatrialError } from './errors.ts';

/** GitHub drops a step summary over 1 MiB whole, so ours stops before (platform limits, docs/decisions.md). */
const SUMMARY_LIMIT = 900 * 1024;

/** What a run may ask of the runner; the only door to @actions/core. Outside GitHub it writes plain lines. */
export interface Actions {
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  info(line: string): void;
  debug(line: string): void;
  notice(line: string): void;
  /** `at` puts the annotation beside a line of the user's code. */
  warning(line: string, at?: { file: string; line?: number; title?: string }): void;
  /** An error annotation of a step that may go on; the step's own failure is thrown, not written here. */
  error(line: string): void;
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
  /** Hides `secret` from here on, raw, URL-encoded and as JSON writes it, each line of it by itself. */
  mask(secret: string): void;
  /** `text` with every masked secret replaced: for what goes to files, channels and engines. */
  scrub(text: string): string;
  /**
   * Objects become one line of JSON. What other programs read is written `whole`: a secret that happens to be part of a
   * name must not cut it, and no text of a user's may be in there unscrubbed.
   */
  output(name: string, value: string | number | boolean | object, how?: 'whole'): void;
  summary(markdown: string): void;
  saveState(name: string, value: string): void;
  state(name: string): string;
}

/** The `seatrial` command hands us an output file too, and its terminal would print what a runner swallows. */
const onRunner = (env: NodeJS.ProcessEnv) =>
  env.GITHUB_ACTIONS === 'true' || (Boolean(env.GITHUB_OUTPUT) && env.SEATRIAL_COMMAND === undefined);

/** How a vendor may write down what it was sent: percent signs in either case, a form's `+`, a JSON string's backslashes. */
function waysToWrite(raw: string): string[] {
  const encoded = encodeURIComponent(raw);
  return [
    raw,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()),
    new URLSearchParams({ '': raw }).toString().slice(1),
    JSON.stringify(raw).slice(1, -1),
  ];
}

export function createActions(signal: AbortSignal, env: NodeJS.ProcessEnv = process.env): Actions {
  const secrets = new Set<string>();
  let summarised = 0;
  const scrub = (text: string) => {
    let clean = text;
    for (const secret of secrets) clean = clean.replaceAll(secret, '***');
    return clean;
  };
  return {
    signal,
    env,
    scrub,
    info: (line) => core.info(scrub(line)),
    debug: (line) => core.debug(scrub(line)),
    notice: (line) => (onRunner(env) ? core.notice(scrub(line)) : core.info(scrub(line))),
    warning: (line, at) =>
      onRunner(env)
        ? core.warning(scrub(line), at && { file: at.file, startLine: at.line, title: at.title })
        : core.info(`warning: ${at ? `${at.file}${at.line ? `:${at.line}` : ''}: ` : ''}${scrub(line)}`),
    error: (line) => (onRunner(env) ? core.error(scrub(line)) : core.info(`error: ${scrub(line)}`)),
    async group(title, body) {
      core.startGroup(scrub(title));
      try {
        return await body();
      } finally {
        core.endGroup();
      }
    },
    mask(secret) {
      const forms = secret
        .split(/\r?\n/)
        .map((line) => line.trim())
        .concat(secret.trim());
      for (const form of forms.flatMap(waysToWrite)) {
        // Masking one or two characters would blot out the whole log and protect nothing.
        if (form.length < 3 || secrets.has(form)) continue;
        secrets.add(form);
        // The runner swallows this line; a plain terminal would print the very secret.
        if (onRunner(env)) core.setSecret(form);
      }
    },
    output(name, value, how) {
      const plain = typeof value === 'object' ? JSON.stringify(value) : String(value);
      const text = how === 'whole' ? plain : scrub(plain);
      if (env.GITHUB_OUTPUT) core.setOutput(name, text);
      else if (text !== '') core.info(`${name}=${text}`);
    },
    summary(markdown) {
      const text = `${scrub(markdown)}\n`;
      summarised += Buffer.byteLength(text);
      if (!env.GITHUB_STEP_SUMMARY) return;
      if (summarised > SUMMARY_LIMIT) core.warning('The summary was cut: GitHub takes 1 MiB a step.');
      else appendFileSync(env.GITHUB_STEP_SUMMARY, text);
    },
    saveState(name, value) {
      if (env.GITHUB_STATE) core.saveState(name, value);
    },
    state: (name) => core.getState(name),
  };
}

/**
 * Runs an action: `main` in the step, `post` (told by saved state) when the job ends. A failure sets `error-code`,
 * prints one `::error::` line that begins with the code, and exits 1; a failing post only warns. A text that `main` answers
 * is the `error-code` of a step that is to stay green.
 */
export async function run(main: (actions: Actions) => Promise<unknown>, post?: (actions: Actions) => Promise<void>) {
  const cancel = new AbortController();
  const stop = () => cancel.abort(new SeatrialError('CANCELLED', 'The run was cancelled; run it again when you like.'));
  // Not `once`: a signal that comes twice (a terminal and its parent both send it) must not kill the clean-up.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const actions = createActions(cancel.signal);
  const isPost = actions.state('isPost') === 'true';
  try {
    if (isPost) {
      await post?.(actions);
    } else {
      if (post) actions.saveState('isPost', 'true');
      const code = await main(actions);
      actions.output('error-code', typeof code === 'string' ? code : '');
    }
  } catch (thrown) {
    const error = asSeatrialError(thrown);
    for (const line of causes(error)) actions.debug(`caused by ${line}`);
    if (error.code === 'INTERNAL' && thrown instanceof Error && thrown.stack) actions.debug(thrown.stack);
    if (isPost) {
      actions.warning(`${error.code}: ${error.message}`);
    } else {
      actions.output('error-code', error.code);
      core.setFailed(actions.scrub(`${error.code}: ${error.message}`));
    }
  }
  // Keep-alive sockets of the engine or a channel must not hold the step open.
  process.exit();
}
