/**
 * Starts every process in its order, keeps them alive, and stops them in the other order. It holds the root key no
 * longer than it takes to hand it over, and is the only one that is an administrator of the database.
 */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { type Role, roles } from '../config/role.ts'
import type { DatabaseLogin } from '../db/login.ts'
import { migrate } from '../db/migrate.ts'
import {
  type DatabaseRole,
  prepareLogins,
  registerOperator,
  registerTicket,
} from '../db/runtime-logins.ts'
import { findVerifiedKey, type KeyName } from '../db/verified-keys.ts'
import type { Clock } from '../lib/clock.ts'
import { readCaFile } from './ca-file.ts'
import { type Child, type Ending, type Ready, startChild } from './child.ts'
import { type Database, openDatabase, urlFromLogin } from './database.ts'
import { describeInstance, describeProcesses, endingFields } from './describe-instance.ts'
import { doorPorts, hasAnyPort, keptPorts, refuseTakenPorts } from './doors.ts'
import {
  dataFolderOf,
  type HomeFolders,
  makeReachableFolder,
  makeSocketFolder,
  runtimePrefix,
} from './folders.ts'
import type { Report, Route, Scanner } from './handover.ts'
import { identityOf } from './identity.ts'
import { keepAlive } from './keep-alive.ts'
import { KeyDesk } from './key-desk.ts'
import { awaitLeftovers } from './leftovers.ts'
import type { Log } from './log.ts'
import { rotateLogFiles } from './log-files.ts'
import { makeHandover } from './make-handover.ts'
import { listenForOperator, type OperatorLogin } from './operator-socket.ts'
import { readRoutes } from './routes.ts'
import { type DoorPorts, removeRunFile, writeRunFile } from './run-file.ts'
import { readScanners } from './scanners.ts'
import type { Screen } from './screen.ts'
import {
  keepAuthorityKey,
  operatorTokenHash,
  readAuthorityKey,
  readOperatorToken,
} from './secrets.ts'
import { TlsFiles } from './tls-files.ts'

/** Doors first, so that nothing new is taken; vault last, since the others finish with it. */
const stopOrder: readonly Role[] = ['console', 'api', 'smtp', 'jobs', 'deliver', 'inbox', 'vault']
const logCheckMs = 60_000

const source = resolve(import.meta.dirname, '..')
export const realEntries: Record<Role, string> = {
  vault: join(source, 'vault/main.ts'),
  inbox: join(source, 'inbox/main.ts'),
  api: join(source, 'api/main.ts'),
  smtp: join(source, 'smtp/main.ts'),
  console: join(source, 'console/main.ts'),
  deliver: join(source, 'deliver/main.ts'),
  jobs: join(source, 'jobs/main.ts'),
}

export interface SupervisorOptions {
  config: Config
  folders: HomeFolders
  log: Log
  clock: Clock
  screen: Screen
  /** The file each process is started from. */
  entries: Record<Role, string>
  /** The file of the first account's key. */
  keyFile: string
  /**
   * Makes the first account when there is none; called once vault is ready. Returns the secret of a link for its first
   * owner, while it has no member.
   */
  ensureFirstAccount: (login: OperatorLogin & { operatorToken: string }) => Promise<string | null>
}

export interface Started {
  ports: DoorPorts
  keyFile: string
  ownerToken: string | null
}

export class StartAborted extends Error {
  override readonly name = 'StartAborted'
}

export class Supervisor {
  private readonly options: SupervisorOptions
  private readonly stopping = new AbortController()
  private readonly children = new Map<Role, Child>()
  private readonly restarts = new Map<string, number>()
  private readonly refusals = new Map<Role, string>()
  private readonly ports: Record<string, number> = {}
  private readonly runtime: string
  private readonly operatorToken: string
  private readonly keepers: Promise<void>[] = []
  private database: Database | undefined
  /** The administrator on Postern's own database. */
  private admin: DatabaseLogin | undefined
  private logins: Record<DatabaseRole, DatabaseLogin> | undefined
  private routes: Route[] = []
  private scanners: Scanner[] = []
  private acmeCa: string | null = null
  private oidcCa: string | null = null
  private readonly tls: TlsFiles
  private readonly keyDesk: KeyDesk
  private isSealed = false
  private operatorServer: Server | undefined
  private logCheck: NodeJS.Timeout | undefined
  private starting: Promise<Started> | undefined

  constructor(options: SupervisorOptions) {
    this.options = options
    this.runtime = makeReachableFolder(options.config.temporaryFolders, runtimePrefix)
    this.operatorToken = readOperatorToken(options.folders.home)
    this.tls = new TlsFiles(options)
    this.keyDesk = new KeyDesk({
      find: (name) => findVerifiedKey(this.ready(this.admin), name),
      onTrouble: (error) => options.log.warn({ error }, 'public key not looked up'),
    })
  }

