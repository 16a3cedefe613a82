import { drillAlertJob, drillJob } from './drill.ts';
import { emit, type NodeMap } from './emit.ts';
import { APP, declareInputs, declareSecrets, EVIDENCE, expr, HOSTS, type Inputs, REGISTRY, RUNNER } from './parts.ts';
import { previewJobs } from './preview.ts';
import { buildJob, deployJob, notifyJob } from './release.ts';
import { rollbackJob, rollbackNotifyJob } from './rollback.ts';
import { scaleJob, watchJob } from './watch.ts';

interface Workflow {
  about: string[];
  inputs: Inputs;
  secrets: NodeMap;
  /** What it is, and the job and output it comes from. */
  outputs: Record<string, [string, string]>;
  /** Workflows with a job that takes its caller's permissions grant nothing at the top by leaving it out. */
  callers?: boolean;
  jobs: NodeMap;
}

const CHANNELS: Inputs = {
  notify: {
    description: 'Tell the channels; false where the caller tells one message about several calls.',
    type: 'boolean',
    default: true,
  },
  'notify-environment': {
    description:
      'GitHub environment that holds the secrets of the channels, where the repository does not; one that asks for approval would hold the message back.',
  },
};
const IMAGE: Inputs = {
  image: {
    description: 'Repository the image is pushed to, without a tag, e.g. registry.example.com/shop.',
    required: true,
  },
};
const JUDGED: Inputs = {
  'baseline-duration': {
    description: 'Longest time to measure the old release before; empty is that of duration, else 2m.',
  },
  'on-inconclusive': {
    description:
      'What an inconclusive verdict leads to: promote or rollback. Empty is what on-inconclusive in seatrial.yml says of the step: fail rolls back, warn (the default) and pass promote.',
  },
  reason: { description: 'Why; it stands in the history.' },
};
const need = (inputs: Inputs, ...names: string[]): Inputs => {
  const first = names.filter((name) => name in inputs && !inputs[name]!.required);
  return { ...inputs, ...Object.fromEntries(first.map((name) => [name, { ...inputs[name]!, required: true }])) };
};

const RELEASE: Record<string, [string, string]> = {
  release: ['The release this run was about.', 'deploy.release'],
  'previous-release': ['What served before.', 'deploy.previous-release'],
  serving: ["The release users' traffic is on now.", 'deploy.serving'],
  state: [
    'State of the release, good, bad, rolled-back or unchanged; pending when even the way back failed.',
    'deploy.state',
  ],
  'rolled-back': ['true when traffic went back to the release before.', 'deploy.rolled-back'],
  verdict: ['pass, fail, inconclusive or error; empty when nothing was judged.', 'deploy.verdict'],
};
const RECEIPTS: [string, string] = ['What became of each message, JSON.', 'notify.receipts'];

const ALL = ['build', 'deploy', 'verify', 'notify'] as const;

