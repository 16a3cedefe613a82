import { describe, expect, it } from 'vitest';
import { schema } from '../../../src/verify/inputs.ts';
import { compileFormat } from '../../../src/verify/logs/format.ts';
import { Intake } from '../../../src/verify/logs/intake.ts';
import { levelOf } from '../../../src/verify/logs/level.ts';
import { signatureOf } from '../../../src/verify/logs/signature.ts';

const level = async (format: string[], line: string, stderr = false) =>
  levelOf(line, { ...(await compileFormat(format)), stderr });

describe('log-format', () => {
  it.each([
    ['python', '{"level":40,"msg":"x"}', 'error'],
    ['pino', '{"level":40,"msg":"x","lineno":1}', 'warn'],
    ['monolog', '{"level":400,"msg":"x"}', 'error'],
    ['nextcloud', '{"level":1,"msg":"x"}', 'info'],
    ['syslog', '{"level":1,"msg":"x"}', 'fatal'],
    ['dotnet', '{"level":4,"msg":"x"}', 'error'],
    ['slog', '{"level":8,"msg":"x"}', 'error'],
    ['nginx', '2026/11/30 06:42:35 [error] 7#7: x', 'error'],
  ])('%s reads %s as %s', async (name, line, wanted) => expect(await level([name], line)).toBe(wanted));

  it('takes a pattern with a level, and words for levels of one’s own', async () => {
    const format = ['^(?P<level>\\w+)~(?P<logger>\\w+)~(?P<message>.*)$', 'QX=error', 'ZZ=info'];
    expect(await level(format, 'QX~pay~refused 5')).toBe('error');
    expect(await level(format, 'ZZ~pay~ERROR')).toBe('info');
    expect(await level(format, 'error~pay~refused')).toBe('error');
    expect(await level(format, 'ERROR not of that form')).toBe('error');
    const declared = await compileFormat(format);
    expect(signatureOf('QX~pay~refused 5', undefined, declared).key).toBe('error pay: refused <*>');
  });

  it('takes a pattern whose group says the level by taking part', async () => {
    const format = ['(?P<error>!!)|(?P<warn>\\?\\?)'];
    expect(await level(format, 'x !! y')).toBe('error');
    expect(await level(format, 'x ?? y')).toBe('warn');
  });

  it('takes each line of stderr for an error where that is declared', async () => {
    expect(await level(['stderr'], 'order 5 odd', true)).toBe('error');
    expect(await level(['stderr'], 'INFO order 5 fine', true)).toBe('info');
    expect(await level([], 'order 5 odd', true)).toBe('unknown');
    expect(await level([], 'order 5 refused', true)).toBe('error');
  });

  it('is heeded by what passes lines over', async () => {
    const seen: string[] = [];
    const format = await compileFormat(['QX=error']);
    const intake = new Intake({ ignored: () => false, format }, (evidence) => seen.push(evidence.key));
    intake.line('a', 0, 'QX boom', true);
    intake.flush(9, true);
    expect(seen).toEqual(['error QX boom']);
  });

  it.each(['nonsense', 'no group (a)', '(?P<level>a)(?=b)'])('refuses %s, naming the line', (line) => {
    const parsed = schema.safeParse({ urls: 'http://127.0.0.1/', 'log-format': `pino\n${line}` });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error!.issues)).toContain('line 2');
  });
});

describe('Intake', () => {
  const keys = (lines: [t: number, line: string][], source = 'a') => {
    const seen: { key: string; t: number }[] = [];
    const intake = new Intake({ ignored: () => false }, ({ key, t }) => seen.push({ key, t }));
    for (const [t, line] of lines) intake.line(source, t, line, true);
    intake.flush(1e9, true);
    return { seen, dropped: intake.dropped };
  };

  it('reads one shape once and still tells statuses and levels apart', () => {
    const access = (status: number) => `10.0.0.1 - - [30/Nov/2026:06:42:35 +0000] "GET /pay HTTP/1.1" ${status} 12 "-"`;
    const lines = [500, 200, 503, 404, 500].map((status, i): [number, string] => [i, access(status)]);
    expect(keys(lines).seen.map(({ t }) => t)).toEqual([0, 2, 4]);
    const pino = [50, 30, 60, 30].map((n, i): [number, string] => [i, `{"level":${n},"msg":"errors 3"}`]);
    expect(keys(pino).seen.map(({ t }) => t)).toEqual([0, 2]);
  });

  it('does not read what comes in a flood of ever new shapes, and counts it', () => {
    const word = (n: number) => n.toString(26).replace(/\d/g, (d) => 'qrstuvwxyz'[Number(d)]!);
    const { seen, dropped } = keys(Array.from({ length: 2500 }, (_, i) => [5, `ERROR ${word(i)} boom`]));
    expect([seen.length, dropped]).toEqual([2000, 500]);
  });
});
