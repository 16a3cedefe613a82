import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { breaches } from '../../support/json-schema.ts';

const schema = JSON.parse(readFileSync('seatrial.schema.json', 'utf8'));
const check = (yaml: string) => breaches(schema, parse(yaml));

describe('seatrial.schema.json', () => {
  it.each([
    ['strategy: canary\ncanary-steps: 5%,25%,100%\nport: 8080\nmemory: 512m\nwatch: 30s\n'],
    ['deploy: { replicas: 2, env: { A: 1 } }\nnotify: { severity: critical, routes: { critical: [dingtalk] } }\n'],
    ['scan: false\npublish: 80\nhosts: [unix:///var/run/docker.sock]\n'],
    ['environments:\n  production: { strategy: canary, deploy: { memory: 1g } }\n  staging: { memory: 268435456 }\n'],
    ['notify:\n  targets: [{ name: ops, channel: wecom, webhook: TARGET_1 }]\n'],
  ])('takes %j', (yaml) => expect(check(yaml)).toEqual([]));

  it.each([
    ['strategy: bluegreen', '/strategy: enum'],
    ['watch: 30', '/watch: type'],
    ['watch: 30 seconds', '/watch: pattern'],
    ['memory: lots', '/memory: pattern'],
    ['canary-weight: 10', '/canary-weight: type'],
    ['scan: maybe', '/scan: enum'],
    ['replicas: two', '/replicas: pattern'],
    ['heath-path: /x', '/heath-path: additionalProperties'],
    ['deploy: { strategy: bluegreen }', '/deploy/strategy: enum'],
    ['environments: { production: { strategy: bluegreen } }', '/environments/production/strategy: enum'],
    [
      'environments: { production: { build: { replicas: 2 } } }',
      '/environments/production/build/replicas: additionalProperties',
    ],
  ])('refuses %j', (yaml, breach) => expect(check(yaml)).toContain(breach));

  it('refuses a flat key that one of the actions it reaches would refuse', () => {
    expect(check('mode: watch')).toContain('/mode: enum');
  });
  it('tells both meanings of a name that two actions have', () => {
    const { description } = schema.$defs.level.properties.severity;
    expect(description).toMatch(/^build: .*\nnotify: /);
  });
  it('holds no secret input, and says each input once', () => {
    const text = JSON.stringify(schema);
    expect(text).not.toContain('"password"');
    expect(text.split('Deadline for a container to become healthy').length).toBe(2);
  });
});
