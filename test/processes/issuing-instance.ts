/** An instance of the real executable that is to get its certificate from an authority, and what a client sees of it. */
import assert from 'node:assert/strict'
import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { SmtpClient } from '../smtp/client.ts'
import { type Instance, startInstance } from '../support/instance.ts'

export const hostname = 'mail.postern.test'

export interface Authority {
  directory: string
  /** Of its own HTTPS. */
  ca: string
}

export async function startIssuing(
  { directory, ca }: Authority,
  settings: Record<string, string> = {},
): Promise<Instance> {
  const folder = mkdtempSync(join(tmpdir(), 'ca-'))
  const file = join(folder, 'ca.pem')
  writeFileSync(file, ca)
  const instance = await startInstance({
    settings: {
      POSTERN_ACME: directory,
      POSTERN_ACME_CA_FILE: file,
      POSTERN_ACME_EMAIL: 'postmaster@postern.test',
      POSTERN_HOSTNAME: hostname,
      ...settings,
    },
  })
  rmSync(folder, { recursive: true })
  return instance
}

/** A client after STARTTLS, and the certificate it was shown. */
export async function openSession(
  instance: Instance,
): Promise<{ client: SmtpClient; shown: X509Certificate }> {
  const client = await SmtpClient.open(instance.runJson.ports.smtp)
  await client.reply()
  await client.ask('EHLO client.example')
  assert.match((await client.ask('STARTTLS')) ?? '', /^220/)
  await client.startTls()
  const { socket } = client
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return { client, shown: shown ?? assert.fail('no certificate was shown') }
}

export async function certificateOf(instance: Instance): Promise<X509Certificate> {
  const { client, shown } = await openSession(instance)
  client.close()
  return shown
}

/** Free a moment ago; for programs that cannot be told `any`. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