  /** Rejects with StartAborted when `stop` is called meanwhile, and with what went wrong otherwise. */
  start(): Promise<Started> {
    this.starting = this.startAll()
    return this.starting
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    clearInterval(this.logCheck)
    this.tls.stop()
    await this.stopChildren()
    // What a step of the start was making at that moment is there by now.
    await this.starting?.catch(() => {})
    await this.stopChildren()
    await this.database?.embedded?.stop()
    await Promise.all(this.keepers)
    this.operatorServer?.close()
    removeRunFile(this.options.folders.home)
    rmSync(this.runtime, { recursive: true, force: true })
  }

  private async startAll(): Promise<Started> {
    const { config, folders, entries, log } = this.options
    rotateLogFiles(folders.log)
    this.logCheck = setInterval(() => rotateLogFiles(folders.log), logCheckMs)
    this.routes = readRoutes(config.settings.routesFile)
    this.scanners = readScanners(config.settings.scannerKeysFile)
    this.acmeCa = readCaFile('POSTERN_ACME_CA_FILE', config.settings.acmeCaFile)
    this.oidcCa = readCaFile('POSTERN_OIDC_CA_FILE', config.settings.oidcCaFile)
    this.tls.start(() => this.orderCertificate())
    await awaitLeftovers(folders.home, entries)
    await refuseTakenPorts(config.settings)
    await this.startDatabase()
    await this.startKept('vault')
    // Before the other doors open, so that the first screen is true when it appears.
    await this.openOperatorSocket()
    const ownerToken = await this.options.ensureFirstAccount({
      ...this.operatorLogin(),
      operatorToken: this.operatorToken,
    })
    // deliver is told where the inbox and the api listen, console where programs go.
    const [api, smtp, inbox] = (['api', 'smtp', 'inbox'] as const).map((role) =>
      this.startKept(role),
    )
    const deliver = Promise.all([inbox, api]).then(() => this.startKept('deliver'))
    const known = hasAnyPort(config.settings) ? Promise.all([api, smtp, inbox]) : Promise.resolve()
    const doors = Promise.all([api, smtp, known.then(() => this.startKept('console'))])
    // An authority that is asked for a certificate calls api back.
    if (config.settings.acme !== null) await doors
    await Promise.all([deliver, doors, this.startKept('jobs')])
    this.refuseIfStopping()
    this.writeRunFile()
    log.info({}, 'started')
    return { ports: doorPorts(this.ports), keyFile: this.options.keyFile, ownerToken }
  }

  private async startDatabase(): Promise<void> {
    const socketFolder = join(this.runtime, 'pg')
    makeSocketFolder(socketFolder, identityOf('postgres'))
    makeSocketFolder(join(this.runtime, 'vault'), identityOf('vault'))
    this.database = await this.openDatabase()
    if (this.database.embedded) this.keepDatabase(this.database.embedded)
    this.refuseIfStopping()
    this.admin = (await migrate(this.database.admin)).database
    this.logins = await prepareLogins(this.admin)
    await registerOperator(this.admin, this.operatorToken)
    this.refuseIfStopping()
  }

  private openDatabase(): Promise<Database> {
    const { config, folders } = this.options
    return openDatabase({
      databaseUrl: config.settings.databaseUrl,
      home: folders.home,
      socketFolder: join(this.runtime, 'pg'),
      copyInto: this.runtime,
    })
  }

  private keepDatabase(embedded: { ended: Promise<void> }): void {
    this.keepers.push(
      keepAlive<{ ended: Promise<unknown> }, unknown>(embedded, {
        ...this.restartRules('postgres'),
        start: async () => {
          this.refuseIfStopping()
          const database = await this.openDatabase()
          this.database = database
          return database.embedded ?? { ended: Promise.resolve() }
        },
      }),
    )
  }

  private async startKept(role: Role): Promise<void> {
    const child = await this.startRole(role)
    this.keepers.push(
      keepAlive<Child, Ending>(child, {
        ...this.restartRules(role),
        start: () => this.startRole(role),
      }),
    )
  }

  private restartRules(name: Role | 'postgres') {
    const { log, screen, clock } = this.options
    return {
      stopping: this.stopping.signal,
      clock,
      onEnded: (ending: unknown, pauseMs: number) => {
        this.restarts.set(name, (this.restarts.get(name) ?? 0) + 1)
        log.error({ process: name, ...endingFields(ending), delayMs: pauseMs }, 'process ended')
        screen.show(`${name} ended unexpectedly; it is started again in ${pauseMs / 1000} s.\n`)
      },
      onFailed: (error: unknown, pauseMs: number) => {
        log.error({ process: name, error, delayMs: pauseMs }, 'process not restarted')
        screen.show(`${name} could not start; the next try is in ${pauseMs / 1000} s.\n`)
      },
      onBack: () => {
        log.info({ process: name }, 'process restarted')
        screen.show(`${name} runs again.\n`)
        this.writeRunFile()
      },
    }
  }

