// `tripline doctor`: what commonly is in the way, looked at in the order in which things depend on
// one another. Each finding that is bad names its remedy.
import type { Command } from 'commander'
import { ApiError, UnreachableError } from '../sdk/http.ts'
import type { Runtime } from '../sdk/runtime.ts'
import { subscribeAt } from '../sdk/subscribe.ts'
import { CommandError } from './errors.ts'
import { withExample } from './help.ts'
import {
  formatOf,
  type OutputFlags,
  outputOption,
  painter,
  printable,
  printList,
} from './output.ts'
import { findProject, readProject } from './project.ts'
import type { Session } from './session.ts'

interface Finding {
  check: string
  ok: boolean
  finding: string
}

export function addDoctor(program: Command, session: Session): void {
  const { terminal } = session
  const { green, red } = painter(terminal, terminal.stdout)
  /** No table: a remedy is never cut. */
  const lineOf = ({ check, ok, finding }: Finding) =>
    `${ok ? green('✓') : red('✗')}  ${check.padEnd(CHECK_WIDTH)}  ${printable(finding)}\n`
  withExample(
    program
      .command('doctor')
      .description('look for what is in the way: environment, server, sockets, project')
      .addOption(outputOption())
      .action(async (flags: OutputFlags) => {
        const findings = await examine(session)
        if (formatOf(terminal, flags) !== 'table') printList(terminal, flags, findings, [])
        else terminal.stdout.write(findings.map(lineOf).join(''))
        const bad = findings.filter(({ ok }) => !ok).length
        if (bad > 0) throw new CommandError(`${bad} of ${findings.length} checks found a fault`)
      }),
    'tripline doctor',
  )
}

async function examine(session: Session): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [check, examination] of EXAMINATIONS) {
    try {
      const finding = await examination(session)
      if (finding !== null) findings.push({ check, ok: true, finding })
    } catch (error) {
      const { message, fix } = error as CommandError
      findings.push({ check, ok: false, finding: fix ? `${message} ${fix}` : message })
      if (isFoundation(error)) break // the rest would only say so again
    }
  }
  return findings
}

const isFoundation = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof ApiError && error.status === 401)

/** Null: there is nothing to look at. */
type Examination = (session: Session) => Promise<string | null>

const EXAMINATIONS: [check: string, Examination][] = [
  ['Node', async () => process.version],
  ['Profile', async (session) => session.profile().name ?? 'none in use'],
  ['Configuration', async (session) => session.runtime().config.apiUrl],
  ['API', async (session) => `version ${await session.runtime().client.version()}`],
  ['Events', async (session) => examineSocket(session.runtime())],
  ['Webhooks', async (session) => howMany(session.runtime().client.webhooks.filter())],
  ['Automations', async (session) => howMany(session.runtime().client.automations.filter())],
  ['Project', examineProject],
]

const CHECK_WIDTH = Math.max(...EXAMINATIONS.map(([check]) => check.length))

const howMany = async (things: Promise<unknown[]>): Promise<string> =>
  `${(await things).length} there`

/** How long the socket may take to stay open before that is believed. */
const SOCKET_MS = 500

async function examineSocket(runtime: Runtime): Promise<string> {
  const signal = AbortSignal.timeout(SOCKET_MS)
  for await (const _ of subscribeAt(runtime, {}, { signal })) break
  return 'the socket opens'
}

async function examineProject(session: Session): Promise<string | null> {
  const path = findProject(session.terminal.cwd)
  if (path === null) return null
  const project = await readProject(session.terminal, session.runtime().client)
  const { deployments, webhooks, automations } = project
  return `${path}: deployments ${deployments.length}, webhooks ${webhooks.length}, automations ${automations.length}`
}
