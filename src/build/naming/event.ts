import { readFileSync } from 'node:fs';

type Env = Readonly<Record<string, string | undefined>>;

/** What of a webhook event the build looks at (GitHub, "Webhook events and payloads"). */
export interface Payload {
  number?: number;
  base_ref?: string | null;
  pull_request?: { number?: number; head?: { sha?: string }; base?: { ref?: string } };
  issue?: { number?: number; pull_request?: unknown };
  repository?: {
    name?: string;
    description?: string | null;
    html_url?: string;
    default_branch?: string;
    license?: { spdx_id?: string } | null;
  };
  commits?: { id?: string; timestamp?: string }[] | null;
  head_commit?: { id?: string; timestamp?: string } | null;
}

/** The event of this run; empty where there is none, or none that can be read. */
export function readPayload(env: Env): Payload {
  if (!env.GITHUB_EVENT_PATH) return {};
  try {
    return (JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8')) as Payload | null) ?? {};
  } catch {
    return {}; // what the event would have told stays unknown
  }
}

/** When `sha` was committed, as the event tells; milliseconds since 1970. */
export function commitDateIn({ commits, head_commit }: Payload, sha: string): number | undefined {
  const found = [...(commits ?? []), head_commit].find((commit) => commit?.id === sha);
  const date = Date.parse(found?.timestamp ?? '');
  return Number.isNaN(date) ? undefined : date;
}
