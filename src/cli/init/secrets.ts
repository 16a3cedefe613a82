import type { Answers } from './answers.ts';

/** An input that a CI's settings hold, as they must not stand in the repository. */
export interface Secret {
  input: string;
  words: string;
  /** It has several lines. */
  lines?: true;
  /** It is kept beside the secrets, and is none: it may stand in the list of processes. */
  open?: true;
}

export const inCapitals = (input: string) => input.replaceAll('-', '_').toUpperCase();

/** What these hosts, this registry and a channel ask for, and nothing else. */
export function neededSecrets({ ci, hosts, image, builds }: Answers): Secret[] {
  const needed: Secret[] = [];
  const reached = (scheme: string) => hosts.some((host) => host.includes(`${scheme}://`));
  if (reached('ssh')) {
    needed.push(
      { input: 'ssh-key', words: 'private key the hosts let in', lines: true },
      {
        input: 'ssh-known-hosts',
        words: 'what ssh-keyscan prints of each host, once you have compared it',
        lines: true,
        open: true,
      },
    );
  }
  if (reached('tcp')) {
    needed.push(
      { input: 'tls-ca', words: 'CA of the hosts', lines: true, open: true },
      { input: 'tls-cert', words: 'client certificate', lines: true, open: true },
      { input: 'tls-key', words: 'its key', lines: true },
    );
  }
  if (reached('kubernetes')) needed.push({ input: 'kubeconfig', words: 'text of the kubeconfig', lines: true });
  // ghcr.io takes the token of a GitHub job.
  if (!(builds && ci === 'github' && image.startsWith('ghcr.io/'))) {
    const where = builds ? '' : ', where its images are not public';
    needed.push(
      { input: 'username', words: `user of the registry${where}`, open: true },
      { input: 'password', words: 'its password or token' },
    );
  }
  needed.push({
    input: 'dingtalk-webhook',
    words: 'or another channel: WECOM_WEBHOOK, FEISHU_WEBHOOK, SLACK_WEBHOOK …',
  });
  return needed;
}

/** The id of a credential of Jenkins. */
export const credential = (input: string) => `seatrial-${input}`;

/** What to set, by the name it has in the settings of this CI, and what each is. */
export function secretsFor(answers: Answers): [string, string][] {
  return neededSecrets(answers).map(({ input, words, lines }) => {
    if (answers.ci === 'github') {
      return [`${/^(username|password)$/.test(input) ? 'REGISTRY_' : ''}${inCapitals(input)}`, words];
    }
    if (answers.ci === 'jenkins') return [credential(input), `${lines ? 'Secret file' : 'Secret text'}: ${words}`];
    return [`SEATRIAL_${inCapitals(input)}`, words];
  });
}
