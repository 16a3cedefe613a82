/** Who runs this, and where it can be read. */
export interface Who {
  by: string;
  run: string;
  commit: string;
}

export function whoRuns(env: Readonly<Record<string, string | undefined>>): Who {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  return {
    by: env.GITHUB_ACTOR || env.USER || 'unknown',
    run: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : '',
    commit: env.GITHUB_SHA ?? '',
  };
}
