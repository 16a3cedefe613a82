import type { Actions } from '../lib/actions.ts';
import type { TargetKind } from '../lib/deployment.ts';
import { SeatrialError } from '../lib/errors.ts';
import { oneKind } from '../lib/target-host.ts';
import { openDocker } from './docker/open.ts';
import { addressesOf } from './hosts.ts';
import type { Inputs } from './inputs.ts';
import { openKubernetes } from './kubernetes/open.ts';
import { openSwarm } from './swarm/open.ts';
import type { Context, Target } from './target.ts';

/** The open ways to what releases run on. */
export interface Reached {
  targets(context: Context): Target[];
  close(): Promise<void>;
}

type Opener = (actions: Actions, inputs: Inputs) => Promise<Reached>;

/** A further kind has its own folder and one line here; what only it needs is loaded when it is asked for. */
const openers: Partial<Record<TargetKind, Opener>> = {
  docker: openDocker,
  kubernetes: openKubernetes,
  swarm: openSwarm,
};

/**
 * Opens the way to each target of a run; one kind a run. What is heavy is loaded while the targets are being reached,
 * not before.
 */
export async function reach(actions: Actions, inputs: Inputs): Promise<Reached> {
  const kind = oneKind(addressesOf(inputs.hosts));
  const open = openers[kind];
  if (!open) throw new SeatrialError('NOT_SUPPORTED', `hosts: releases can't be put on ${kind} yet.`);
  return open(actions, inputs);
}
