// Prints the long texts that many packages share (Apache 2.0, MIT) once in ncc's LICENSES.txt: where a later package
// carries the same words, it names them and points up. Copyright lines stay. Usage: node script/licences.ts FILE
import { readFileSync, writeFileSync } from 'node:fs';

const SHARED: [name: string, text: RegExp][] = [
  ['Apache License, Version 2.0', /Apache License\s+Version 2\.0, January 2004[\s\S]*?END OF TERMS AND CONDITIONS/g],
  [
    'permission notice of the MIT License',
    /Permission is hereby granted, free of charge,[\s\S]*?DEALINGS IN\s+THE\s+SOFTWARE\./g,
  ],
];

const [path] = process.argv.slice(2);
if (!path) throw new Error('script/licences.ts: give the file');
const sameWords = (text: string) => text.replace(/\s+/g, ' ');
const told = new Set<string>();
let licences = readFileSync(path, 'utf8');
for (const [name, text] of SHARED) {
  licences = licences.replace(text, (found) => {
    const words = sameWords(found);
    if (told.has(words)) return `[${name}: the same text as above]`;
    told.add(words);
    return found;
  });
}
writeFileSync(path, licences);
