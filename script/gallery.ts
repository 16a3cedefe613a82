// Draws what real runs told, on every channel and in both languages, into docs/gallery/<locale>.html, by the renderers the
// action sends with, so that the pages can't claim what isn't sent. `--check` writes nothing and fails when a page differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Channel, RenderContext } from '../src/notify/channel.ts';
import { channels } from '../src/notify/channels/index.ts';
import { compose } from '../src/notify/document.ts';
import { gather } from '../src/notify/gather.ts';
import { schema } from '../src/notify/inputs.ts';
import { LOCALES, type Locale } from '../src/notify/message.ts';
import { draw, esc } from './gallery-parts/draw.ts';
import { RUNS, type Run, type Runs } from './gallery-parts/runs.ts';

const { commits, situations } = JSON.parse(readFileSync(RUNS, 'utf8')) as Runs;
const subjectOf = async (sha: string) => Object.entries(commits).find(([commit]) => commit.startsWith(sha))?.[1];
/** Where a run of theirs would be. */
const envOf = ({ sha }: Run) => ({
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_RUN_ID: '19876543210',
  GITHUB_SHA: sha,
  GITHUB_ACTOR: 'mei',
});
const contextOf = ({ at }: Run): RenderContext => ({
  now: at,
  key: '0123456789abcdef',
  id: '0123456789abcdef0123456789abcdef',
  silent: false,
});

/** A made-up value of each setting, of the shape its channel wants. */
const VALUES: Record<string, string> = {
  'smtp-url': 'smtps://mail.example.com',
  from: 'deploys@example.com',
  'serverchan-key': 'SCTexample0123456789',
  'webhook-secret': 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
};
function settingsOf(channel: Channel): Record<string, string> {
  const wanted = Object.entries(channel.settings).filter(
    ([short, { required }]) => required || short === 'to' || short === 'phones' || short.startsWith('sms-'),
  );
  return Object.fromEntries(
    wanted.map(([short, { input, url }]) => [
      short,
      VALUES[input] ??
        VALUES[short] ??
        (url ? 'https://vendor.example.com/hook' : channel.name === 'email' ? 'oncall@example.com' : 'example'),
    ]),
  );
}

async function preview(channel: Channel, run: Run, locale: Locale): Promise<string> {
  const inputs = schema.parse({ ...run.inputs, locale });
  const message = await gather(inputs, envOf(run), run.at, (text) => text, subjectOf);
  const target = { name: channel.name, channel, settings: settingsOf(channel) };
  const requests = channel.render(compose(message, locale), target, contextOf(run));
  const drawn = requests.map(({ body = '{}' }) => draw(channel.kind, body)).join('<hr>');
  return `<figure><figcaption>${esc(channel.kind)}</figcaption><div class="card">${drawn || '<p class="push">–</p>'}</div></figure>`;
}

const STYLE = `body{font:14px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:2rem;background:#f4f5f7;color:#1d2129}
section>div{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:1rem;align-items:start}
figure{margin:0}figcaption{font-weight:600;margin:.3rem 0;color:#4e5969}
.card{background:#fff;border-radius:8px;padding:12px;box-shadow:0 1px 3px #0002;overflow:auto}
.card h2,.card h3{margin:0 0 .4rem;font-size:15px}.card p{margin:.25rem 0}.push{color:#86909c;font-size:12px}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:.2rem .6rem;margin:.4rem 0}dl{display:grid;grid-template-columns:auto 1fr;gap:0 .8rem;margin:.4rem 0}dt{font-weight:600}dd{margin:0}
.button{display:inline-block;border:1px solid #c9cdd4;border-radius:4px;padding:1px 10px;margin-top:.4rem;text-decoration:none}
.bar{margin:-12px -12px 8px;padding:8px 12px;color:#fff;font-weight:600;border-radius:8px 8px 0 0}
.bar.blue{background:#3370ff}.bar.green{background:#34a853}.bar.orange{background:#ff8800}.bar.red{background:#f54a45}.bar.wathet{background:#50b8e7}
.font-info{color:#16a34a}.font-warning{color:#ff8800}.font-comment{color:#86909c}pre{font-size:12px;margin:0;white-space:pre-wrap;overflow-wrap:anywhere}`;

async function page(locale: Locale): Promise<string> {
  const sections: string[] = [];
  for (const [name, run] of Object.entries(situations)) {
    const cards = await Promise.all(channels.map((channel) => preview(channel, run, locale)));
    sections.push(`<section><h2>${name}</h2>\n<div>\n${cards.join('\n')}\n</div></section>`);
  }
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><title>action-notify: ${locale}</title>
<style>${STYLE}</style></head>
<body>
<h1>action-notify: a release's life on every channel</h1>
<p>Written by script/gallery from real runs (runs.json, recorded by script/gallery --record) and the renderers the action sends with. The words and markup are exact, the looks are not the apps' own.</p>
${sections.join('\n')}
</body>
</html>
`;
}

const stale: string[] = [];
for (const locale of LOCALES) {
  const file = `docs/gallery/${locale}.html`;
  const html = await page(locale);
  if (existsSync(file) && readFileSync(file, 'utf8') === html) continue;
  stale.push(file);
  if (process.argv.includes('--check')) continue;
  mkdirSync('docs/gallery', { recursive: true });
  writeFileSync(file, html);
}
if (stale.length)
  console.log(`${process.argv.includes('--check') ? 'differs from the renderers' : 'written'}: ${stale.join(', ')}`);
if (stale.length && process.argv.includes('--check')) process.exit(1);
