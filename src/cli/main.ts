#!/usr/bin/env node
import { asSeatrialError } from '../lib/errors.ts';
import { VERSION } from './catalog.ts';
import { help } from './help.ts';
import { runShip, runWing, type Terminal } from './run.ts';
import { type Asked, readWords } from './words.ts';

const terminal: Terminal = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};

async function act(asked: Asked): Promise<number> {
  const { what } = asked;
  if (what === 'version') terminal.out(VERSION);
  else if (asked.help) for (const line of help(what, VERSION)) terminal.out(line);
  else if (what === 'ship') return runShip(asked, process.env, terminal);
  else if (what === 'init') return (await import('./init/init.ts')).init(asked, terminal);
  else if (what === 'doctor') return (await import('./doctor/doctor.ts')).doctor(asked, process.env, terminal);
  else if (what !== 'help') return runWing(what, asked, process.env, terminal);
  return 0;
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
