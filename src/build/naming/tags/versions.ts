import { clean, explain, major, minor, patch } from '@renovatebot/pep440';
import semverParse from 'semver/functions/parse.js';

/** A version as a pattern sees it: `{{raw}} {{version}} {{major}} {{minor}} {{patch}}`. */
export interface Version {
  values: Record<string, unknown>;
  /** A pre-release, or for PEP 440 any of pre, post and dev: it moves no tag of the release. */
  unstable: boolean;
  /** What an unstable one is called, whatever the pattern. */
  full: string;
}

export const VERSION_NAMES = ['raw', 'version', 'major', 'minor', 'patch', 'prerelease', 'build'];

/** A Git tag by semver.org, with or without a leading `v`; undefined when it is none. */
export function readSemver(text: string): Version | undefined {
  const found = semverParse(text);
  if (!found) return undefined;
  const { version, major, minor, patch, prerelease, build } = found;
  return {
    values: { raw: text, version, major, minor, patch, prerelease, build },
    unstable: prerelease.length > 0,
    full: version,
  };
}

/** A Git tag by PEP 440 (https://peps.python.org/pep-0440/); undefined when it is none. */
export function readPep440(text: string): Version | undefined {
  const found = explain(text);
  if (!found) return undefined;
  const full = clean(text)!;
  return {
    values: { raw: text, version: full, major: major(text), minor: minor(text), patch: patch(text) },
    unstable: found.is_prerelease || found.is_postrelease || found.is_devrelease,
    full,
  };
}
