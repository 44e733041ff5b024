// START HERE: every command, and what becomes of an invocation. One file per noun adds its own.
import { Command } from 'commander'
import { addAdvance } from './advance.ts'
import { addPlanAndApply } from './apply.ts'
import { addAutomation } from './automation.ts'
import { addAwsDeploy } from './aws-deploy.ts'
import { addBlock } from './block.ts'
import { addCompletion } from './completion.ts'
import { addDeploy } from './deploy.ts'
import { addDeployment } from './deployment.ts'
import { addDev } from './dev.ts'
import { addDoctor } from './doctor.ts'
import { type ExitCode, verdictOn } from './errors.ts'
import { addEvent } from './event.ts'
import { addFlowRun } from './flow-run.ts'
import { withExample } from './help.ts'
import { addInit } from './init.ts'
import { addKey } from './key.ts'
import { addListen } from './listen.ts'
import { addMigrate } from './migrate.ts'
import { addProfile } from './profile-commands.ts'
import { addRunAndServe } from './serve.ts'
import { createSession } from './session.ts'
import { addStart } from './start.ts'
import type { Terminal } from './terminal.ts'
import { addVariable } from './variable.ts'
import { addVersion, isVersionAsked } from './version.ts'
import { addWebhook } from './webhook.ts'
import { addWorkPool } from './work-pool.ts'
import { addWorker } from './worker.ts'

/** All of the command line over a terminal; parse it to run it. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('tripline')
    .description(
      'Webhooks, events and triggers that start runs, in your own AWS account or in one local process',
    )
    .option('--profile <name>', 'the profile to use (default: TRIPLINE_PROFILE, or the active one)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'tripline: ')),
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => terminal.stderr.columns ?? 100,
    })
    .showHelpAfterError('(--help shows what there is)')
  const session = createSession(terminal, () => program.opts<{ profile?: string }>().profile)
  withExample(program, 'tripline init hello && cd hello && npm install && npm start')
  addInit(program, session)
  addDev(program, session)
  addStart(program, session)
  addRunAndServe(program, session)
  addWorker(program, session)
  addDeploy(program, session)
  addAwsDeploy(program, session)
  addPlanAndApply(program, session)
  addMigrate(program, session)
  addWebhook(program, session)
  addEvent(program, session)
  addAutomation(program, session)
  addDeployment(program, session)
  addFlowRun(program, session)
  addWorkPool(program, session)
  addBlock(program, session)
  addVariable(program, session)
  addKey(program, session)
  addProfile(program, session)
  addListen(program, session)
  addAdvance(program, session)
  addDoctor(program, session)
  addCompletion(program, session)
  addVersion(program, session)
  return program
}

/** Runs one invocation: `argv` without node and script. Never throws. */
export async function run(argv: string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const words = isVersionAsked(argv) ? ['version'] : argv
    await createProgram(terminal).parseAsync(words, { from: 'user' })
    return 0
  } catch (error) {
    const { text, exitCode } = verdictOn(error)
    if (text !== '') terminal.stderr.write(`${text}\n`)
    return exitCode
  }
}
