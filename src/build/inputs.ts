import * as z from 'zod';
import * as f from '../lib/fields.ts';
import { checkInputs } from './check.ts';
import { parseAttests } from './input/attests.ts';
import { listOfItems, listOfLines } from './input/csv.ts';
import { parseBuildArgs, parsePairs, parseSecretSources, parseSecrets } from './input/pairs.ts';
import { parsePlatforms } from './input/platforms.ts';
import { DEFAULT_TRIVY } from './scan/pins.ts';

export const schema = z
  .object({
    image: f.requiredLines(
      'Repository to build for, without a tag: `ghcr.io/acme/shop`; several, one a line, get the same image. Capitals become small.',
    ),
    context: f.textOr(
      '.',
      'Folder with what the Dockerfile copies, from the workspace. A Git URL is refused: check it out.',
    ),
    file: f.text('The Dockerfile, from the workspace; when not given, `Dockerfile` in the context.'),
    target: f.text('Stage of the Dockerfile to build; when not given, the last.'),
    platforms: f.list(
      'Platforms such as `linux/amd64`, one a line or with commas; when not given, the builder’s own.',
      parsePlatforms,
    ),
    'build-args': f.list('`NAME=value`, one a line. They stay readable in the image: no secrets here.', parseBuildArgs),
    'build-contexts': f.list('Further contexts, `name=folder` or `name=docker-image://…`, one a line.', parsePairs),
    secrets: f.list(
      'Build secrets for `RUN --mount=type=secret,id=…`, `id=value`, one a line; a value of several lines in quotes: `"id=line⏎line"`.',
      parseSecrets,
      { secret: true },
    ),
    'secret-files': f.list('Build secrets that are files, `id=path`, one a line.', parseSecretSources),
    'secret-envs': f.list(
      'Build secrets that are variables of the step, `id=VARIABLE`, one a line.',
      parseSecretSources,
    ),
    ssh: f.list('SSH agent or keys for `RUN --mount=type=ssh`: `default`, or `id=path`, one a line.', listOfLines),
    'no-cache': f.bool(false, 'Build every step anew.'),
    'no-cache-filters': f.list('Stages to build anew, one a line or with commas.', listOfItems),
    pull: f.bool(false, 'Ask for newer base images even where the builder has them.'),
    network: f.text('Network of `RUN`: `default`, `none` or `host`.'),
    'add-hosts': f.list('Hosts for `RUN`, `name:address`, one a line.', listOfItems),
    'shm-size': f.size('Size of `/dev/shm` for `RUN`.'),
    ulimit: f.list('Limits for `RUN`, `nofile=1024:2048`, one a line.', listOfLines),
    builder: f.text('Name of the buildx builder; when not given, the current one.'),
    labels: f.list(
      'Labels of the image, `name=value`, one a line, with `{{…}}` as in tags; `org.opencontainers.image.*` are set from git.',
      parsePairs,
    ),
    annotations: f.list('Annotations of the manifest, `name=value` or `index:name=value`, one a line.', parsePairs),
    attests: f.list(
      'Attestations beside the image: `type=provenance,mode=min` or `mode=max`, `type=sbom` (of the scan), one a line.',
      parseAttests,
    ),
    tags: f.rawLines(
      'Tags, one a line; `auto` stands for those from git: commit, branch, semantic version, pull request; and metadata-action’s lines (`type=semver,pattern={{version}}` …). `latest` alone is refused.',
      { default: 'auto' },
    ),
    flavor: f.rawLines(
      'What holds for all tags, as in metadata-action: `latest=auto`, `prefix=`, `suffix=`, one a line.',
    ),
    push: f.bool(true, 'Push what passed the gate; `false` leaves the image in the engine.'),
    cache: f.choice(
      ['auto', 'gha', 'registry', 'local', 'none'],
      'auto',
      'Where layers are kept between runs; what the builder can’t do is said, and done without.',
    ),
    registry: f.text('Registry to log in to; when not given, the one the first `image` begins with.'),
    username: f.text('User of the registry; without one Docker’s own login counts, and on ghcr.io the job’s token.'),
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
    'baseline-environment': f.textOr('production', 'Environment that `scan-baseline: deployed` means.'),
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
    'github-token': f.text(
      'Token for the comment, the upload of SARIF, `scan-baseline: deployed`, and ghcr.io where no login is given.',
      {
        secret: true,
        runnerDefault: '${{ github.token }}',
      },
    ),
    'report-dir': f.text('Folder for the reports, outside the context; when not given, one in the runner’s temp.'),
  })
  .superRefine(checkInputs);

export type Inputs = z.output<typeof schema>;

export const outputs = {
  image:
    'What to deploy: `repository@sha256:…` once pushed; with `push: false` the engine’s image id; empty when blocked.',
  digest: 'Digest of the pushed manifest, the one that was scanned.',
  index:
    'With attestations, `repository@sha256:…` of the index that holds them and the image; the tags name it. Empty without.',
  tags: 'What was pushed, `repository:tag`, one a line; with `push: false` the names the engine has it under.',
  version: 'The first tag.',
  size: 'Size of the image in bytes.',
  vulnerabilities:
    'One line of JSON: `{"counts":{"CRITICAL",…},"fixable","blocking":[{"id","package","installed","fixed","severity","paths","places","from",…}],"db":{"updatedAt","ageHours"}}`; empty when nothing was scanned.',
  blocked: '`true` when the gate refused the image, `false` when it let it pass; empty when it never got there.',
  report: 'Path of Trivy’s JSON report.',
  sarif: 'Path of the SARIF file: what the gate refused, for code scanning.',
  sbom: 'Path of the bill of materials.',
  lint: 'JSON array of lint findings: `[{"rule","severity","file","line","why","mend"}]`.',
  'error-code': 'Empty when all is well, else the stable code of docs/errors.md.',
};
