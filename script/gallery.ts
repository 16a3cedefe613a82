// Draws what the workflows tell, on every channel and in both languages, into docs/gallery/<locale>.html, by the renderers the action
// sends with, so that the pages can't claim what isn't sent. `--check` writes nothing and fails when a page differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Channel, RenderContext } from '../src/notify/channel.ts';
import { channels } from '../src/notify/channels/index.ts';
import { compose } from '../src/notify/document.ts';
import { gather } from '../src/notify/gather.ts';
import { schema } from '../src/notify/inputs.ts';
import { LOCALES, type Locale } from '../src/notify/message.ts';
import { draw, esc } from './gallery-parts/draw.ts';

const AT = Date.parse('2026-11-30T06:45:00Z');
const context: RenderContext = {
  now: AT,
  key: '0123456789abcdef',
  id: '0123456789abcdef0123456789abcdef',
  silent: false,
};
const [OLD, NEW] = ['20261129-101500-9abcdef', '20261130-063812-4f1c2d3'];
const SHA = '4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d';

/** `deployment` as action-deploy sets it: two hosts, the new release's percentage of the traffic on each. */
const deployment = (state: string, share: number, over: object = {}) =>
  JSON.stringify({
    ...{ app: 'shop', environment: 'production', release: NEW, previous: OLD, state, ...over },
    image: 'ghcr.io/acme/shop@sha256:2f1c9c3f6b0e4d7a8b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f901234',
    hosts: ['eu-1', 'ap-1'].map((host) => ({
      host: `ssh://deploy@${host}.shop.example.com`,
      edge: { container: 'shop-edge', published: '443' },
      slots: [
        { release: NEW, role: share === 100 ? 'current' : 'candidate', weight: share, containers: [] },
        { release: OLD, role: share === 100 ? 'warm' : 'current', weight: 100 - share, containers: [] },
      ],
    })),
  });
/** `toJSON(needs)` of ship.yml's last job. */
const needs = (build: string, deploy: string, outputs: object = {}) =>
  JSON.stringify({ build: { result: build }, deploy: { result: deploy, outputs } });
const judged = (verdict: string, reason: string, samples: number, ms: number) =>
  JSON.stringify({ verdict, reason, samples: String(samples), 'time-to-verdict-ms': String(ms) });
const PAGES = {
  'report-url': 'https://github.com/acme/shop/actions/runs/19876543210/artifacts/4811',
  'rollback-url': 'https://github.com/acme/shop/actions/workflows/rollback.yml',
};

/** What the workflows hand over, in the order of a release's life. */
const SITUATIONS: Record<string, Record<string, string>> = {
  started: { event: 'start', version: NEW, deployment: deployment('good', 0, { release: OLD, previous: '' }) },
  'waiting at 10 %': { deployment: deployment('pending', 10), needs: needs('success', 'success') },
  deployed: {
    deployment: deployment('good', 100),
    verdict: judged('pass', '', 52_140, 301_000),
    needs: needs('success', 'success'),
    customers: '{"requests":52140,"lost":0}',
  },
  'failed and rolled back': {
    deployment: deployment('rolled-back', 0),
    verdict: judged('fail', 'error rate 4.1% over 1% (/pay)', 1200, 14_200),
    needs: needs('success', 'failure'),
    customers: '{"requests":1200,"lost":3,"seconds":14}',
    ...PAGES,
  },
  'failed before it had traffic': {
    deployment: deployment('bad', 0),
    reason: 'DEPLOY_UNHEALTHY',
    needs: needs('success', 'failure'),
    'rollback-url': PAGES['rollback-url'],
  },
  'stopped by the scan': { version: '4f1c2d3', reason: 'SCAN_BLOCKED', needs: needs('failure', 'skipped') },
  'cancelled by somebody': {
    deployment: deployment('rolled-back', 0),
    reason: 'CANCELLED',
    needs: needs('success', 'cancelled'),
  },
  'rolled back by hand': {
    event: 'rollback',
    deployment: deployment('good', 0, { release: OLD, previous: NEW }),
    reason: '下单失败 / checkout fails',
    needs: '{"rollback":{"result":"success"}}',
    verdict: 'pass',
  },
  alert: {
    event: 'alert',
    deployment: deployment('good', 100),
    verdict: judged('fail', 'p99 912 ms over 300 ms', 4100, 60_000),
    mentions: 'all',
    ...PAGES,
  },
  recovered: { event: 'recovered', deployment: deployment('good', 100), verdict: 'pass' },
  drill: { mode: 'drill', event: 'drill', service: 'shop', environment: 'production', fields: 'Rollback: passed' },
};

const ENV = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_RUN_ID: '19876543210',
  GITHUB_SHA: SHA,
  GITHUB_ACTOR: 'mei',
};
const subjectOf = async (sha: string) => (SHA.startsWith(sha) ? 'fix: retry the payment' : 'feat: gift cards');

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

async function preview(channel: Channel, inputs: Record<string, string>, locale: Locale): Promise<string> {
  const message = await gather(schema.parse({ ...inputs, locale }), ENV, AT, (text) => text, subjectOf);
  const target = { name: channel.name, channel, settings: settingsOf(channel) };
  const requests = channel.render(compose(message, locale), target, context);
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
  for (const [name, inputs] of Object.entries(SITUATIONS)) {
    const cards = await Promise.all(channels.map((channel) => preview(channel, inputs, locale)));
    sections.push(`<section><h2>${name}</h2>\n<div>\n${cards.join('\n')}\n</div></section>`);
  }
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><title>action-notify: ${locale}</title>
<style>${STYLE}</style></head>
<body>
<h1>action-notify: a release's life on every channel</h1>
<p>Written by script/gallery from the renderers the action sends with. The words and markup are exact, the looks are not the apps' own.</p>
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
