import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/deploy/docker/health-check.ts';
import { answersWell, parseStatuses } from '../../../src/deploy/release/health-status.ts';
import type { Actions } from '../../../src/lib/actions.ts';
import { maskUnlessName } from '../../../src/lib/names.ts';

describe('what the gate takes for well', () => {
  it('is 200 to 399 where nothing is said, and else what is', () => {
    expect([199, 200, 302, 399, 400].map((status) => answersWell(status))).toEqual([false, true, true, true, false]);
    expect([200, 204, 302, 401].map((status) => answersWell(status, '200-299, 401'))).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(parseStatuses('200\n301-302')).toEqual([
      [200, 200],
      [301, 302],
    ]);
  });
  it.each(['2xx', '200-', '299-200', '99', '600', 'ok'])('refuses %s', (text) =>
    expect(() => parseStatuses(text)).toThrow(/is no status code or range/),
  );
});

describe("an image's own check", () => {
  it('is run as the engine would run it', () => {
    expect(checkCommand(['CMD', 'wget', '-q', 'http://localhost'])).toEqual(['wget', '-q', 'http://localhost']);
    expect(checkCommand(['CMD-SHELL', 'curl -f x || exit 1'])).toEqual(['/bin/sh', '-c', 'curl -f x || exit 1']);
    expect(checkCommand(['CMD-SHELL', 'x'], ['/bin/bash', '-c'])).toEqual(['/bin/bash', '-c', 'x']);
    for (const none of [undefined, [], ['NONE'], ['CMD']]) expect(checkCommand(none)).toBeUndefined();
  });
});

describe('a secret that is part of a name', () => {
  const told = (names: string[], value: string) => {
    const said: string[] = [];
    const actions = { mask: (text: string) => said.push(`masked ${text}`), warning: (line: string) => said.push(line) };
    maskUnlessName(actions as unknown as Actions, names, 'DB_PASSWORD', value);
    return said;
  };
  it('is not cut out of it, and told', () => {
    expect(told(['wordpress'], 'wordpress')[0]).toMatch(
      /^The value of DB_PASSWORD is also part of the name "wordpress"/,
    );
    expect(told(['wordpress-blog'], 'press')[0]).toMatch(/choose another secret/);
  });
  it('is masked where it is part of none', () => {
    expect(told(['wordpress'], 'hunter2')).toEqual(['masked hunter2']);
    expect(told(['shop'], 'op')).toEqual(['masked op']);
  });
});
