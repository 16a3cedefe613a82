/** The version wanted where the caller names none. */
export const DEFAULT_TRIVY = '0.74.0';

/**
 * Releases of Trivy we trust: SHA-256 of the release archive by version and machine. The tags and binaries of this
 * project were replaced by an attacker in March 2026 (GHSA-69fq-xp46-6x23), so a name alone is no proof of anything.
 */
export const PINS: Readonly<Record<string, Readonly<Record<string, { file: string; sha256: string }>>>> = {
  '0.74.0': {
    x64: {
      file: 'trivy_0.74.0_Linux-64bit.tar.gz',
      sha256: '2ae6fe3ee734b7fdf11335663e18c75ea12dccc76062f09f164a3b0f8be4371a',
    },
    arm64: {
      file: 'trivy_0.74.0_Linux-ARM64.tar.gz',
      sha256: 'b94ce1976bbf3c15b514b605ee88be7c6d94a29be2302847ff01cb794d47aad5',
    },
  },
  '0.72.0': {
    x64: {
      file: 'trivy_0.72.0_Linux-64bit.tar.gz',
      sha256: 'bbb64b9695866ce4a7a8f5c9592002c5961cab378577fa3f8a040df362b9b2ea',
    },
    arm64: {
      file: 'trivy_0.72.0_Linux-ARM64.tar.gz',
      sha256: '2ca2c023109c2db6b2b77366b6717291452d4531167377d95c79547f0c8e3467',
    },
  },
};
