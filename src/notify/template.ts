import { SeatrialError } from '../lib/errors.ts';
import type { Message } from './message.ts';

/**
 * Fills a mustache template from the message: `{{service}}`, `{{links.run}}`, `{{#jobs}}{{name}}: {{result}} {{/jobs}}`.
 * Logic-less on purpose: no code of a workflow's text runs. Plain text comes out; channels escape it for themselves.
 * @throws TEMPLATE_INVALID for an unclosed tag or section
 */
export async function fillTemplate(name: string, template: string, message: Message): Promise<string> {
  if (!template.includes('{{')) return template;
  const { default: mustache } = await import('mustache');
  try {
    return mustache.render(template, message, {}, { escape: (value) => String(value) });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SeatrialError('TEMPLATE_INVALID', `${name}: ${why}; mend the mustache template.`, { cause });
  }
}
