import catalog from './catalog.json' with { type: 'json' };

export const WINGS = ['build', 'deploy', 'verify', 'notify'] as const;
export type Wing = (typeof WINGS)[number];

/** What the command needs to know of one input; made from the zod schemas by script/generate. */
export interface Known {
  kind: 'text' | 'lines' | 'duration' | 'size' | 'share' | 'choice' | 'boolean' | 'integer' | 'json';
  secret?: boolean;
  required?: boolean;
  default?: string;
  values?: string[];
  description: string;
}

interface Entry {
  description: string;
  /** Whether a step of its own finishes what a cancel cut off. */
  post: boolean;
  inputs: Record<string, Known>;
  outputs: Record<string, string>;
}

export const VERSION = catalog.version;
export const actions = catalog.actions as unknown as Record<Wing, Entry>;

/** Commands of action-deploy that are words of their own here: `seatrial rollback` is `seatrial deploy --command rollback`. */
export const deployCommands = (actions.deploy.inputs.command?.values ?? []).filter(
  (word) => word !== 'deploy' && word !== 'doctor',
);
