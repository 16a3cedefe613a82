import { SeatrialError } from '../../lib/errors.ts';
import { listOfItems } from './csv.ts';

/** Other names of an architecture, and the variant that goes without saying (containerd, `platforms` package). */
const ALIASES: Record<string, string> = {
  aarch64: 'arm64',
  'arm64/v8': 'arm64',
  'aarch64/v8': 'arm64',
  x86_64: 'amd64',
  'x86-64': 'amd64',
  'amd64/v1': 'amd64',
  'x86_64/v1': 'amd64',
  i386: '386',
  i686: '386',
  arm: 'arm/v7',
  'arm/7': 'arm/v7',
  'arm/6': 'arm/v6',
  armhf: 'arm/v7',
  armel: 'arm/v6',
};
const ARCHITECTURES = [
  'amd64',
  'amd64/v2',
  'amd64/v3',
  'amd64/v4',
  'arm64',
  'arm64/v9',
  'arm/v5',
  'arm/v6',
  'arm/v7',
  '386',
  'ppc64le',
  's390x',
  'riscv64',
  'loong64',
  'mips64',
  'mips64le',
];

/** One platform by the name builders call it. Error: INPUT_INVALID. */
export function normalPlatform(text: string): string {
  const parts = text.trim().toLowerCase().split('/');
  const [os, ...rest] = ['linux', 'windows'].includes(parts[0]!) ? parts : ['linux', ...parts];
  const architecture = ALIASES[rest.join('/')] ?? rest.join('/');
  if (ARCHITECTURES.includes(architecture)) return `${os}/${architecture}`;
  throw new SeatrialError(
    'INPUT_INVALID',
    `"${text}" is not a platform a builder knows; write linux/amd64, linux/arm64, linux/arm/v7 …`,
  );
}

/** The platforms asked for, each once. Error: INPUT_INVALID. */
export const parsePlatforms = (text: string): string[] => [...new Set(listOfItems(text).map(normalPlatform))];
