import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as tar from 'tar-stream';
import { afterEach, expect, it } from 'vitest';
import { parseHost } from '../../../../src/lib/docker/address.ts';
import { getFile } from '../../../../src/lib/docker/archive.ts';
import { Engine } from '../../../../src/lib/docker/engine.ts';

const packed = async (content: string) => {
  const pack = tar.pack();
  pack.entry({ name: 'history.json' }, content);
  pack.finalize();
  return buffer(pack);
};

/** An engine whose answers to a question for a file are these, in turn; the last one again. `torn` loses the connection. */
let stop = () => {};
async function engineOf(...answers: { body: Buffer; torn?: boolean }[]) {
  let asked = 0;
  const server = createServer((_, response) => {
    const { body, torn } = answers[Math.min(asked++, answers.length - 1)]!;
    response.writeHead(200, { 'content-type': 'application/x-tar' });
    response.write(body, () => (torn ? response.destroy() : response.end()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const engine = new Engine(parseHost(`tcp://127.0.0.1:${port}`));
  stop = () => void server.close();
  return { engine, asked: () => asked };
}
afterEach(() => stop());

it('reads a file again that was cut short by its writer while the engine packed it', async () => {
  const whole = await packed('x'.repeat(3000));
  const { engine, asked } = await engineOf(
    { body: whole.subarray(0, 1024) },
    { body: whole.subarray(0, 2048) },
    { body: whole },
  );
  expect((await getFile(engine, 'c', '/f'))?.length).toBe(3000);
  expect(asked()).toBe(3);
});

it('says so when a file never holds still', async () => {
  const { engine, asked } = await engineOf({ body: (await packed('x'.repeat(3000))).subarray(0, 1024) });
  await expect(getFile(engine, 'c', '/f')).rejects.toMatchObject({
    code: 'ENGINE_REFUSED',
    message: /changed while it was read/,
  });
  expect(asked()).toBe(10);
});

it('takes a lost connection for what it is', async () => {
  const { engine, asked } = await engineOf({ body: (await packed('x'.repeat(3000))).subarray(0, 1024), torn: true });
  await expect(getFile(engine, 'c', '/f')).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  expect(asked()).toBe(1);
});
