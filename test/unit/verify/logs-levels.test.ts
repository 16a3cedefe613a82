import { describe, expect, it } from 'vitest';
import { levelOf } from '../../../src/verify/logs/level.ts';
import { LEVELS } from '../../support/verify/log-lines.ts';

describe('levelOf', () => {
  for (const [family, byLevel] of Object.entries(LEVELS)) {
    it.each(Object.entries(byLevel).flatMap(([level, lines]) => lines.map((line) => [level, line])))(
      `${family}: %s %s`,
      (level, line) => expect(levelOf(line!)).toBe(level),
    );
  }
});
