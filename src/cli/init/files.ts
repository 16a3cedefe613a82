import { VERSION } from '../catalog.ts';
import type { Answers } from './answers.ts';
import { gitee, github, gitlab, jenkins, type Planned, quoted, REPOSITORY } from './templates.ts';

/** The file every CI reads: what this app is, and where it runs. */
export function config(answers: Answers): Planned {
  const { app, image, hosts, port, publish, healthPath, locale, composeFile, builds } = answers;
  const list = hosts.map((host) => `  - ${quoted(host)}`).join('\n');
  const ports = [port && `port: ${port}\n`, publish && `publish: ${quoted(publish)}\n`].filter(Boolean).join('');
  const build = `
build:
  image: ${quoted(image)}
${composeFile ? '  # context: web           # the folder whose Dockerfile makes the image of that service\n' : ''}  # What stops a push: findings of these severities that have a fix.
  severity: HIGH,CRITICAL
  ignore-unfixed: true
`;
  return {
    path: 'seatrial.yml',
    text: `# yaml-language-server: $schema=https://raw.githubusercontent.com/${REPOSITORY}/v${VERSION}/seatrial.schema.json
# What Seatrial knows of this app. The keys are the inputs of the actions; an input given in a workflow wins.
app: ${quoted(app)}
hosts:
${list}
${ports || '# The port is the one the compose file publishes.\n'}health-path: ${quoted(healthPath)}
locale: ${locale}
${builds ? build : ''}
deploy:
${composeFile ? `  compose-file: ${quoted(composeFile)}\n  # service: web           # the service users reach, where the file has several\n` : '  # A limit keeps one leak from taking the whole host down.\n  memory: 512m\n'}  # strategy: canary        # blue-green when left out: all traffic at once, the old release kept warm
  # pre-deploy: npm run migrate

verify:
  thresholds:
    - error-rate <= 1%
    - p99 <= 500ms

# Other environments say only what differs.
# environments:
#   staging:
#     hosts: [ssh://deploy@staging.example.com]
`,
  };
}

/** All files of one repository; `ci` files that are there already are written beside, under another name. */
export function filesFor(answers: Answers, has: (path: string) => boolean): Planned[] {
  const own = {
    github: () => github(answers),
    gitlab: () => gitlab(answers, has('.gitlab-ci.yml')),
    jenkins: () => jenkins(answers, has('Jenkinsfile')),
    gitee: () => gitee(answers),
  }[answers.ci]();
  return [config(answers), ...own];
}
