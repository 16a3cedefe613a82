import { SeatrialError } from '../../lib/errors.ts';
import { actions } from '../catalog.ts';
import { type Env, runAction } from '../run.ts';
import type { Terminal } from '../terminal.ts';
import type { Asked } from '../words.ts';

interface Receipt {
  target: string;
  outcome: string;
  reason?: string;
}

const only = (wing: 'deploy' | 'notify', asked: Asked) => ({
  inputs: new Map([...asked.inputs].filter(([name]) => actions[wing].inputs[name])),
  files: new Map([...asked.files].filter(([name]) => actions[wing].inputs[name])),
});

/**
 * Whether the first deploy can work: the hosts, asked by action-deploy, and each channel, asked by action-notify in
 * its mode `check`. Nothing is changed and nobody is told. Exit status 1 when something must be mended first.
 */
export async function doctor(asked: Asked, env: Env, terminal: Terminal, run = runAction): Promise<number> {
  const quiet = { ...terminal, out: asked.json ? terminal.err : terminal.out };
  if (!actions.deploy.inputs.command?.values?.includes('doctor')) {
    throw new SeatrialError('INTERNAL', 'This command was packed without the doctor of action-deploy.');
  }
  const deploy = only('deploy', asked);
  const hosts = await run(
    'deploy',
    { ...deploy, inputs: new Map([...deploy.inputs, ['command', 'doctor']]) },
    asked.json,
    env,
    terminal,
  );
  // Channels may stand in flags, secrets, `targets` and seatrial.yml: only action-notify knows whether there is one.
  const notify = only('notify', asked);
  const ended = await run('notify', { ...notify, inputs: new Map([...notify.inputs, ['mode', 'check']]) }, true, env, {
    ...terminal,
    err: () => undefined,
  });
  const code = ended.outputs['error-code'];
  const channels = JSON.parse(ended.outputs.receipts || '[]') as Receipt[];
  // That nobody will be told stands in no deploy's way.
  const nobody = code === 'NOTIFY_NO_TARGET' || (!ended.status && !channels.length);
  const told = nobody ? 0 : ended.status;
  for (const { target, outcome, reason } of channels) {
    const well = outcome === 'delivered' || outcome === 'accepted' || outcome === 'skipped';
    quiet.out(`${well ? 'ok    ' : 'MEND  '}channel ${target}: ${outcome}${reason ? ` (${reason})` : ''}`);
  }
  if (nobody)
    quiet.out('note  channels: none is set, so nobody will be told; set for example SEATRIAL_DINGTALK_WEBHOOK');
  else if (told && !channels.length)
    quiet.out(`MEND  channels: ${code || 'the check broke'}; run seatrial notify --mode check to read why`);
  if (asked.json) terminal.out(JSON.stringify({ ...hosts.outputs, receipts: channels }));
  return hosts.status || told;
}
