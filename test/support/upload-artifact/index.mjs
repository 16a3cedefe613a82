// https://github.com/actions/upload-artifact/blob/v7.0.0/README.md
import { appendFileSync, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
const refuse = (words) => {
  console.log(`::error::${words}`);
  process.exit(1);
};

const name = input('name');
if (!name || /["<>|*?\r\n:\\/]/.test(name)) refuse(`The artifact name is not valid: ${name}`);
if (!input('path')) refuse('Input required and not supplied: path');
const days = input('retention-days');
if (days && !/^([1-9]|[1-8]\d|90)$/.test(days)) refuse(`Invalid retention-days: ${days}`);
if (!['warn', 'error', 'ignore'].includes(input('if-no-files-found'))) refuse('Unrecognized if-no-files-found');
const files = input('path')
  .split('\n')
  .map((line) => line.trim())
  .filter((file) => file && existsSync(file));
if (files.length === 0) {
  if (input('if-no-files-found') === 'error') refuse('No files were found');
  console.log('::warning::No files were found with the provided path. No artifacts will be uploaded.');
  process.exit(0);
}
const folder = join(process.env.SEATRIAL_ARTIFACTS, name);
if (existsSync(folder)) {
  if (input('overwrite') !== 'true') refuse(`an artifact with this name already exists on the workflow run: ${name}`);
  rmSync(folder, { recursive: true });
}
mkdirSync(folder, { recursive: true });
for (const file of files) copyFileSync(file, join(folder, basename(file)));
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_OUTPUT } = process.env;
const url = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}/artifacts/${name.length}`;
appendFileSync(GITHUB_OUTPUT, `artifact-url=${url}\n`);
