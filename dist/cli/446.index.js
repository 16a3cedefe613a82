export const id=446;export const ids=[446];export const modules={446:((e,t,n)=>{n.r(t),n.d(t,{init:()=>I});var r=n(24),i=n(760),a=n(848),o=n(175);let s=[`github`,`gitlab`,`jenkins`,`gitee`],c=e=>(0,r.existsSync)(e)?(0,r.readFileSync)(e,`utf8`):void 0;function l(e){return e.toLowerCase().replace(/^@[^/]+\//,``).replace(/[^a-z0-9]+/g,`-`).replace(/^-+|-+$/g,``).slice(0,30).replace(/-+$/,``)}function u(e){let t=/\[remote "origin"\][^[]*?\burl\s*=\s*(\S+)/.exec(e)?.[1],n=t&&(/^(?:\w+:\/\/)?(?:[^@/]+@)?([^:/]+)(?::\d+\/|[:/])(.+?)(?:\.git)?\/?$/.exec(t)??void 0);return n?{host:n[1],path:n[2].replace(/^\/+/,``)}:void 0}function d(e){return[...e.matchAll(/^\s*EXPOSE\s+(\d+)/gim)].map(e=>Number(e[1])).at(-1)}function f(e){let t=t=>(0,i.join)(e,t),n=e=>e.find(e=>(0,r.existsSync)(t(e))),a=n([`Dockerfile`,`docker/Dockerfile`,`deploy/Dockerfile`]),o=n([`compose.yaml`,`compose.yml`,`docker-compose.yaml`,`docker-compose.yml`]),s=a?c(t(a)):``,f=u(c(t(`.git/config`))??``),p;try{p=JSON.parse(c(t(`package.json`))??`{}`).name}catch{p=void 0}p??=/^module\s+(\S+)/m.exec(c(t(`go.mod`))??``)?.[1]?.split(`/`).at(-1),p??=f?.path.split(`/`).at(-1);let m=(0,r.existsSync)(t(`.github`))?(0,r.readdirSync)(t(`.github`)):[],h=[];return(m.includes(`workflows`)||f?.host===`github.com`)&&h.push(`github`),((0,r.existsSync)(t(`.gitlab-ci.yml`))||f?.host.includes(`gitlab`))&&h.push(`gitlab`),(0,r.existsSync)(t(`Jenkinsfile`))&&h.push(`jenkins`),((0,r.existsSync)(t(`.workflow`))||f?.host===`gitee.com`)&&h.push(`gitee`),{dockerfile:a,composeFile:o,composeBuilds:o!==void 0&&/^[ \t]+['"]?build['"]?:/m.test(c(t(o))),healthcheck:/^\s*HEALTHCHECK\s+(?!NONE)/im.test(s),port:d(s),app:l(p??(0,i.basename)((0,i.resolve)(e)))||`app`,remote:f,ci:h}}let p=e=>e.dockerfile?void 0:e.composeFile,m=e=>p(e)===void 0||e.composeBuilds;function h({remote:e,app:t}){let n=e?.path.toLowerCase();return e?.host===`github.com`?`ghcr.io/${n}`:e?.host.includes(`gitlab`)?`registry.${e.host}/${n}`:`registry.example.com/${n??t}`}let g=e=>/^\d+$/.test(e)&&Number(e)>=1&&Number(e)<=65535?void 0:`"${e}" is not a port.`,_=e=>t=>t===``?void 0:e(t);function v(e){let t=!m(e),n=t?`; empty is what the compose file says`:``,r=t?_(g):g;return[{name:`ci`,words:`Which CI (${s.join(`, `)})`,usual:e.ci[0]??`github`,wrong:e=>s.includes(e)?void 0:`"${e}" is none of ${s.join(`, `)}.`},{name:`app`,words:`Name of the app`,usual:e.app,wrong:e=>/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(e)?void 0:`"${e}" is not a name; use lower-case letters, digits and dashes, at most 30.`},{name:`image`,words:`Repository of the image, without a tag`,usual:h(e),wrong:e=>/^[a-z0-9][a-z0-9._:/-]*[a-z0-9]$/.test(e)?void 0:`"${e}" is not a repository.`},{name:`hosts`,words:`Docker hosts, with commas between them`,usual:`ssh://deploy@shop-1.example.com`,wrong:e=>e.includes(`://`)?void 0:`"${e}" is not a host; write ssh://user@h.`},{name:`port`,words:`Port the app listens on in its container${n}`,usual:t?``:String(e.port??8080),wrong:r},{name:`publish`,words:`Port on the host${n}`,usual:t?``:`80`,wrong:e=>r(e.replace(/^[\d.]+:/,``))},{name:`health-path`,words:`Path that answers when the app is well`,usual:`/healthz`,wrong:e=>e.startsWith(`/`)?void 0:`It must begin with a slash.`},{name:`locale`,words:`Language of the messages (zh-CN, en)`,usual:`zh-CN`,wrong:e=>[`zh-CN`,`en`].includes(e)?void 0:`"${e}" is neither zh-CN nor en.`}]}async function y(e,t,n){let r={};for(let{name:i,words:a,usual:s,wrong:c}of v(e)){let e=t.get(i),l=e??s;e===void 0&&n&&(l=await n(a,s)||s);let u=c?.(l);if(u)throw new o.CP(`INPUT_INVALID`,`${i}: ${u}`);r[i]=l}let i=r.hosts.split(/[,\n]/).map(e=>e.trim()).filter(Boolean);return{ci:r.ci,app:r.app,image:r.image,hosts:i,port:r.port,publish:r.publish,healthPath:r[`health-path`],locale:r.locale,composeFile:p(e),builds:m(e)}}var b=n(718);let x=e=>e.replaceAll(`-`,`_`).toUpperCase();function S({ci:e,hosts:t,image:n,builds:r}){let i=[],a=e=>t.some(t=>t.includes(`${e}://`));if(a(`ssh`)&&i.push({input:`ssh-key`,words:`private key the hosts let in`,lines:!0},{input:`ssh-known-hosts`,words:`what ssh-keyscan prints of each host, once you have compared it`,lines:!0,open:!0}),a(`tcp`)&&i.push({input:`tls-ca`,words:`CA of the hosts`,lines:!0,open:!0},{input:`tls-cert`,words:`client certificate`,lines:!0,open:!0},{input:`tls-key`,words:`its key`,lines:!0}),a(`kubernetes`)&&i.push({input:`kubeconfig`,words:`text of the kubeconfig`,lines:!0}),!(r&&e===`github`&&n.startsWith(`ghcr.io/`))){let e=r?``:`, where its images are not public`;i.push({input:`username`,words:`user of the registry${e}`,open:!0},{input:`password`,words:`its password or token`})}return i.push({input:`dingtalk-webhook`,words:`or another channel: WECOM_WEBHOOK, FEISHU_WEBHOOK, SLACK_WEBHOOK …`}),i}let C=e=>`seatrial-${e}`;function w(e){return S(e).map(({input:t,words:n,lines:r})=>e.ci===`github`?[`${/^(username|password)$/.test(t)?`REGISTRY_`:``}${x(t)}`,n]:e.ci===`jenkins`?[C(t),`${r?`Secret file`:`Secret text`}: ${n}`]:[`SEATRIAL_${x(t)}`,n])}let T=`seatrial/seatrial`,E=e=>/^[A-Za-z0-9/][A-Za-z0-9./:@_-]*$/.test(e)&&!/^\d/.test(e)?e:`'${e.replaceAll(`'`,`''`)}'`;function D({app:e,image:t,hosts:n,port:r,publish:i,healthPath:a,composeFile:o,builds:s}){let c=[[`image`,s&&E(t)],[`compose-file`,o&&E(o)],[`hosts`,`|\n${n.map(e=>`        ${e}`).join(`
`)}`],[`port`,r&&`'${r}'`],[`publish`,i&&`'${i}'`],[`health-path`,E(a)]].filter(([,e])=>e);return`    uses: ${T}/.github/workflows/${s?`ship`:`deploy`}.yml@v${b.xv}
    with:
      app: ${E(e)}
${c.map(([e,t])=>`      ${e}: ${t}`).join(`
`)}
`}function O(e){let{app:t,hosts:n,builds:r}=e;return[{path:`.github/workflows/ship.yml`,text:`# Ships every push to main: ${r?`builds, scans, deploys`:`deploys what the compose file names`} behind the health gate, verifies, and rolls back by itself.
name: ship
on:
  push:
    branches: [main]
permissions:
  contents: read
${r?`  packages: write # for ghcr.io; harmless elsewhere
`:``}jobs:
  ship:
${D(e)}    secrets: inherit
`},{path:`.github/workflows/rollback.yml`,text:`# The button for 3 am: Actions → rollback → Run workflow. Empty fields mean the last good release.
name: rollback
on:
  workflow_dispatch:
    inputs:
      environment: { description: Where, type: environment, default: production }
      to: { description: 'Release, tag, digest or commit', type: string, default: '' }
      reason: { description: Why, type: string, default: '' }
permissions:
  contents: read
jobs:
  rollback:
    uses: ${T}/.github/workflows/rollback.yml@v${b.xv}
    with:
      app: ${E(t)}
      environment: \${{ inputs.environment }}
      hosts: |
${n.map(e=>`        ${e}`).join(`
`)}
      to: \${{ inputs.to }}
      reason: \${{ inputs.reason }}
    secrets: inherit
`}]}let k=({image:e,composeFile:t,builds:n})=>n?`--image ${e}`:`--compose-file ${t}`;function A(e,t){let{app:n,builds:r}=e;return[{path:t?`seatrial.gitlab-ci.yml`:`.gitlab-ci.yml`,text:`# Ships every push to the default branch; the job "rollback" is the button for 3 am.
# Its runner needs Node 24 with npx, and docker with ${r?`buildx for the build`:`compose`}.
variables:
  # Secrets: set SEATRIAL_SSH_KEY, SEATRIAL_SSH_KNOWN_HOSTS, SEATRIAL_USERNAME, SEATRIAL_PASSWORD (of the registry),
  # and those of your channels, such as SEATRIAL_DINGTALK_WEBHOOK, as masked variables of the project.
  SEATRIAL_VERSION: '${b.xv}'

ship:
  stage: deploy
  image: node:24
  resource_group: seatrial-${n}-production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - npx --yes "seatrial@$SEATRIAL_VERSION" ship --app ${n} --environment production ${k(e)} --json > seatrial.json
  artifacts:
    when: always
    paths: [seatrial.json]

rollback:
  stage: deploy
  image: node:24
  resource_group: seatrial-${n}-production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
      allow_failure: true
  script:
    # TO is a release, tag, digest or commit; empty is the last good release.
    - npx --yes "seatrial@$SEATRIAL_VERSION" rollback --app ${n} --environment production \${TO:+--to "$TO"} --reason "\${REASON:-pressed in GitLab}" --json > seatrial.json
  after_script:
    # Whatever happened, the channels are told: by the job's status, and by what the rollback wrote if it came that far.
    - |
      facts="$(node -e '
        let wrote = {};
        try { wrote = JSON.parse(require("fs").readFileSync("seatrial.json", "utf8")); } catch {}
        const { CI_JOB_STATUS: status, REASON: reason } = process.env;
        const result = { success: "success", canceled: "cancelled" }[status] || "failure";
        const outputs = { state: wrote.state, "rolled-back": wrote["rolled-back"] };
        console.log(JSON.stringify({ rollback: { result, outputs } }));
        console.log(wrote.deployment ? JSON.stringify(wrote.deployment) : "");
        console.log(wrote["error-code"] || reason || "");
      ')"
      fact() { printf '%s\\n' "$facts" | sed -n "$1p"; }
    - npx --yes "seatrial@$SEATRIAL_VERSION" notify --event rollback --service ${n} --environment production --needs="$(fact 1)" --deployment="$(fact 2)" --reason="$(fact 3)"
`}]}function j(e,t){let{app:n}=e,r=S(e),i=(e,t)=>t?`${x(e)}_FILE`:`SEATRIAL_${x(e)}`,a=r.map(({input:e,lines:t})=>`    ${i(e,t)} = credentials('${C(e)}')`),o=r.filter(({lines:e})=>e).map(({input:e,open:t})=>t?` --${e} "$(cat "$${i(e,!0)}")"`:` --${e}-file "$${i(e,!0)}"`).join(``),s=`npx --yes seatrial@${b.xv}`;return[{path:t?`Jenkinsfile.seatrial`:`Jenkinsfile`,text:`// Ships what was checked out; the parameter COMMAND set to rollback is the button for 3 am.
// The agent needs Node 24 with npx, and docker with buildx. Credentials, by id:
${w(e).map(([e,t])=>`//   ${e.padEnd(26)} ${t}`).join(`
`)}
pipeline {
  agent any
  options { disableConcurrentBuilds(); timestamps() }
  parameters {
    choice(name: 'COMMAND', choices: ['ship', 'rollback'], description: 'What to do')
    string(name: 'TO', defaultValue: '', description: 'Rollback: release, tag, digest or commit; empty is the last good release')
    string(name: 'REASON', defaultValue: '', description: 'Rollback: why')
  }
  environment {
${a.join(`
`)}
  }
  stages {
    stage('Ship') {
      when { equals expected: 'ship', actual: params.COMMAND }
      steps {
        sh '''
          ${s} ship --app ${n} --environment production ${k(e)}${o}
        '''
      }
    }
    stage('Roll back') {
      when { equals expected: 'rollback', actual: params.COMMAND }
      steps {
        sh '''
          status=0
          REASON="\${REASON:-pressed in Jenkins}"
          ${s} rollback --app ${n} --environment production \${TO:+--to "$TO"} --reason "$REASON"${o} --json > seatrial.json || status=$?
          # Whatever came of it, the channels are told.
          fact() { node -e 'let out = {}; try { out = JSON.parse(require("fs").readFileSync("seatrial.json", "utf8")); } catch {} const value = out[process.argv[1]] || ""; console.log(typeof value === "string" ? value : JSON.stringify(value));' "$1"; }
          result=$([ $status = 0 ] && echo success || echo failure)
          needs=$(printf '{"rollback":{"result":"%s","outputs":{"state":"%s","rolled-back":"%s"}}}' $result "$(fact state)" "$(fact rolled-back)")
          why="$(fact error-code)"
          ${s} notify --service ${n} --environment production --needs="$needs" --deployment="$(fact deployment)" --reason="\${why:-$REASON}"
          exit $status
        '''
      }
    }
  }
}
`}]}function M(e){let{app:t}=e,n=`npx --yes seatrial@${b.xv}`;return[{path:`.workflow/seatrial.yml`,text:`# Gitee Go: ships every push to master. Variables of the pipeline, the secret ones masked:
${w(e).map(([e,t])=>`#   ${e.padEnd(26)} ${t}`).join(`
`)}
# It has no job for a rollback. From any machine that reaches the hosts, with the same variables set:
#   ${n} rollback --app ${t} --environment production --reason "orders fail"
version: '1.0'
name: seatrial
displayName: Seatrial
triggers:
  trigger: auto
  push:
    branches:
      prefix:
        - master
stages:
  - name: ship
    displayName: Ship
    strategy: naturally
    trigger: auto
    steps:
      - step: build@nodejs
        name: ship
        displayName: Ship
        nodeVersion: 24
        commands:
          - ${n} ship --app ${t} --environment production ${k(e)}
        notify: []
        strategy:
          retry: '0'
`}]}function N(e){let{app:t,image:n,hosts:r,port:i,publish:a,healthPath:o,locale:s,composeFile:c,builds:l}=e,u=r.map(e=>`  - ${E(e)}`).join(`
`),d=[i&&`port: ${i}\n`,a&&`publish: ${E(a)}\n`].filter(Boolean).join(``),f=`
build:
  image: ${E(n)}
${c?`  # context: web           # the folder whose Dockerfile makes the image of that service
`:``}  # What stops a push: findings of these severities that have a fix.
  severity: HIGH,CRITICAL
  ignore-unfixed: true
`;return{path:`seatrial.yml`,text:`# yaml-language-server: $schema=https://raw.githubusercontent.com/${T}/v${b.xv}/seatrial.schema.json
# What Seatrial knows of this app. The keys are the inputs of the actions; an input given in a workflow wins.
app: ${E(t)}
hosts:
${u}
${d||`# The port is the one the compose file publishes.
`}health-path: ${E(o)}
locale: ${s}
${l?f:``}
deploy:
${c?`  compose-file: ${E(c)}\n  # service: web           # the service users reach, where the file has several\n`:`  # A limit keeps one leak from taking the whole host down.
  memory: 512m
`}  # strategy: canary        # blue-green when left out: all traffic at once, the old release kept warm
  # pre-deploy: npm run migrate

verify:
  thresholds:
    - error-rate <= 1%
    - p99 <= 500ms

# Other environments say only what differs.
# environments:
#   staging:
#     hosts: [ssh://deploy@staging.example.com]
`}}function P(e,t){let n={github:()=>O(e),gitlab:()=>A(e,t(`.gitlab-ci.yml`)),jenkins:()=>j(e,t(`Jenkinsfile`)),gitee:()=>M(e)}[e.ci]();return[N(e),...n]}function F({composeFile:e,builds:t,healthPath:n}){if(!e)return[];let r=`The gate asks ${n} of the service with the traffic: it must answer 200 to 399.`;return t?[`${e} builds an image itself, which must be pushed before a host can run it. In seatrial.yml say which: under build, context: the folder of its Dockerfile; under deploy, service: its name there. Until then the pipeline fails at the build.`,r]:[r]}async function I({options:e},{out:t}){let n=(0,i.resolve)(e.get(`folder`)??`.`);if(!(0,r.existsSync)(n))throw new o.CP(`INPUT_INVALID`,`folder: "${n}" is not there; name a checked-out repository.`);let s=f(n);t(`Seen: ${[s.dockerfile,s.composeFile,...s.ci.map(e=>`CI ${e}`)].filter(Boolean).join(`, `)||`nothing that tells more`}`);let c=process.stdin.isTTY&&e.get(`yes`)!==`true`?(0,a.createInterface)(process.stdin,process.stdout):void 0,l=await y(s,e,c&&((e,t)=>c.question(`${e} [${t}]: `))).finally(()=>c?.close()),u=e=>(0,r.existsSync)((0,i.join)(n,e)),d=P(l,u);for(let{path:e,text:a}of d)u(e)?t(`kept     ${e} (it is there already, and was not touched)`):((0,r.mkdirSync)((0,i.dirname)((0,i.join)(n,e)),{recursive:!0}),(0,r.writeFileSync)((0,i.join)(n,e),a,{flag:`wx`}),t(`written  ${e}`));d.some(({path:e})=>e===`seatrial.gitlab-ci.yml`)&&t(`Add to .gitlab-ci.yml:  include: { local: seatrial.gitlab-ci.yml }`),t(``),t(`Secrets to set, by name:`);for(let[e,n]of w(l))t(`  ${e.padEnd(26)} ${n}`);t(``);for(let e of F(l))t(e);return s.dockerfile&&!s.healthcheck&&t(`The Dockerfile has no HEALTHCHECK; the gate asks ${l.healthPath} instead. It must answer 200 to 399.`),t(`Then: npx seatrial doctor   (says whether the first deploy can work)`),0}})};