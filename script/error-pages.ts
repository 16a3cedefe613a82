import { codes } from '../src/lib/codes.ts';

type Part = keyof typeof codes;
interface Words {
  title: string;
  intro: string;
  head: [string, string, string];
  parts: Record<Part, { title: string; intro?: string }>;
}

const english: Words = {
  title: 'Errors',
  intro:
    "Every failure has a stable code: the action's output `error-code`, and the first word of its one `::error::` line.\n" +
    'Match on the code, not on the sentence. · [中文](errors.zh-CN.md)',
  head: ['Code', 'When', 'What to do'],
  parts: {
    any: {
      title: 'Any action',
      intro: "Hosts, ssh, TLS and a registry's login concern the actions that reach them.",
    },
    build: { title: 'action-build', intro: 'Before the push every one of them means: nothing was pushed.' },
    deploy: { title: 'action-deploy', intro: "The line ends with what the users' traffic is on." },
    verify: { title: 'action-verify' },
    notify: {
      title: 'action-notify',
      intro: 'What a vendor answered is no error code: it stands in `receipts`.',
    },
    workflows: { title: 'The workflows' },
  },
};

const chinese: Words = {
  title: '错误码',
  intro:
    '每次失败都有一个稳定的错误码：既是 action 的输出 `error-code`，也是那一行 `::error::` 的第一个词。请按错误码匹配，不要按语句匹配。 · [English](errors.md)',
  head: ['错误码', '何时出现', '怎么办'],
  parts: {
    any: { title: '所有 action', intro: '主机、ssh、TLS 和镜像仓库登录，只与会访问它们的 action 有关。' },
    build: { title: 'action-build', intro: '在推送之前，以下每一个都意味着：什么都没有推送。' },
    deploy: { title: 'action-deploy', intro: '这一行的末尾是用户流量现在在哪个版本上。' },
    verify: { title: 'action-verify' },
    notify: { title: 'action-notify', intro: '厂商的应答不是错误码：它在 `receipts` 里。' },
    workflows: { title: '工作流' },
  },
};

const note = '<!-- Written by script/generate from src/lib/codes.ts. -->';
const cell = (text: string) => text.replaceAll('|', '\\|');

function page(words: Words, at: 0 | 2): string {
  const parts = Object.entries(codes).map(([part, table]) => {
    const { title, intro } = words.parts[part as Part];
    const rows = Object.entries(table as Record<string, readonly string[]>).map(
      ([code, texts]) => `| ${code} | ${cell(texts[at]!)} | ${cell(texts[at + 1]!)} |`,
    );
    const head = [`| ${words.head.join(' | ')} |`, '| --- | --- | --- |'];
    return [`## ${title}`, ...(intro ? [intro] : []), [...head, ...rows].join('\n')].join('\n\n');
  });
  return `${[note, `# ${words.title}`, words.intro, ...parts].join('\n\n')}\n`;
}

/** The two pages that list the error codes, by file. */
export const errorPages = (): Record<string, string> => ({
  'docs/errors.md': page(english, 0),
  'docs/errors.zh-CN.md': page(chinese, 2),
});
