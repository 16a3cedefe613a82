import { result } from './en-result.ts';
import { live, story } from './en-story.ts';
import { iconOf, type Words } from './words.ts';

export const en: Words = {
  drill: '[DRILL] ',
  environment: 'Environment',
  service: 'Service',
  version: 'Version',
  before: 'Before',
  serving: 'Live version',
  commit: 'Commit',
  who: 'By',
  short: { environment: 'Env', service: 'App', version: 'Rel.', serving: 'Live', who: 'By', before: 'From' },
  runLink: 'Run',
  reportLink: 'Report',
  rollbackLink: 'Rollback page',
  commitLink: 'Commit',
  compareLink: 'Changes',
  colon: ': ',
  icon: iconOf,
  severity: { info: 'info', warning: 'warning', critical: 'critical' },
  jobResult: (name) => name,
  result,
  live,
  story,
};