export const workflows: Record<string, Workflow> = {
  build: {
    about: ['Build an image, lint and scan it, push only what passed; tell the channels when it did not.'],
    inputs: {
      ...IMAGE,
      ...declareInputs('build', 'notify'),
      ...REGISTRY,
      app: { description: 'Name of the app, for the message.' },
      environment: { description: 'Section of seatrial.yml that is read.', default: 'production' },
      ...CHANNELS,
      ...EVIDENCE,
      ...RUNNER,
    },
    secrets: declareSecrets('build', 'notify'),
    outputs: {
      image: ['What was built, as repository@sha256:…', 'build.image'],
      digest: ['Its digest.', 'build.digest'],
      tags: ['Tags pushed, one a line.', 'build.tags'],
      version: ['Its version.', 'build.version'],
      vulnerabilities: ['What the scan found, JSON.', 'build.vulnerabilities'],
      evidence: ['Address of the artifact with report, SARIF and SBOM.', 'build.evidence'],
      'error-code': ['Empty when all is well.', 'build.error-code'],
      receipts: RECEIPTS,
    },
    callers: true,
    jobs: { build: buildJob(['build', 'notify']), notify: notifyJob(['build']) },
  },
  deploy: {
    about: ['Put an image that exists behind a health gate, verify it, promote or roll back, and tell the channels.'],
    inputs: {
      ...APP,
      image: {
        description:
          'Image to deploy, as repository@sha256:…; the output image of build.yml. Left out where a compose-file names all images.',
      },
      ...HOSTS,
      ...REGISTRY,
      ...declareInputs('deploy', 'verify', 'notify'),
      ...JUDGED,
      ...CHANNELS,
      ...EVIDENCE,
      ...RUNNER,
    },
    secrets: declareSecrets('deploy', 'verify', 'notify'),
    outputs: {
      image: ['The image of the release, by digest.', 'deploy.image'],
      ...RELEASE,
      'error-code': ['Empty when all is well.', 'deploy.error-code'],
      evidence: ['Address of the artifact with the report of the verdict.', 'deploy.evidence'],
      receipts: RECEIPTS,
    },
    callers: true,
    jobs: { deploy: deployJob(['deploy', 'verify', 'notify'], 'inputs.image'), notify: notifyJob(['deploy']) },
  },
  ship: {
    about: [
      'Build, scan, deploy behind a health gate, verify, promote or roll back, and tell the channels: one call.',
      'Jobs of build.yml and deploy.yml in one.',
    ],
    inputs: {
      ...APP,
      ...IMAGE,
      ...HOSTS,
      ...REGISTRY,
      ...need(declareInputs(...ALL), 'port', 'publish'),
      ...JUDGED,
      ...CHANNELS,
      ...EVIDENCE,
      ...RUNNER,
    },
    secrets: declareSecrets(...ALL),
    outputs: {
      image: ['What was built, as repository@sha256:…', 'build.image'],
      ...RELEASE,
      'error-code': ['Empty when all is well.', 'deploy.error-code'],
      evidence: ['Address of the artifact with the report of the verdict.', 'deploy.evidence'],
      receipts: RECEIPTS,
    },
    callers: true,
    jobs: {
      build: buildJob(ALL),
      deploy: deployJob(ALL, 'needs.build.outputs.image', 'build'),
      notify: notifyJob(['build', 'deploy']),
    },
  },
  rollback: {
    about: ['Back to the last good release, or to the one you name, with one click; verified, and told.'],
    inputs: {
      ...APP,
      ...HOSTS,
      to: { description: 'Release, tag, digest or commit to go back to. Empty is the last good release.' },
      reason: { description: 'Why; it stands in the history and in the message.' },
      force: { description: 'Go to a release even if it is marked bad.', type: 'boolean', default: false },
      'dry-run': { description: 'Say what would happen and change nothing.', type: 'boolean', default: false },
      ...REGISTRY,
      ...declareInputs('verify', 'notify'),
      ...CHANNELS,
      ...EVIDENCE,
      ...RUNNER,
    },
    secrets: declareSecrets('deploy', 'verify', 'notify'),
    outputs: {
      release: ['The release that was rolled back to.', 'rollback.release'],
      'previous-release': ['What served before.', 'rollback.previous-release'],
      serving: ["The release users' traffic is on now.", 'rollback.serving'],
      image: ['Its image.', 'rollback.image'],
      state: ['good when the rollback worked.', 'rollback.state'],
      'rolled-back': ['true when traffic went to another release.', 'rollback.rolled-back'],
      verdict: ['What a look at the release found; empty when nothing was looked at.', 'rollback.verdict'],
      'error-code': ['Empty when all is well.', 'rollback.error-code'],
      receipts: RECEIPTS,
    },
    jobs: { rollback: rollbackJob(), notify: rollbackNotifyJob() },
  },
  watch: {
    about: ['Look at what serves, from a schedule: alert once, say "recovered" once; apply the lines of scale.'],
    inputs: { ...APP, ...HOSTS, ...REGISTRY, ...declareInputs('verify', 'notify'), ...EVIDENCE, ...RUNNER },
    secrets: declareSecrets('deploy', 'verify', 'notify'),
    outputs: {
      image: ['Its image.', 'watch.image'],
      release: ['The release that was looked at.', 'watch.release'],
      serving: ["The release users' traffic is on now.", 'watch.serving'],
      state: ['State of the release, as ship.yml names it.', 'watch.state'],
      verdict: ['pass, fail, inconclusive or error.', 'watch.verdict'],
      receipts: ['What became of each message, JSON; empty when nothing had changed.', 'watch.receipts'],
    },
    jobs: { watch: watchJob(), scale: scaleJob() },
  },
  drill: {
    about: [
      'Walks what nobody walks on a good day: the alert (every channel answers with a true receipt) and the way back',
      "(a release made to fail never serves, one that serves is rolled back). Users' traffic is not touched.",
    ],
    inputs: {
      ...APP,
      ...HOSTS,
      image: { description: 'Image to drill with. Empty is the one the app runs now.' },
      port: { description: 'Port the app listens on inside its container.', required: true },
      publish: {
        description: 'Port on the host for the drill alone, e.g. 127.0.0.1:18099.',
        default: '127.0.0.1:18099',
      },
      'health-path': { description: 'Path that answers 200-399 when the app is fit for traffic.' },
      'deploy-timeout': {
        description: 'Time the release made to fail is given, after which the gate must have refused it.',
        default: '20s',
      },
      env: { description: 'Environment the app needs to start, one NAME=value a line.' },
      memory: { description: "Memory limit of the drill's containers; empty is that of seatrial.yml, else 256m." },
      'edge-image': { description: 'Image of the edge.' },
      ...REGISTRY,
      locale: { description: 'Language of the messages, zh-CN or en.' },
      'notify-environment': CHANNELS['notify-environment']!,
      ...RUNNER,
    },
    secrets: declareSecrets('deploy', 'notify'),
    outputs: {
      receipts: ['What became of each drill message, JSON.', 'alert.receipts'],
      rollback: ['passed or failed.', 'rollback.rollback'],
    },
    jobs: { rollback: drillJob(), alert: drillAlertJob() },
  },
  preview: {
    about: [
      "A pull request's image beside the others, under a name and a port of its own; its address on the pull request, and its",
      'end when that is closed. For a caller on pull_request (opened, synchronize, reopened, closed); forks get none.',
    ],
    inputs: {
      app: { description: 'Name of the app; the preview is <app>-pr-<number>.', required: true },
      environment: {
        description: 'GitHub environment of the preview, and the section of seatrial.yml that is read.',
        default: 'preview',
      },
      ...IMAGE,
      ...HOSTS,
      ...REGISTRY,
      ...need(declareInputs('build', 'deploy'), 'port'),
      publish: {
        description: 'Where users come in on the host; {port} and {number} are filled in, e.g. 127.0.0.1:{port}.',
        default: '{port}',
      },
      'first-port': { description: 'First of ten thousand ports, one a pull request.', default: '20000' },
      url: { description: 'Address of the preview, filled in the same way, e.g. http://preview.example.com:{port}.' },
      ...EVIDENCE,
      ...RUNNER,
    },
    secrets: declareSecrets('build', 'deploy'),
    outputs: {
      app: ['Name of the preview.', 'preview.app'],
      url: ['Its address.', 'preview.url'],
      image: ['What was built, as repository@sha256:…', 'build.image'],
      release: ['The release.', 'preview.release'],
      serving: ["The release the preview's traffic is on.", 'preview.serving'],
      state: ['State of the release.', 'preview.state'],
      'error-code': ['Empty when all is well.', 'preview.error-code'],
    },
    callers: true,
    jobs: previewJobs(),
  },
};

const declare = (inputs: Inputs): NodeMap =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { description, type = 'string', required, default: fallback }]) => [
      name,
      { description, type, required: required || undefined, default: fallback },
    ]),
  );

/** The file of one workflow. */
export function workflowFile(name: string): string {
  const { about, inputs, secrets, outputs, callers, jobs } = workflows[name]!;
  const used = JSON.stringify(jobs);
  return emit([...about, 'Written by script/generate from script/workflows; manual: docs/workflows.md'], {
    name,
    on: {
      workflow_call: {
        inputs: declare(inputs),
        secrets: Object.fromEntries(
          Object.entries(secrets).filter(([secret]) => new RegExp(`secrets\\.${secret}\\b`).test(used)),
        ),
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([output, [description, from]]) => {
            const [job, key] = from.split('.');
            return [output, { description, value: expr(`jobs.${job}.outputs.${key}`) }];
          }),
        ),
      },
    },
    permissions: callers ? undefined : {},
    jobs,
  });
}
