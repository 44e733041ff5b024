// Run by emulator.test.ts as a process of its own, to be killed: starts an emulator on a directory and tells where it is.
import { openDataDir } from '../../lib/local/data-dir.ts'
import { startEmulator } from '../../lib/local/emulator.ts'
import { silent } from './database.ts'

const emulator = await startEmulator(openDataDir(process.argv[2] as string), silent)
process.stdout.write(`${JSON.stringify({ endpoint: emulator.endpoint, pid: emulator.pid })}\n`)
setInterval(() => {}, 1_000)
