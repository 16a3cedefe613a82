// Draws every event on every channel in both languages into docs/gallery/<locale>.html, by the renderers the action
// sends with, so that the pages can't claim what isn't sent. `--check` writes nothing and fails when a page differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Channel, RenderContext } from '../src/notify/channel.ts';
import { channels } from '../src/notify/channels/index.ts';
import { compose } from '../src/notify/document.ts';
import { EVENTS, type Event, LOCALES, type Locale, type Message, usualSeverity } from '../src/notify/message.ts';
import { draw, esc } from './gallery-parts/draw.ts';

const AT = Date.parse('2026-11-22T02:00:00Z');
const context: RenderContext = {
  now: AT,
  key: '0123456789abcdef',
  id: '0123456789abcdef0123456789abcdef',
  silent: false,
};

/** What is told of a made-up shop at each event. */
const stories: Record<Event, Partial<Message>> = {
  start: {},
  success: { state: 'good', serving: 'v13', verdict: 'pass', customers: { requests: 52_140, lost: 0 } },
  failure: {
    state: 'rolled-back',
    serving: 'v12',
    verdict: 'fail',
    why: 'error rate 4.1% over 1% (/pay)',
    customers: { requests: 1200, lost: 3, seconds: 14 },
  },
  rollback: { version: 'v12', state: 'good', serving: 'v12', why: 'checkout fails' },
  alert: {
    version: 'v12',
    why: 'p99 912 ms over 300 ms',
    links: { rollback: 'https://github.com/acme/shop/actions/workflows/rollback.yml' },
  },
  recovered: { version: 'v12', serving: 'v12' },
  drill: { version: 'v12' },
};

const messageOf = (event: Event): Message => ({
  event,
  severity: usualSeverity(event),
  drill: false,
  environment: 'production',
  service: 'shop',
  version: 'v13',
  fields: [],
  jobs: [],
  who: 'mei',
  mentions: event === 'alert' ? [{ kind: 'all', id: '' }] : [],
  at: AT,
  ...stories[event],
  links: { run: 'https://github.com/acme/shop/actions/runs/42', ...stories[event].links },
});

/** A made-up value of each setting, of the shape its channel wants. */
const VALUES: Record<string, string> = {
  'smtp-url': 'smtps://mail.example.com',
  from: 'deploys@example.com',
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

function preview(channel: Channel, event: Event, locale: Locale): string {
  const target = { name: channel.name, channel, settings: settingsOf(channel) };
  const requests = channel.render(compose(messageOf(event), locale), target, context);
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

function page(locale: Locale): string {
  const sections = EVENTS.map((event) => {
    const cards = channels.map((channel) => preview(channel, event, locale)).join('\n');
    return `<section><h2>${event}</h2>\n<div>\n${cards}\n</div></section>`;
  });
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><title>action-notify: ${locale}</title>
<style>${STYLE}</style></head>
<body>
<h1>action-notify: every event on every channel</h1>
<p>Written by script/gallery from the renderers the action sends with. The words and markup are exact, the looks are not the apps' own.</p>
${sections.join('\n')}
</body>
</html>
`;
}

const stale: string[] = [];
for (const locale of LOCALES) {
  const file = `docs/gallery/${locale}.html`;
  const html = page(locale);
  if (existsSync(file) && readFileSync(file, 'utf8') === html) continue;
  stale.push(file);
  if (process.argv.includes('--check')) continue;
  mkdirSync('docs/gallery', { recursive: true });
  writeFileSync(file, html);
}
if (stale.length)
  console.log(`${process.argv.includes('--check') ? 'differs from the renderers' : 'written'}: ${stale.join(', ')}`);
if (stale.length && process.argv.includes('--check')) process.exit(1);
