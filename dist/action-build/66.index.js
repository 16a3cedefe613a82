export const id = 66;
export const ids = [66];
export const modules = {

/***/ 7066:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  publish: () => (/* binding */ publish)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
;// CONCATENATED MODULE: ./build/js/build/comment.js

/** GitHub takes 65,536 characters a comment. */
const LIMIT = 60_000;
/** Number of the pull request this run is about, from the event. */
function pullRequestNumber(env) {
    const merge = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '');
    if (merge)
        return Number(merge[1]);
    if (!env.GITHUB_EVENT_PATH)
        return undefined;
    try {
        const event = JSON.parse((0,external_node_fs_.readFileSync)(env.GITHUB_EVENT_PATH, 'utf8'));
        return event.pull_request?.number ?? (event.issue?.pull_request ? event.issue.number : undefined);
    }
    catch {
        return undefined; // no event we can read, no pull request to write to
    }
}
/** Writes the result on the pull request: one comment an image, found again by its mark. A refusal is a warning only. */
async function writeComment(actions, token, repository, body) {
    const { env } = actions;
    const number = pullRequestNumber(env);
    const [owner, repo] = (env.GITHUB_REPOSITORY ?? '').split('/');
    if (!number || !owner || !repo) {
        actions.info('This run belongs to no pull request: no comment.');
        return;
    }
    const mark = `<!-- seatrial-build ${repository} -->`;
    const text = actions.scrub(`${mark}\n${body}`.slice(0, LIMIT));
    try {
        const { getOctokit } = await Promise.all(/* import() */[__webpack_require__.e(752), __webpack_require__.e(413)]).then(__webpack_require__.bind(__webpack_require__, 2413));
        const octokit = getOctokit(token, { baseUrl: env.GITHUB_API_URL || 'https://api.github.com' });
        const where = { owner, repo, issue_number: number };
        let mine;
        for await (const { data } of octokit.paginate.iterator(octokit.rest.issues.listComments, {
            ...where,
            per_page: 100,
        })) {
            mine = data.find((comment) => comment.body?.startsWith(mark))?.id;
            if (mine)
                break;
        }
        if (mine)
            await octokit.rest.issues.updateComment({ owner, repo, comment_id: mine, body: text });
        else
            await octokit.rest.issues.createComment({ ...where, body: text });
    }
    catch (error) {
        const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
        actions.warning(`The comment could not be written (${why}); the job needs the permission pull-requests: write.`);
    }
}

