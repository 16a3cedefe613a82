#!/usr/bin/env node
import { asSeatrialError } from '../lib/errors.ts';
import { VERSION } from './catalog.ts';
import { help } from './help.ts';
import { runShip, runWing } from './run.ts';
import { ourTerminal as terminal } from './terminal.ts';
import { type Asked, readWords } from './words.ts';

async function act(asked: Asked): Promise<number> {
  const { what } = asked;
  if (what === 'version' || what === 'help' || asked.help) {
    for (const line of what === 'version' ? [VERSION] : help(what, VERSION)) terminal.out(line);
    return 0;
  }
  if (what === 'ship') return runShip(asked, process.env, terminal);
  if (what === 'init') return (await import('./init/init.ts')).init(asked, terminal);
  if (what === 'doctor') return (await import('./doctor/doctor.ts')).doctor(asked, process.env, terminal);
  return runWing(what, asked, process.env, terminal);
}

const words = process.argv.slice(2);
try {
  process.exitCode = await act(readWords(words));
} catch (thrown) {
  const { code, message } = asSeatrialError(thrown);
  terminal.err(`error: ${code}: ${message}`);
  if (words.includes('--json')) terminal.out(JSON.stringify({ 'error-code': code }));
  process.exitCode = 1;
}
