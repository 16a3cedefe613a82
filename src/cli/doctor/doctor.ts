import { SeatrialError } from '../../lib/errors.ts';
import { actions } from '../catalog.ts';
import { bundleEnv, type Env, runAction } from '../run.ts';
import type { Terminal } from '../terminal.ts';
import type { Asked } from '../words.ts';

interface Receipt {
  target: string;
  outcome: string;
  reason?: string;
}

/** Whether anything names a channel: a secret of notify's, or `targets`. seatrial.yml is read by the action itself. */
function hasChannel(asked: Asked, env: Env): boolean {
  const given = bundleEnv('notify', { inputs: new Map(), files: new Map() }, env);
  const own = new Set(Object.keys(actions.notify.inputs).filter((name) => actions.notify.inputs[name]!.secret));
  return (
    [...own].some((name) => given[`INPUT_${name.toUpperCase()}`]) ||
    [...asked.inputs.keys(), ...asked.files.keys()].some((name) => own.has(name) || name === 'targets')
  );
}

const only = (wing: 'deploy' | 'notify', asked: Asked) => ({
  inputs: new Map([...asked.inputs].filter(([name]) => actions[wing].inputs[name])),
  files: new Map([...asked.files].filter(([name]) => actions[wing].inputs[name])),
});

/**
 * Whether the first deploy can work: the hosts, asked by action-deploy, and each channel, asked by action-notify in
 * its mode `check`. Nothing is changed and nobody is told. Exit status 1 when something must be mended first.
 */
export async function doctor(asked: Asked, env: Env, terminal: Terminal): Promise<number> {
  const quiet = { ...terminal, out: asked.json ? terminal.err : terminal.out };
  if (!actions.deploy.inputs.command?.values?.includes('doctor')) {
    throw new SeatrialError('INTERNAL', 'This command was packed without the doctor of action-deploy.');
  }
  const deploy = only('deploy', asked);
  const hosts = await runAction(
    'deploy',
    { ...deploy, inputs: new Map([...deploy.inputs, ['command', 'doctor']]) },
    asked.json,
    env,
    terminal,
  );
  let channels: Receipt[] = [];
  let told = 0;
  if (hasChannel(asked, env)) {
    const notify = only('notify', asked);
    const ended = await runAction(
      'notify',
      { ...notify, inputs: new Map([...notify.inputs, ['mode', 'check']]) },
      true,
      env,
      {
        ...terminal,
        err: () => undefined,
      },
    );
    told = ended.status;
    channels = JSON.parse(ended.outputs.receipts || '[]') as Receipt[];
    for (const { target, outcome, reason } of channels) {
      const well = outcome === 'delivered' || outcome === 'accepted' || outcome === 'skipped';
      quiet.out(`${well ? 'ok    ' : 'MEND  '}channel ${target}: ${outcome}${reason ? ` (${reason})` : ''}`);
    }
    if (told && !channels.length)
      quiet.out(`MEND  channels: ${ended.outputs['error-code']}; run seatrial notify --mode check to read why`);
  } else {
    quiet.out('note  channels: none is set, so nobody will be told; set for example SEATRIAL_DINGTALK_WEBHOOK');
  }
  if (asked.json) terminal.out(JSON.stringify({ ...hosts.outputs, receipts: channels }));
  return hosts.status || told;
}