;// CONCATENATED MODULE: ./build/js/lib/markdown.js
/** Text safe inside Markdown prose and table cells: no markup, no HTML, no line break, no mention. */
function escapeMarkdown(text) {
    return text
        .replace(/[\r\n]+/g, ' ')
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replace(/[\\`*_[\]|~#]/g, (mark) => `\\${mark}`)
        .replaceAll('@', '@\u200b');
}
/** Inline code that survives backticks and pipes within. */
function code(text) {
    const clean = text.replace(/[\r\n]+/g, ' ').replaceAll('|', '\\|');
    const fence = clean.includes('`') ? '``' : '`';
    return clean === '' ? '' : `${fence}${fence === '``' ? ' ' : ''}${clean}${fence === '``' ? ' ' : ''}${fence}`;
}
/** A GitHub table; cells are already Markdown. */
function table(head, rows) {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

// EXTERNAL MODULE: ./build/js/lib/units.js
var units = __webpack_require__(6737);
// EXTERNAL MODULE: ./build/js/build/scan/findings.js
var findings = __webpack_require__(777);
;// CONCATENATED MODULE: ./build/js/build/report.js



/** The first sentence: what became of the image. */
function headline(facts, push, error) {
    const what = `${facts.repository}${facts.version ? ` ${facts.version}` : ''}`;
    const count = facts.scan?.verdict.blocking.length ?? 0;
    if (error?.code === 'SCAN_BLOCKED') {
        const fixed = facts.scan?.verdict.blocking.filter(({ fixed }) => fixed).length ?? 0;
        return `**Blocked: ${what} has ${count} finding${count === 1 ? '' : 's'} the gate refuses, ${fixed} with a fix. Nothing was pushed.**`;
    }
    if (error) {
        const state = facts.digest ? 'It was pushed.' : 'Nothing can be deployed from this run.';
        return `**Failed: ${what} stopped at ${error.code}. ${state}**`;
    }
    const scanned = facts.scan ? 'passed the scan' : 'was not scanned';
    return push && facts.digest
        ? `**Pushed: ${what} ${scanned} and is in the registry.**`
        : `**Built: ${what} ${scanned}; ${facts.inEngine ? 'it stays in the engine' : 'nothing is kept of it'} (push: false).**`;
}
/** What to do about a finding, in a few words. */
function mend(found) {
    if (found.kind === 'secret')
        return 'revoke it, and take the file out of the image';
    if (found.kind === 'misconfiguration')
        return 'mend the configuration';
    if (found.kind === 'license')
        return 'replace the package, or allow the licence in the ignore file';
    if (found.fixed)
        return `update ${found.package} to ${found.fixed}`;
    return 'no fix yet: replace it, or state in a VEX document why it does no harm';
}
const report_link = (found) => /^https:\/\/[^\s()<>]+$/.test(found.url) ? `[${escapeMarkdown(found.id)}](${found.url})` : escapeMarkdown(found.id);
function blockingTable(blocking, limit) {
    const rows = blocking
        .slice(0, limit)
        .map((found) => [
        found.severity,
        report_link(found),
        `${code(found.package)}${found.installed ? ` ${escapeMarkdown(found.installed)}` : ''}`,
        found.fixed ? escapeMarkdown(found.fixed) : '–',
        escapeMarkdown(mend(found)),
    ]);
    const rest = blocking.length - rows.length;
    const more = rest > 0 ? `\n\n… and ${rest} more: see the report.` : '';
    return table(['Severity', 'Finding', 'Package', 'Fixed in', 'What to do'], rows) + more;
}
function scanLines({ scan }) {
    if (!scan)
        return ['Not scanned (`scan: false`): what this image holds is not known.'];
    const { counts, fixable, waived } = scan.verdict;
    const passed = [
        waived.unfixed ? `${waived.unfixed} without a fix (ignore-unfixed)` : '',
        waived.baseline ? `${waived.baseline} in the baseline ${scan.baseline ? code(scan.baseline) : ''} already` : '',
        scan.suppressed ? `${scan.suppressed} by ignore file or VEX` : '',
    ].filter(Boolean);
    return [
        table([...findings/* SEVERITIES */.oC, 'fixable'], [[...findings/* SEVERITIES */.oC.map((level) => String(counts[level])), String(fixable)]]),
        '',
        `The gate refuses ${scan.severities.join(', ')}.${passed.length ? ` Let pass: ${passed.join('; ')}.` : ''}`,
        `${scan.scanner}${scan.db ? `; its database is ${scan.db.ageHours} hours old` : ''}.`,
    ];
}
function lintLines(facts) {
    if (facts.lint.length === 0)
        return [];
    const rows = facts.lint.map(({ rule, file, line, why, mend }) => [
        code(rule),
        code(line ? `${file}:${line}` : file),
        escapeMarkdown(why),
        escapeMarkdown(mend),
    ]);
    return ['', '#### Dockerfile', '', table(['Rule', 'Where', 'Why', 'What to do'], rows)];
}
/** The message; what a tool said with it, as it said it. */
function errorLines({ message }) {
    const [first = '', ...said] = message.split('\n');
    const fence = said.some((line) => line.includes('```')) ? '~~~~' : '```';
    return [escapeMarkdown(first), ...(said.length ? ['', fence, ...said, fence] : [])];
}
/** The step summary: verdict first, then what it rests on. */
function summary(facts, push, error, limit = 100) {
    const rows = [
        ['Image', facts.digest ? code(`${facts.repository}@${facts.digest}`) : code(facts.imageId ?? 'not built')],
        ['Tags', facts.pushed.length ? facts.pushed.map(code).join(' ') : facts.digest ? '–' : 'none pushed'],
        ...(facts.platforms.length > 1 ? [['Platforms', facts.platforms.map(code).join(' ')]] : []),
        ['Size', facts.size === undefined ? '–' : (0,units/* formatSize */.Xq)(facts.size)],
        ['Builder', escapeMarkdown(facts.builder ?? '–')],
        ['Time', facts.times.map(([name, ms]) => `${name} ${(0,units/* formatDuration */.a3)(ms)}`).join(', ') || '–'],
    ];
    const refused = facts.scan?.verdict.blocking ?? [];
    return [
        `### ${facts.blocked || error ? '❌' : '✅'} Build`,
        '',
        headline(facts, push, error),
        '',
        ...(error && error.code !== 'SCAN_BLOCKED' ? [...errorLines(error), ''] : []),
        table(['', ''], rows),
        '',
        ...(facts.scan || facts.imageId ? scanLines(facts) : []),
        ...(refused.length ? ['', '#### What stands in the way', '', blockingTable(refused, limit)] : []),
        ...lintLines(facts),
        '',
    ].join('\n');
}

;// CONCATENATED MODULE: ./build/js/build/publish.js


/** Outputs first (a later step may run on failure), then what people read. */
async function publish(inputs, actions, facts, outputs, error) {
    for (const [name, value] of Object.entries(outputs))
        actions.output(name, value);
    actions.summary(summary(facts, inputs.push, error));
    actions.info(headline(facts, inputs.push, error).replaceAll('**', ''));
    if (inputs.comment && inputs['github-token']) {
        await writeComment(actions, inputs['github-token'], facts.repository, summary(facts, inputs.push, error, 20));
    }
}


/***/ })

};
