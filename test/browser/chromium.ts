// A real Chromium for tests: the one that a package brings along on Linux, else one that is installed. It calls nobody by itself.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** One of the libraries that the packaged browser needs, where distributions put it. */
const LIBRARIES = ['/usr/lib/x86_64-linux-gnu/libnss3.so', '/usr/lib64/libnss3.so']

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts it. Throws, saying what to do, where there is none. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await executable(), args: FLAGS })
}

/** Where it is, unpacked if need be. */
export async function executable(): Promise<string> {
  const { CHROMIUM_BIN: named } = process.env
  if (named) return named
  if (process.platform === 'linux' && process.arch === 'x64') {
    // Told that it is in a Lambda function, it unpacks libraries and fonts that a bare machine lacks, and has the browser use them.
    if (!LIBRARIES.some((path) => existsSync(path))) {
      process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x'
    }
    const { default: packaged } = await import('@sparticuz/chromium')
    return packaged.executablePath()
  }
  const installed = INSTALLED.find((path) => existsSync(path))
  if (installed) return installed
  throw new Error('no Chromium was found; name one by CHROMIUM_BIN')
}
