// `npm run quickstart`: a webhook call, an upstream flow, an event from its hook, and two runs that
// the event triggers, one of them delayed; over real HTTP, each part a process of its own. With
// --once it checks what came of it and exits; else it stays up.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect, type Event, type FlowRun } from '../../lib/sdk/index.ts'
import { type Child, startScript, startStack } from './processes.ts'
import { aside, failure, printFeed, printPromises, step } from './terminal.ts'
import { type Facts, judge } from './verdict.ts'

const FOLDER = 'examples/quickstart'
const push = readFileSync(join(import.meta.dirname, 'github-push.json'), 'utf8')
const isOnce = process.argv.includes('--once')

/** Asks until there is an answer; says every now and then what is waited for. */
async function waitFor<T>(what: string, ask: () => Promise<T | null>, seconds = 30): Promise<T> {
  for (let waited = 0; waited < seconds * 1000; waited += 200) {
    const answer = await ask()
    if (answer !== null) return answer
    if (waited % 5000 === 4800) aside(`still waiting for ${what}`)
    await sleep(200)
  }
  throw new Error(`waited ${seconds} s for ${what}, in vain`)
}

async function callWebhook(api: Client, origin: string): Promise<string> {
  const { slug } = await api.webhooks.create({ name: 'github', description: 'Pushes from GitHub' })
  const url = `${origin}/hooks/${slug}`
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': crypto.randomUUID(),
  }
  const answer = await fetch(url, { method: 'POST', headers, body: push })
  if (answer.status !== 204) throw new Error(`the webhook answered ${answer.status}, not 204`)
  return url
}

/** Serves the downstream deployments; resolves when both are there with their triggers. */
async function serveDownstream(api: Client, env: Record<string, string>): Promise<Child> {
  const child = startScript(`${FOLDER}/downstream.ts`, [], env, aside)
  await waitFor('the downstream deployments', async () => {
    if (child.hasEnded()) throw new Error(`downstream.ts has ended:\n${child.output()}`)
    for (const name of ['at-once', 'delayed']) {
      const deployment = await api.deployments.byName('downstream-flow', name)
      if (!deployment) return null
      const automations = await api.automations.relatedTo(`prefect.deployment.${deployment.id}`)
      if (automations.length === 0) return null
    }
    return true
  })
  return child
}

/** Runs the upstream flow to its end; answers what it returned. */
async function runUpstream(env: Record<string, string>): Promise<unknown> {
  let returned: string | undefined
  const child = startScript(`${FOLDER}/upstream.ts`, [], env, (line) => {
    aside(line)
    if (line.startsWith('returned ')) returned = line.slice('returned '.length)
  })
  const code = await child.ended
  if (code !== 0 || returned === undefined) throw new Error(`upstream.ts failed (${code})`)
  return JSON.parse(returned)
}

async function readFeed(api: Client, since: string): Promise<Event[]> {
  const events: Event[] = []
  let page = await api.events.filter({ occurred: { since }, order: 'ASC' })
  for (;;) {
    events.push(...page.events)
    if (page.next === null) return events
    page = await page.next()
  }
}

async function runOf(api: Client, deployment: string): Promise<FlowRun | null> {
  const name = { any_: [deployment] }
  const runs = await api.runs.filter({ deployments: { name }, sort: 'EXPECTED_START_TIME_DESC' })
  return runs[0] ?? null
}

/** The facts as soon as every promise holds, or as they are when patience ends. */
async function gather(api: Client, since: string, returned: unknown): Promise<Facts> {
  const commit = (JSON.parse(push) as { after: string }).after
  const look = async (): Promise<Facts> => ({
    commit,
    returned,
    feed: await readFeed(api, since),
    triggered: await runOf(api, 'at-once'),
    delayed: await runOf(api, 'delayed'),
  })
  try {
    return await waitFor('the triggered runs and their events', async () => {
      const facts = await look()
      return judge(facts).every(({ holds }) => holds) ? facts : null
    })
  } catch {
    return look() // what is missing is shown by the promises
  }
}

async function stayUp(apiUrl: string, hook: string): Promise<void> {
  const origin = apiUrl.replace(/\/api$/, '')
  step(`console  ${origin}/`)
  step(`API      ${apiUrl}`)
  step(`webhook  curl -d '{"hello":"world"}' -H 'content-type: application/json' ${hook}`)
  step('Ctrl-C stops everything')
  const keepAlive = setInterval(() => {}, 60_000)
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
  })
  clearInterval(keepAlive)
}

async function main(): Promise<boolean> {
  const since = new Date(Date.now() - 1000).toISOString()
  step('starting the stack')
  const stack = await startStack()
  let downstream: Child | undefined
  try {
    const env = { TRIPLINE_API_URL: stack.apiUrl }
    const api = connect(stack.apiUrl)
    step('creating a webhook and calling it with a push from GitHub')
    const hook = await callWebhook(api, stack.apiUrl.replace(/\/api$/, ''))
    step('serving the downstream flow: at once, and 3 s after its event')
    downstream = await serveDownstream(api, env)
    step('running the upstream flow')
    const returned = await runUpstream(env)
    step('waiting for what the event sets off')
    const facts = await gather(api, since, returned)
    printFeed(facts.feed)
    const promises = judge(facts)
    printPromises(promises)
    if (!isOnce) await stayUp(stack.apiUrl, hook)
    return promises.every(({ holds }) => holds)
  } finally {
    await downstream?.stop()
    await stack.stop()
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  failure((error as Error).message)
  process.exitCode = 1
}
