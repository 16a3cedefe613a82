// Draws what a channel is sent as HTML: an approximation of each app's look, of exactly the words and markup sent.

type Json = Record<string, unknown>;

export const esc = (text: unknown) =>
  String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const list = (value: unknown): Json[] => (Array.isArray(value) ? value : []);
const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value);
const button = (label: unknown, url: unknown) => `<a class="button" href="${esc(url)}">${esc(label)}</a>`;
const paragraph = (text: unknown) => `<p>${esc(text).replaceAll('\n', '<br>')}</p>`;
const grid = (facts: [unknown, unknown][]) =>
  facts.length
    ? `<dl>${facts.map(([name, value]) => `<dt>${esc(name)}</dt><dd>${esc(value)}</dd>`).join('')}</dl>`
    : '';

/** Inline Markdown of the robots; backslash escapes are honoured where the vendor honours them. */
function inline(text: string): string {
  return esc(text)
    .replace(/&lt;font color=&quot;(\w+)&quot;&gt;(.*?)&lt;\/font&gt;/g, '<span class="font-$1">$2</span>')
    .replace(/\[([^\]]*)\]\((https?:[^)]*)\)/g, '<a href="$2">$1</a>')
    .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replace(/\\([\\`*_~])/g, '$1');
}

function markdown(text: string): string {
  return text
    .split(/\n+/)
    .map((line) => {
      if (line.startsWith('### ')) return `<h3>${inline(line.slice(4))}</h3>`;
      return line.startsWith('- ') ? `<p class="item">• ${inline(line.slice(2))}</p>` : `<p>${inline(line)}</p>`;
    })
    .join('');
}

/** lark_md: entities are Feishu's own escapes, so they pass; bold is ours. */
const lark = (text: unknown) =>
  String(text)
    .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replace(/<at id=(\w+)><\/at>/g, '<i>@$1</i>');

function feishu(card: unknown): string {
  const elements = list(at(card, 'elements')).map((element) => {
    if (element.tag === 'action')
      return list(element.actions)
        .map((a) => button(at(a, 'text', 'content'), a.url))
        .join(' ');
    if (element.fields) {
      return `<div class="fields">${list(element.fields)
        .map((f) => `<div>${lark(at(f, 'text', 'content'))}</div>`)
        .join('')}</div>`;
    }
    const content = at(element, 'text', 'content');
    return at(element, 'text', 'tag') === 'lark_md' ? `<p>${lark(content)}</p>` : paragraph(content);
  });
  return `<div class="bar ${esc(at(card, 'header', 'template'))}">${esc(at(card, 'header', 'title', 'content'))}</div>${elements.join('')}`;
}

/** mrkdwn is escaped by `& < >` alone, so what stands between them is Slack's own markup. */
const mrkdwn = (text: unknown) =>
  String(text)
    .replace(/<(https?:[^|>]+)\|([^>]+)>/g, '<a href="$1">$2</a>')
    .replace(/<!(\w+)>/g, '<i>@$1</i>')
    .replace(/\*([^*\n]+)\*/g, '<b>$1</b>')
    .replaceAll('\n', '<br>');

function slack(body: Json): string {
  const blocks = list(body.attachments)
    .flatMap((a) => list(a.blocks))
    .map((block) => {
      if (block.type === 'header') return `<h3>${esc(at(block, 'text', 'text'))}</h3>`;
      const fields = list(block.fields).map((f) => `<div>${mrkdwn(f.text)}</div>`);
      return fields.length
        ? `<div class="fields">${fields.join('')}</div>`
        : `<p>${mrkdwn(at(block, 'text', 'text'))}</p>`;
    });
  const colour = esc(at(body, 'attachments', 0, 'color'));
  return `<p class="push">${mrkdwn(body.text)}</p><div style="border-left:4px solid ${colour};padding-left:10px">${blocks.join('')}</div>`;
}

function teams(body: Json): string {
  const card = at(body, 'attachments', 0, 'content');
  const parts = list(at(card, 'body')).map((part) => {
    if (part.type === 'FactSet') return grid(list(part.facts).map((f) => [f.title, f.value]));
    return part.size === 'Large' ? `<h3>${esc(part.text)}</h3>` : paragraph(part.text);
  });
  return (
    parts.join('') +
    list(at(card, 'actions'))
      .map((a) => button(a.title, a.url))
      .join(' ')
  );
}

function discord(body: Json): string {
  const embed = at(body, 'embeds', 0) as Json;
  const colour = `#${Number(embed.color).toString(16).padStart(6, '0')}`;
  const text = String(embed.description ?? '')
    .split('\n')
    .map((line) => `<p>${inline(line)}</p>`)
    .join('');
  const facts = grid(list(embed.fields).map((f) => [f.name, f.value]));
  return `${body.content ? paragraph(body.content) : ''}<div style="border-left:4px solid ${colour};padding-left:10px"><h3>${esc(embed.title)}</h3>${text}${facts}</div>`;
}

function googlechat(body: Json): string {
  const card = at(body, 'cardsV2', 0, 'card');
  const widgets = list(at(card, 'sections', 0, 'widgets')).map((widget) => {
    if (widget.textParagraph) return `<p>${at(widget, 'textParagraph', 'text')}</p>`;
    if (widget.decoratedText)
      return grid([[at(widget, 'decoratedText', 'topLabel'), at(widget, 'decoratedText', 'text')]]);
    return list(at(widget, 'buttonList', 'buttons'))
      .map((b) => button(b.text, at(b, 'onClick', 'openLink', 'url')))
      .join(' ');
  });
  const head = `<h3>${esc(at(card, 'header', 'title'))}</h3><p class="push">${esc(at(card, 'header', 'subtitle') ?? '')}</p>`;
  return `<p class="push">${mrkdwn(body.text)}</p>${head}${widgets.join('')}`;
}

const raw = (text: string) => `<pre>${esc(text)}</pre>`;
const pretty = (body: unknown) => raw(JSON.stringify(body, null, 2));

/** One request of a channel, drawn. What has no face of its own (pagers, signed webhooks) is shown as it is sent. */
export function draw(kind: string, body: string): string {
  if (kind === 'twilio') return raw(new URLSearchParams(body).get('Body') ?? '');
  const json = JSON.parse(body) as Json;
  switch (kind) {
    case 'dingtalk':
      return markdown(String(at(json, 'markdown', 'text')));
    case 'wecom':
      return markdown(String(at(json, 'markdown', 'content')));
    case 'feishu-bot':
      return feishu(json.card);
    case 'feishu-app':
      return feishu(JSON.parse(String(json.content)));
    case 'slack-webhook':
    case 'slack-api':
      return slack(json);
    case 'teams':
      return teams(json);
    case 'discord':
      return discord(json);
    case 'telegram':
      return `<p>${String(json.text).replaceAll('\n', '<br>')}</p>`;
    case 'email':
      return `<p class="push">${esc(json.subject)}</p>${String(json.html).replace(/<\/?(html|body)[^>]*>/g, '')}`;
    case 'grafana':
      return `<p>${String(json.text).replaceAll('\n', '<br>')}</p><p class="push">${esc(list(json.tags).join(' · '))}</p>`;
    case 'serverchan':
      return `<p class="push">${esc(json.title)}</p>${markdown(String(json.desp))}`;
    case 'bark':
      return `<h3>${esc(json.title)}</h3>${paragraph(json.body)}<p class="push">${esc(json.level)}</p>`;
    case 'ntfy':
      return `<h3>${esc(json.title)}</h3>${paragraph(json.message)}${list(json.actions)
        .map((a) => button(a.label, a.url))
        .join(' ')}`;
    case 'googlechat':
      return googlechat(json);
    default:
      return pretty(json);
  }
}
