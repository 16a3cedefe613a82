import type { Call } from './chaos-proxy.ts';

/** A call of a command, told by what it asks and not by its number: the first one like it, or the first after another. */
export interface Moment {
  name: string;
  call: RegExp;
  after?: RegExp;
}

const RECORD = /^PUT .*\/archive\?path=%2Fseatrial$/;
const WEIGHT = /^WRITE set server app\/\w+ weight [1-9]/;

/*
 * The phases of a command on a host, one call of each. What lies between two of them looks the same to the next run; that
 * every single call may be the last is proved without an engine (test/unit/deploy), and here with SEATRIAL_KILL=all.
 */
export const LOCK: Moment = { name: 'the lock is made', call: /^POST .*\/containers\/create\?name=\S+-lock&/ };
export const RECORDED: Moment = { name: 'what begins is recorded', call: RECORD };
export const MADE: Moment = { name: 'a container is made', call: /^POST .*\/containers\/create\?name=\S+-1&/ };
export const STARTED: Moment = { name: 'it starts', call: /^POST .*\/containers\/[0-9a-f]{64}\/start$/ };
export const SEATED: Moment = { name: 'it has its place', call: /^WRITE set server app\/\w+ state ready/ };
export const SHIFTED: Moment = { name: 'it gets traffic', call: WEIGHT };
export const ENDED: Moment = { name: 'the end is recorded', call: RECORD, after: WEIGHT };
export const FREED: Moment = {
  name: 'the lock is given back',
  call: /^DELETE .*\/containers\/[0-9a-f]{64}\?/,
  after: WEIGHT,
};

/** True once: at the call that a moment means. */
export function comes({ call, after }: Moment): (made: Call) => boolean {
  let [ready, done] = [!after, false];
  return ({ what }) => {
    if (done || !ready) {
      ready ||= after!.test(what);
      return false;
    }
    done = call.test(what);
    return done;
  };
}
