/** The certificate of the doors: as the supervisor orders it, and as an authority issues it when the settings name one. */
import type { SecureContext } from 'node:tls'
import type { Settings } from '../config/settings.ts'
import type { KeyPair } from '../lib/certificate.ts'
import type { ProcessDeps } from '../process/run.ts'
import { Certificate } from './certificate.ts'
import { IssuedCertificate } from './issued-certificate.ts'

export interface KeepCertificateDeps
  extends Pick<ProcessDeps<'smtp'>, 'sql' | 'clock' | 'log' | 'onOrder'> {
  settings: Pick<Settings, 'hostname' | 'acme'>
  ticket: Buffer
}

export interface KeptCertificate {
  context(): SecureContext
  stop(): Promise<void>
}

export function keepCertificate(
  pair: KeyPair,
  { settings, onOrder, ...deps }: KeepCertificateDeps,
): KeptCertificate {
  const { hostname, acme: directory } = settings
  const certificate = new Certificate(pair)
  const wanted = { ...deps, hostname, certificate }
  const issued = directory === null ? null : new IssuedCertificate({ ...wanted, directory })
  onOrder((order) => {
    if (order.kind !== 'certificate') return
    certificate.use(order.pair)
    issued?.look()
  })
  issued?.start()
  return {
    context: () => certificate.context,
    stop: async () => issued?.stop(),
  }
}
