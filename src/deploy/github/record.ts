import type { Actions } from '../../lib/actions.ts';
import { asSeatrialError, type SeatrialError } from '../../lib/errors.ts';
import type { Inputs } from '../inputs.ts';
import type { Who } from '../release/who.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { DeploymentRecords } from '../rollout/run.ts';
import { type DeploymentState, type DeploymentsApi, deploymentsApi } from './api.ts';

const STATE = 'github-deployment';

/** What is written at GitHub when a command has ended. */
export interface FinalStatus {
  state: DeploymentState;
  /** A record for this release is made if it has none yet. */
  make: boolean;
  /** Release whose record turns inactive; empty for none. */
  retire: string;
}

/** What a command ends with, or nothing: what changed nothing, or waits for promote, gets none. Pure. */
export function finalStatus(command: Inputs['command'], out: Outcome, failed: boolean): FinalStatus | undefined {
  if (!out.release) return undefined;
  const success: FinalStatus = { state: 'success', make: true, retire: out.previous };
  if (command === 'deploy') {
    if (failed) return { state: 'failure', make: false, retire: '' };
    return out.state === 'good' ? success : undefined;
  }
  if (command === 'promote') {
    if (failed) return out.state === 'rolled-back' ? { state: 'failure', make: false, retire: '' } : undefined;
    return out.state === 'good' ? success : undefined;
  }
  // A rollback puts an old commit live again: that is a deployment of its own.
  return command === 'rollback' && !failed && out.state === 'good' ? success : undefined;
}

/** Deployment records at GitHub. Nothing here ever fails a command: a refusal is one warning. */
export class GitHubRecord implements DeploymentRecords {
  readonly #actions: Actions;
  readonly #inputs: Inputs;
  readonly #who: Who;
  #api: Promise<DeploymentsApi> | undefined;
  #id: Promise<number | undefined> | undefined;

  constructor(actions: Actions, inputs: Inputs, who: Who) {
    this.#actions = actions;
    this.#inputs = inputs;
    this.#who = who;
  }

  async #try<T>(what: string, body: (api: DeploymentsApi) => Promise<T>): Promise<T | undefined> {
    try {
      this.#api ??= deploymentsApi(this.#actions.env, this.#inputs['github-token']);
      return await body(await this.#api);
    } catch (error) {
      const { code, message } = asSeatrialError(error);
      this.#actions.warning(`${code}: ${what}: ${message} The release is not touched by it.`);
      return undefined;
    }
  }

  async #status(api: DeploymentsApi, id: number, state: DeploymentState, description: string): Promise<void> {
    const { url } = this.#inputs;
    await api.status(id, {
      state,
      description: description.slice(0, 140),
      ...(url ? { environment_url: url } : {}),
      ...(this.#who.run ? { log_url: this.#who.run } : {}),
    });
  }

  /** Makes the record and calls it in progress, beside what else goes on; `end` waits for it. */
  begin(release: string, commit: string, task: 'deploy' | 'rollback'): void {
    const { app, environment } = this.#inputs;
    this.#id = this.#try('no deployment is recorded', async (api) => {
      const description = `${task} ${app} ${release}`.slice(0, 140);
      const ref = commit || this.#who.commit;
      const id = await api.create({ ref, environment, task, description, payload: { app, release } });
      this.#actions.saveState(STATE, String(id));
      await this.#status(api, id, 'in_progress', description);
      return id;
    });
  }

  /** Writes down how the command ended. `commit` is the one of the release it was about. */
  async end(out: Outcome, commit: string, failed: SeatrialError | undefined): Promise<void> {
    const { command, app, environment } = this.#inputs;
    const final = finalStatus(command, out, failed !== undefined);
    if (final) {
      const begun = this.#id !== undefined;
      if (!begun && command !== 'rollback') this.#id = this.#find(out.release);
      if (!(await this.#id) && !begun && final.make) {
        this.begin(out.release, commit, command === 'rollback' ? 'rollback' : 'deploy');
      }
      const id = await this.#id;
      if (id !== undefined) {
        const said = failed ? failed.code : `${out.release} is live`;
        await this.#try('its end is not recorded', (api) => this.#status(api, id, final.state, said));
        if (final.retire && final.retire !== out.release) await this.#retire(environment, app, final.retire, id);
      }
    }
    if (await this.#id) this.#actions.saveState(STATE, '');
  }

  #find(release: string): Promise<number | undefined> {
    const { app, environment } = this.#inputs;
    return this.#try('its record is not found', async (api) => (await api.of(environment, app, release))[0]);
  }

  async #retire(environment: string, app: string, release: string, not: number): Promise<void> {
    await this.#try('the record of the release before is not set inactive', async (api) => {
      const [id] = (await api.of(environment, app, release)).filter((other) => other !== not);
      if (id !== undefined) await this.#status(api, id, 'inactive', `${release} was followed by another`);
    });
  }

  /** From the post step: a run that was killed can't have said how its deployment ended. */
  async cutOff(): Promise<void> {
    const id = Number(this.#actions.state(STATE));
    if (!id) return;
    await this.#try('its end is not recorded', (api) => this.#status(api, id, 'error', 'the run was cut off'));
  }
}
