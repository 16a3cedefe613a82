import type { Context } from './target.ts';

/** One app on one target, as a run sees it: what every kind of target begins with. */
export abstract class Scope {
  readonly context: Context;

  constructor(context: Context) {
    this.context = context;
  }

  /** What messages call the target. */
  abstract get label(): string;

  get app(): string {
    return this.context.inputs.app;
  }

  get environment(): string {
    return this.context.inputs.environment;
  }

  get clock(): Context['clock'] {
    return this.context.clock;
  }

  /** What may stop a step: once a run was cancelled, what is left is putting things back, and nothing stops that. */
  get signal(): AbortSignal | undefined {
    const { signal } = this.context;
    return signal.aborted ? undefined : signal;
  }

  say(line: string): void {
    this.context.say(`${this.label}: ${line}`);
  }
}
