export const id=859;export const ids=[859];export const modules={859:((e,t,n)=>{n.r(t),n.d(t,{init:()=>D});var r=n(24),i=n(760),a=n(848),o=n(175);let s=[`github`,`gitlab`,`jenkins`,`gitee`],c=e=>(0,r.existsSync)(e)?(0,r.readFileSync)(e,`utf8`):void 0;function l(e){return e.toLowerCase().replace(/^@[^/]+\//,``).replace(/[^a-z0-9]+/g,`-`).replace(/^-+|-+$/g,``).slice(0,30).replace(/-+$/,``)}function u(e){let t=/\[remote "origin"\][^[]*?\burl\s*=\s*(\S+)/.exec(e)?.[1],n=t&&(/^(?:\w+:\/\/)?(?:[^@/]+@)?([^:/]+)(?::\d+\/|[:/])(.+?)(?:\.git)?\/?$/.exec(t)??void 0);return n?{host:n[1],path:n[2].replace(/^\/+/,``)}:void 0}function d(e){return[...e.matchAll(/^\s*EXPOSE\s+(\d+)/gim)].map(e=>Number(e[1])).at(-1)}function f(e){let t=t=>(0,i.join)(e,t),n=e=>e.find(e=>(0,r.existsSync)(t(e))),a=n([`Dockerfile`,`docker/Dockerfile`,`deploy/Dockerfile`]),o=n([`compose.yaml`,`compose.yml`,`docker-compose.yaml`,`docker-compose.yml`]),s=a?c(t(a)):``,f=u(c(t(`.git/config`))??``),p;try{p=JSON.parse(c(t(`package.json`))??`{}`).name}catch{p=void 0}p??=/^module\s+(\S+)/m.exec(c(t(`go.mod`))??``)?.[1]?.split(`/`).at(-1),p??=f?.path.split(`/`).at(-1);let m=(0,r.existsSync)(t(`.github`))?(0,r.readdirSync)(t(`.github`)):[],h=[];return(m.includes(`workflows`)||f?.host===`github.com`)&&h.push(`github`),((0,r.existsSync)(t(`.gitlab-ci.yml`))||f?.host.includes(`gitlab`))&&h.push(`gitlab`),(0,r.existsSync)(t(`Jenkinsfile`))&&h.push(`jenkins`),((0,r.existsSync)(t(`.workflow`))||f?.host===`gitee.com`)&&h.push(`gitee`),{dockerfile:a,composeFile:o,healthcheck:/^\s*HEALTHCHECK\s+(?!NONE)/im.test(s),port:d(s),app:l(p??(0,i.basename)((0,i.resolve)(e)))||`app`,remote:f,ci:h}}function p({remote:e,app:t}){let n=e?.path.toLowerCase();return e?.host===`github.com`?`ghcr.io/${n}`:e?.host.includes(`gitlab`)?`registry.${e.host}/${n}`:`registry.example.com/${n??t}`}let m=e=>/^\d+$/.test(e)&&Number(e)>=1&&Number(e)<=65535?void 0:`"${e}" is not a port.`;function h(e){return[{name:`ci`,words:`Which CI (${s.join(`, `)})`,usual:e.ci[0]??`github`,wrong:e=>s.includes(e)?void 0:`"${e}" is none of ${s.join(`, `)}.`},{name:`app`,words:`Name of the app`,usual:e.app,wrong:e=>/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(e)?void 0:`"${e}" is not a name; use lower-case letters, digits and dashes, at most 30.`},{name:`image`,words:`Repository of the image, without a tag`,usual:p(e),wrong:e=>/^[a-z0-9][a-z0-9._:/-]*[a-z0-9]$/.test(e)?void 0:`"${e}" is not a repository.`},{name:`hosts`,words:`Docker hosts, with commas between them`,usual:`ssh://deploy@shop-1.example.com`,wrong:e=>e.includes(`://`)?void 0:`"${e}" is not a host; write ssh://user@h.`},{name:`port`,words:`Port the app listens on in its container`,usual:String(e.port??8080),wrong:m},{name:`publish`,words:`Port on the host`,usual:`80`,wrong:e=>m(e.replace(/^[\d.]+:/,``))},{name:`health-path`,words:`Path that answers when the app is well`,usual:`/healthz`,wrong:e=>e.startsWith(`/`)?void 0:`It must begin with a slash.`},{name:`locale`,words:`Language of the messages (zh-CN, en)`,usual:`zh-CN`,wrong:e=>[`zh-CN`,`en`].includes(e)?void 0:`"${e}" is neither zh-CN nor en.`}]}async function g(e,t,n){let r={};for(let{name:i,words:a,usual:s,wrong:c}of h(e)){let e=t.get(i),l=e??s;e===void 0&&n&&(l=await n(a,s)||s);let u=c?.(l);if(u)throw new o.CP(`INPUT_INVALID`,`${i}: ${u}`);r[i]=l}let i=r.hosts.split(/[,\n]/).map(e=>e.trim()).filter(Boolean);return{ci:r.ci,app:r.app,image:r.image,hosts:i,port:r.port,publish:r.publish,healthPath:r[`health-path`],locale:r.locale,composeFile:e.dockerfile?void 0:e.composeFile}}var _=n(718);let v=`seatrial/seatrial`,y=e=>/^[A-Za-z0-9/][A-Za-z0-9./:@_-]*$/.test(e)&&!/^\d/.test(e)?e:`'${e.replaceAll(`'`,`''`)}'`;function b({app:e,image:t,hosts:n,port:r,publish:i,healthPath:a}){return[{path:`.github/workflows/ship.yml`,text:`# Ships every push to main: builds, scans, deploys behind the health gate, verifies, and rolls back by itself.
${(e=>`${e}\npermissions:\n  contents: read\n  packages: write # for ghcr.io; harmless elsewhere\n`)(`name: ship
on:
  push:
    branches: [main]`)}jobs:
  ship:
    uses: ${v}/.github/workflows/ship.yml@v${_.xv}
    with:
      app: ${y(e)}
      image: ${y(t)}
      hosts: |
${n.map(e=>`        ${e}`).join(`
`)}
      port: '${r}'
      publish: '${i}'
      health-path: ${y(a)}
    secrets: inherit
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
    uses: ${v}/.github/workflows/rollback.yml@v${_.xv}
    with:
      app: ${y(e)}
      environment: \${{ inputs.environment }}
      hosts: |
${n.map(e=>`        ${e}`).join(`
`)}
      to: \${{ inputs.to }}
      reason: \${{ inputs.reason }}
    secrets: inherit
`}]}function x({app:e,image:t},n){return[{path:n?`seatrial.gitlab-ci.yml`:`.gitlab-ci.yml`,text:`# Ships every push to the default branch; the job "rollback" is the button for 3 am.
# Its runner needs Node 24 with npx, and docker with buildx for the build.
variables:
  # Secrets: set SEATRIAL_SSH_KEY, SEATRIAL_SSH_KNOWN_HOSTS, SEATRIAL_USERNAME, SEATRIAL_PASSWORD (of the registry),
  # and those of your channels, such as SEATRIAL_DINGTALK_WEBHOOK, as masked variables of the project.
  SEATRIAL_VERSION: '${_.xv}'

ship:
  stage: deploy
  image: node:24
  resource_group: seatrial-${e}-production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - npx --yes "seatrial@$SEATRIAL_VERSION" ship --app ${e} --environment production --image ${t} --json > seatrial.json
  artifacts:
    when: always
    paths: [seatrial.json]

rollback:
  stage: deploy
  image: node:24
  resource_group: seatrial-${e}-production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
      allow_failure: true
  script:
    # TO is a release, tag, digest or commit; empty is the last good release.
    - npx --yes "seatrial@$SEATRIAL_VERSION" rollback --app ${e} --environment production \${TO:+--to "$TO"} --reason "\${REASON:-pressed in GitLab}" --json > seatrial.json
  after_script:
    - npx --yes "seatrial@$SEATRIAL_VERSION" notify --event rollback --service ${e} --environment production --deployment "$(node -p "JSON.stringify(JSON.parse(require('fs').readFileSync('seatrial.json', 'utf8')).deployment)")"
`}]}function S({app:e,image:t},n){return[{path:n?`Jenkinsfile.seatrial`:`Jenkinsfile`,text:`// Ships what was checked out; the parameter COMMAND set to rollback is the button for 3 am.
// The agent needs Node 24 with npx, and docker with buildx. Credentials: secret texts and files of these ids.
pipeline {
  agent any
  options { disableConcurrentBuilds(); timestamps() }
  parameters {
    choice(name: 'COMMAND', choices: ['ship', 'rollback'], description: 'What to do')
    string(name: 'TO', defaultValue: '', description: 'Rollback: release, tag, digest or commit; empty is the last good release')
  }
  environment {
    SEATRIAL_SSH_KEY = credentials('seatrial-ssh-key')
    SEATRIAL_SSH_KNOWN_HOSTS = credentials('seatrial-ssh-known-hosts')
    SEATRIAL_DINGTALK_WEBHOOK = credentials('seatrial-dingtalk-webhook')
  }
  stages {
    stage('Ship') {
      when { equals expected: 'ship', actual: params.COMMAND }
      steps {
        sh 'npx --yes seatrial@${_.xv} ship --app ${e} --environment production --image ${t}'
      }
    }
    stage('Roll back') {
      when { equals expected: 'rollback', actual: params.COMMAND }
      steps {
        sh 'npx --yes seatrial@${_.xv} rollback --app ${e} --environment production \${TO:+--to "$TO"} --reason "pressed in Jenkins"'
      }
    }
  }
}
`}]}function C({app:e,image:t}){return[{path:`.workflow/seatrial.yml`,text:`# Gitee Go: ships every push to master. Secrets are variables of the pipeline: SEATRIAL_SSH_KEY and the like.
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
          - npx --yes seatrial@${_.xv} ship --app ${e} --environment production --image ${t}
        notify: []
        strategy:
          retry: '0'
`}]}function w({app:e,image:t,hosts:n,port:r,publish:i,healthPath:a,locale:o,composeFile:s}){let c=n.map(e=>`  - ${y(e)}`).join(`
`);return{path:`seatrial.yml`,text:`# yaml-language-server: $schema=https://raw.githubusercontent.com/${v}/v${_.xv}/seatrial.schema.json
# What Seatrial knows of this app. The keys are the inputs of the actions; an input given in a workflow wins.
app: ${y(e)}
hosts:
${c}
port: ${r}
publish: ${y(i)}
health-path: ${y(a)}
locale: ${o}

build:
  image: ${y(t)}
  # What stops a push: findings of these severities that have a fix.
  severity: HIGH,CRITICAL
  ignore-unfixed: true

deploy:
${s?`  compose-file: ${y(s)}\n  # service: web           # the service users reach, where the file has several\n`:`  # A limit keeps one leak from taking the whole host down.
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
`}}function T(e,t){let n={github:()=>b(e),gitlab:()=>x(e,t(`.gitlab-ci.yml`)),jenkins:()=>S(e,t(`Jenkinsfile`)),gitee:()=>C(e)}[e.ci]();return[w(e),...n]}function E({ci:e,hosts:t,image:n}){let r=e===`github`?``:`SEATRIAL_`,i=e===`github`?`REGISTRY_`:``,a=[];return t.some(e=>e.includes(`ssh://`))&&a.push([`SSH_KEY`,`private key the hosts let in`],[`SSH_KNOWN_HOSTS`,`what ssh-keyscan prints of each host, once you have compared it`]),t.some(e=>e.includes(`tcp://`))&&a.push([`TLS_CA`,`CA of the hosts`],[`TLS_CERT`,`client certificate`],[`TLS_KEY`,`its key`]),e===`github`&&n.startsWith(`ghcr.io/`)||a.push([`${i}USERNAME`,`user of the registry`],[`${i}PASSWORD`,`its password or token`]),a.push([`DINGTALK_WEBHOOK`,`or another channel: WECOM_WEBHOOK, FEISHU_WEBHOOK, SLACK_WEBHOOK …`]),a.map(([e,t])=>[`${r}${e}`,t])}async function D({options:e},{out:t}){let n=(0,i.resolve)(e.get(`folder`)??`.`);if(!(0,r.existsSync)(n))throw new o.CP(`INPUT_INVALID`,`folder: "${n}" is not there; name a checked-out repository.`);let s=f(n);t(`Seen: ${[s.dockerfile,s.composeFile,...s.ci.map(e=>`CI ${e}`)].filter(Boolean).join(`, `)||`nothing that tells more`}`);let c=process.stdin.isTTY&&e.get(`yes`)!==`true`?(0,a.createInterface)(process.stdin,process.stdout):void 0,l=await g(s,e,c&&((e,t)=>c.question(`${e} [${t}]: `))).finally(()=>c?.close()),u=e=>(0,r.existsSync)((0,i.join)(n,e)),d=T(l,u);for(let{path:e,text:a}of d)u(e)?t(`kept     ${e} (it is there already, and was not touched)`):((0,r.mkdirSync)((0,i.dirname)((0,i.join)(n,e)),{recursive:!0}),(0,r.writeFileSync)((0,i.join)(n,e),a,{flag:`wx`}),t(`written  ${e}`));d.some(({path:e})=>e===`seatrial.gitlab-ci.yml`)&&t(`Add to .gitlab-ci.yml:  include: { local: seatrial.gitlab-ci.yml }`),t(``),t(`Secrets to set, by name:`);for(let[e,n]of E(l))t(`  ${e.padEnd(26)} ${n}`);return t(``),s.dockerfile&&!s.healthcheck&&t(`The Dockerfile has no HEALTHCHECK; the gate asks ${l.healthPath} instead. It must answer 200 to 399.`),t(`Then: npx seatrial doctor   (says whether the first deploy can work)`),0}})};