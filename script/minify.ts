// Minifies and compresses files of a bundle in place: half the bytes a runner downloads at the start of every job, and
// ncc's own --minify neither compresses nor reaches the chunks. Usage: node script/minify.ts FILE…
import { readFileSync, writeFileSync } from 'node:fs';
import { minifySync } from 'rolldown/utils';

for (const path of process.argv.slice(2)) {
  const { code, errors } = minifySync(path, readFileSync(path, 'utf8'), {
    module: true,
    compress: { target: 'es2024' },
    mangle: true,
    codegen: { removeWhitespace: true, legalComments: 'none' },
  });
  if (errors.length) throw new Error(`script/minify.ts: ${path}: ${errors.map(String).join('; ')}`);
  writeFileSync(path, code);
}
