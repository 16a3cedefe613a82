/** What a build or an image's content says is not ours: a line of it must not become a command to the runner. */
export const harmless = (line: string): string => line.replace(/^(\s*)::/, '$1: :').replaceAll('##[', '## [');
