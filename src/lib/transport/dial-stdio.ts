import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { atExit } from './at-exit.ts';

export interface Bridge {
  /** The last of what the sessions said on stderr. */
  stderr(): string;
  close(): Promise<void>;
}

/**
 * Serves a local unix socket whose every connection is one `ssh <args>` session speaking the engine's protocol on its
 * stdin and stdout. The client above keeps connections alive, so sessions are few and reused.
 */
export async function bridge(socketPath: string, args: string[], env: Record<string, string>): Promise<Bridge> {
  const live = new Map<Socket, ChildProcess>();
  let stderr = '';
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const child = spawn('ssh', args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    live.set(socket, child);
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-4096);
    });
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
    // Either side's end is the other's: a session left behind would hold a dial-stdio process on the host for ever.
    const drop = () => {
      live.delete(socket);
      socket.destroy();
      child.kill('SIGTERM');
    };
    child.once('error', drop).once('close', () => {
      live.delete(socket);
      socket.end();
    });
    child.stdin.once('error', drop);
    socket.once('error', drop).once('close', drop);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  const forget = atExit(() => {
    for (const child of live.values()) child.kill('SIGTERM');
  });
  return {
    stderr: () => stderr,
    async close() {
      forget();
      const closed = once(server, 'close');
      server.close();
      for (const [socket, child] of live) {
        socket.destroy();
        child.kill('SIGTERM');
      }
      await closed;
    },
  };
}
