import type { Api, LogOptions } from '../../lib/kubernetes/api.ts';

/** Lines of a pod's log; not redacted. */
export async function readLog(api: Api, pod: string, options: LogOptions): Promise<string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of await api.logs(pod, options)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8').split('\n').filter(Boolean);
}