  private async startRole(role: Role): Promise<Child> {
    const { folders, entries } = this.options
    const ticket = randomBytes(32)
    const dataFolder = dataFolderOf(role, folders, this.options.config.settings)
    const handover = await makeHandover({
      role,
      ticket,
      config: this.options.config,
      home: folders.home,
      logins: this.ready(this.logins),
      vaultSocket: this.vaultSocket,
      operatorToken: this.operatorToken,
      ports: keptPorts(this.ports, this.options.config.settings),
      routes: this.routes,
      scanners: this.scanners,
      hasDataFolder: dataFolder !== null,
      tls: this.tls.pair,
      acmeCa: this.acmeCa,
      oidcCa: this.oidcCa,
    })
    await registerTicket(this.ready(this.admin), { role, ticket })
    this.refuseIfStopping()
    // A vault that was killed leaves the file of its socket, which nobody but its folder's owner may remove.
    if (role === 'vault') rmSync(this.vaultSocket, { force: true })
    const child = startChild({
      handover,
      entry: entries[role],
      logFolder: folders.log,
      dataFolder,
      onReport: (report) => this.note(role, report),
    })
    this.children.set(role, child)
    await child.ready.catch((cause) => {
      this.refuseIfStopping()
      const file = join(folders.log, `${role}.log`)
      const reason = this.refusals.get(role)
      const why = reason === undefined ? `; ${file} says why` : `: ${reason}`
      throw new Error(`${role} could not start${why}`, { cause })
    })
    return child
  }

  private note(role: Role, report: Report): void {
    if (report.kind === 'ready') this.noteReady(role, report)
    // It may have been changed while the process started.
    if (report.kind === 'ready' && role === 'smtp') this.orderCertificate()
    if (report.kind === 'refused') {
      this.refusals.set(role, report.reason)
      return
    }
    if (report.kind === 'key_wanted') {
      if (role === 'inbox') void this.answerKey(report.name)
      return
    }
    if (role !== 'vault') return
    this.isSealed = report.kind === 'ready' && report.sealed === true
    if (report.authorityPublicKey === undefined) return
    keepAuthorityKey(this.options.folders.home, report.authorityPublicKey)
  }

  private orderCertificate(): void {
    this.children.get('smtp')?.order({ kind: 'certificate', pair: this.tls.pair })
  }

  private async answerKey(name: KeyName): Promise<void> {
    const order = await this.keyDesk.answer(name)
    this.children.get('inbox')?.order(order)
  }

  private noteReady(role: Role, { ports }: Ready): void {
    for (const [name, port] of Object.entries(ports)) this.ports[`${role}.${name}`] = port
  }

  private async openOperatorSocket(): Promise<void> {
    const logins = this.ready(this.logins)
    this.operatorServer = await listenForOperator(join(this.runtime, 'operator.sock'), {
      tokenHash: operatorTokenHash(this.operatorToken),
      desk: {
        login: () => this.operatorLogin(),
        databaseUrl: (role) =>
          Object.hasOwn(logins, role) ? { url: urlFromLogin(logins[role]) } : undefined,
        status: () => describeProcesses(this.children, this.restarts, this.isSealed),
      },
    })
  }

  private operatorLogin(): OperatorLogin {
    return {
      database: this.ready(this.logins).ops,
      vaultSocket: this.vaultSocket,
      authorityPublicKey: readAuthorityKey(this.options.folders.home),
    }
  }

  private writeRunFile(): void {
    if (this.stopping.signal.aborted || this.children.size < roles.length) return
    const content = describeInstance({
      children: this.children,
      embedded: this.database?.embedded ?? null,
      admin: this.ready(this.admin),
      ports: doorPorts(this.ports),
      sockets: this.runtime,
      keyFile: this.options.keyFile,
    })
    writeRunFile(this.options.folders.home, content)
  }

  private async stopChildren(): Promise<void> {
    for (const role of stopOrder) await this.children.get(role)?.stop()
  }

  private get vaultSocket(): string {
    return join(this.runtime, 'vault', 'vault.sock')
  }

  private refuseIfStopping(): void {
    if (this.stopping.signal.aborted) throw new StartAborted('stopped while starting')
  }

  private ready<Value>(value: Value | undefined): Value {
    if (value === undefined) throw new Error('the database is prepared before any process starts')
    return value
  }
}
