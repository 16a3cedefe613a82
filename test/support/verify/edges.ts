import { RECORD } from '../../../src/lib/haproxy.ts';
import type { Told } from '../../../src/verify/live/edge.ts';
import { LOOPBACK, lookOf } from '../../../src/verify/live/edge-admin.ts';

/** A line of an edge's ring. */
export const recordLine = (more: Partial<Record<(typeof RECORD)[number][0], string>> = {}): string => {
  const usual: Record<string, string> = { mark: RECORD[0][1], door: 'public', number: '1', begun: '1796051158.000' };
  Object.assign(usual, { span: '40', server: 'a1', status: '200', wait: '0', connect: '1', answer: '8', total: '9' });
  Object.assign(usual, { end: '--', kind: '-', method: 'GET', path: '/' });
  return RECORD.map(([name]) => more[name] ?? usual[name]).join('\t');
};

/** HAProxy of one instance of an edge, as far as a verification asks it: what it is, and what its ring holds. */
export class EdgeInMemory {
  readonly name: string;
  /** Servers of the app, and whom they lead to. */
  servers: Record<string, string>;
  keeps = true;
  /** Its admin socket answers. */
  answers = true;
  ring: string[] = [];
  #count = 0;

  constructor(name: string, servers: Record<string, string>) {
    this.name = name;
    this.servers = servers;
  }

  /** A request ends, at a time in milliseconds of the epoch. */
  serve(atMs: number, more: Parameters<typeof recordLine>[0] = {}): void {
    const number = String(++this.#count);
    this.ring.push(recordLine({ number, begun: (atMs / 1000).toFixed(3), span: '0', ...more }));
  }

  /** What a script that asks its admin socket writes: at once, or for each line it is given. */
  readonly sh = (script: string, line?: string): string => {
    const [end] = /@@\w+/.exec(script) ?? [];
    if (!end) {
      const names = Object.keys(this.servers);
      const stat = ['# pxname,svname,stot,hrsp_5xx', ...names.map((name) => `app,${name},0,0`)];
      const head = '# be_id be_name srv_id srv_name srv_addr srv_fqdn srv_port';
      const state = ['1', head, ...names.map((name) => `3 app 1 ${name} ${this.servers[name]} - 80`)];
      const answers = [stat.join('\n'), state.join('\n'), this.keeps ? '  users : type=buffer' : ''];
      return answers.map((answer) => `${this.answers ? answer : ''}\n@@\n`).join('');
    }
    if (line === undefined) return '';
    const all = this.answers ? `${this.ring.join('\n')}\n\nName: HAProxy\nPid: 8\n\n` : '';
    return `${all.slice(-Number(line))}${end}\n`;
  };

  /** Asked without anything in between. */
  ask(): Pick<Told, 'servers' | 'ring'> {
    const { servers, keeps } = lookOf(this.sh('look'), this.name);
    const open = async ([, , script = '']: string[], prompt: string) => ({
      ask: async (line: string) => this.sh(script, line).split(prompt)[0]!,
      close: () => undefined,
    });
    return { servers, ring: keeps ? { admin: LOOPBACK, open } : undefined };
  }
}
