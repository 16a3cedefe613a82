import * as z from 'zod';
import * as f from '../lib/fields.ts';
import { checkInputs } from './check.ts';
import { DEFAULT_TRIVY } from './scan/pins.ts';

export const schema = z
  .object({
    image: f.requiredText('Repository to build for, without a tag: `ghcr.io/acme/shop`.'),
    context: f.textOr('.', 'Folder with what the Dockerfile copies, from the workspace.'),
    file: f.text('The Dockerfile, from the workspace; when not given, `Dockerfile` in the context.'),
    target: f.text('Stage of the Dockerfile to build; when not given, the last.'),
    platforms: f.lines('Platforms such as `linux/amd64`, one a line; when not given, the builder’s own.'),
    'build-args': f.lines('`NAME=value`, one a line. They stay readable in the image: no secrets here.'),
    secrets: f.secretLines('Build secrets for `RUN --mount=type=secret,id=…`, `id=value`, one a line.'),
    labels: f.lines('Labels of the image, `name=value`, one a line; `org.opencontainers.image.*` are set from git.'),
    tags: f.lines(
      'Tags, one a line; `auto` stands for those from git: commit, branch, semantic version, pull request. `latest` alone is refused.',
      { default: 'auto' },
    ),
    push: f.bool(true, 'Push what passed the gate; `false` leaves the image in the engine.'),
    cache: f.choice(
      ['auto', 'gha', 'registry', 'local', 'none'],
      'auto',
      'Where layers are kept between runs; what the builder can’t do is said, and done without.',
    ),
    registry: f.text('Registry to log in to; when not given, the one `image` begins with.'),
    username: f.text('User of the registry.'),
    password: f.secret('Password or token of the registry.'),
    scan: f.bool(true, 'Scan with Trivy before anything is pushed; `false` pushes unscanned, and says so.'),
    severity: f.lines('Severities the gate refuses, of UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL.', {
      default: 'HIGH,CRITICAL',
    }),
    'ignore-unfixed': f.bool(false, 'Let pass what no version fixes yet; it is still counted.'),
    'ignore-file': f.text(
      'Trivy’s ignore file (`.trivyignore` or YAML); when not given, `.trivyignore.yaml` or `.trivyignore` of the workspace, if there.',
    ),
    vex: f.text('A VEX document (OpenVEX or CSAF) that says what does not affect this image.'),
    scanners: f.lines('What to look for: `vuln`, `secret`, `misconfig`, `license`.', { default: 'vuln,secret' }),
    'skip-dirs': f.lines('Folders of the image Trivy does not look into, one a line; the summary names them.'),
    'skip-files': f.lines('Files of the image Trivy does not look at, one a line; the summary names them.'),
    'scan-baseline': f.text(
      'An image, the JSON report of an earlier scan, or `deployed`; only what this image adds to its findings is refused.',
    ),
    environment: f.textOr('production', 'Environment `scan-baseline: deployed` means.'),
    'trivy-version': f.text(
      'Version of Trivy; its archive must match a pinned SHA-256. With trivy-path it is what that one must be.',
      { default: DEFAULT_TRIVY },
    ),
    'trivy-path': f.text('A Trivy of your own; then nothing is downloaded.'),
    'trivy-db-repository': f.lines(
      'Repositories of the vulnerability database, first answer wins, one a line; when not given, Trivy’s own.',
    ),
    sbom: f.choice(['cyclonedx', 'spdx', 'none'], 'cyclonedx', 'Format of the bill of materials.'),
    lint: f.choice(['error', 'warn', 'off'], 'warn', 'What a finding in the Dockerfile or the context does.'),
    'max-size': f.size('Largest size of the image that may be pushed.'),
    comment: f.bool(false, 'Keep one comment with the result on the pull request; needs `pull-requests: write`.'),
    'upload-sarif': f.bool(
      false,
      'Hand SARIF to code scanning with `github-token`; needs `security-events: write`. A refusal is a warning.',
    ),
    'github-token': f.text('Token for the comment, the upload of SARIF and `scan-baseline: deployed`.', {
      secret: true,
      runnerDefault: '${{ github.token }}',
    }),
    'report-dir': f.text('Folder for the reports, outside the context; when not given, one in the runner’s temp.'),
  })
  .superRefine(checkInputs);

export type Inputs = z.output<typeof schema>;

export const outputs = {
  image:
    'What to deploy: `repository@sha256:…` once pushed; with `push: false` the engine’s image id; empty when blocked.',
  digest: 'Digest of the pushed manifest, the one that was scanned.',
  tags: 'Tags pushed, one a line, without the repository.',
  version: 'The semantic version, else `pr-12` or `sha-1a2b3c4`, else the first tag given.',
  size: 'Size of the image in bytes.',
  vulnerabilities:
    'One line of JSON: `{"counts":{"CRITICAL",…},"fixable","blocking":[{"id","package","installed","fixed","severity",…}],"db":{"updatedAt","ageHours"}}`; empty when nothing was scanned.',
  blocked: '`true` when the gate refused the image, `false` when it let it pass; empty when it never got there.',
  report: 'Path of Trivy’s JSON report.',
  sarif: 'Path of the SARIF file: what the gate refused, for code scanning.',
  sbom: 'Path of the bill of materials.',
  lint: 'JSON array of lint findings: `[{"rule","severity","file","line","why","mend"}]`.',
  'error-code': 'Empty when all is well, else the stable code of docs/errors.md.',
};
