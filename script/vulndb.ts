import { pushDatabase } from '../test/support/vulndb/database.ts';

const [reference, ...rest] = process.argv.slice(2);
if (!reference || rest.length) {
  console.error('usage: script/vulndb REGISTRY/REPOSITORY[:TAG]');
  process.exit(2);
}
try {
  console.log(`${reference} ${await pushDatabase(reference)}`);
} catch (error) {
  console.error(`script/vulndb: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
