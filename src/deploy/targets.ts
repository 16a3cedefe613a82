import type { Actions } from '../lib/actions.ts';
import { openDocker } from './docker/open.ts';
import type { Inputs } from './inputs.ts';
import type { Context, Target } from './target.ts';

/** The open ways to what releases run on. */
export interface Reached {
  targets(context: Context): Target[];
  close(): Promise<void>;
}

/**
 * Opens the way to each target of a run; one kind a run. A further kind has its own folder and one line here. What is
 * heavy is loaded while the targets are being reached, not before.
 */
export const reach = (actions: Actions, inputs: Inputs): Promise<Reached> => openDocker(actions, inputs);
