/**
 * Written by `npm run db:types` from a migrated database; change the migrations instead. `…Table` is a row of a table,
 * its texts a union where a check constraint lists them. `…Row` is what a function answers: PostgreSQL does not know
 * which of its columns may be null, nor which texts they hold, so the query that calls it says so.
 */

export interface AccountKeysTable {
  lane: number
  accountId: string
  version: number
  publicKey: Buffer
  wrapped: Buffer
  createdAt: Date
}

export interface AccountStatesTable {
  lane: number
  accountId: string
  version: number
  state: 'active' | 'blocked' | 'suspended' | 'closing' | 'closed'
  reason: string | null
  requestsPerSecond: number
  dailyQuota: number | null
  domainsMax: number
  keysMax: number
  previous: Buffer | null
  signature: Buffer
  options: unknown
  parentId: string | null
}

export interface AccountsTable {
  lane: number
  id: string
  profileSealed: Buffer
  createdAt: Date
  logBodies: boolean
  labelSealed: Buffer | null
}

export interface AttachmentsTable {
  lane: number
  accountId: string
  messageId: string
  id: string
  position: number
  state: 'stored' | 'waiting' | 'failed'
  sizeBytes: number
  descriptionSealed: Buffer
  contentSealed: Buffer | null
  attempts: number
  dueAt: Date
  failure: string | null
}

export interface AttemptsTable {
  lane: number
  accountId: string
  messageId: string
  n: number
  number: number
  at: Date
  outcome: 'delivered' | 'deferred' | 'bounced' | 'unreachable'
  host: string
  tls: string | null
  selector: string | null
  replyCode: number | null
  enhancedCode: string | null
  durationMs: number
  conversationSealed: Buffer | null
}

export interface AuthorityHistoryTable {
  lane: number
  accountId: string
  kind:
    | 'account_state'
    | 'credential'
    | 'domain_state'
    | 'user'
    | 'factor'
    | 'member'
    | 'one_time_link'
    | 'epoch'
  objectId: string
  version: number
  columns: unknown
  signature: Buffer
  createdAt: Date
}

export interface CheckpointsTable {
  treeSize: string
  at: Date
  root: Buffer
  frontier: Buffer
  signature: Buffer
}

export interface ContentDiscardsTable {
  lane: number
  accountId: string
  messageId: string
  dueAt: Date
}

export interface ContentsTable {
  lane: number
  accountId: string
  messageId: string
  contentSealed: Buffer
}

export interface CredentialHoursTable {
  lane: number
  accountId: string
  credentialId: string
  hour: Date
  messages: number
}

export interface CredentialUsesTable {
  lane: number
  accountId: string
  credentialId: string
  lastUsedAt: Date
  clientSealed: Buffer | null
}

export interface CredentialsTable {
  lane: number
  accountId: string
  id: string
  version: number
  h2: Buffer
  permission: 'full_access' | 'sending_access'
  domainId: string | null
  createdAt: Date
  expiresAt: Date | null
  revokedAt: Date | null
  nameSealed: Buffer
  previous: Buffer | null
  signature: Buffer
  options: unknown
  userId: string | null
}

export interface DailyUsageTable {
  lane: number
  accountId: string
  day: Date
  messages: number
}

export interface DeliveriesTable {
  lane: number
  accountId: string
  messageId: string
  n: number
  destination: Buffer
  recipientIndex: Buffer
  stream: string
  state: 'queued' | 'attempting' | 'delivered' | 'bounced' | 'expired' | 'suppressed' | 'cancelled'
  ready: boolean
  dueAt: Date
  fence: number
  attempts: number
  holds: string[] | null
  unsubscribeH2: Buffer | null
}

export interface DomainClaimsTable {
  lane: number
  accountId: string
  id: string
  domainId: string
  name: string
  recordValue: string
  status:
    | 'pending'
    | 'verified'
    | 'completed'
    | 'blocked'
    | 'expired'
    | 'superseded'
    | 'canceled'
    | 'failed'
  blockedReason: string | null
  failureReason: string | null
  checkRequested: boolean
  checkedAt: Date | null
  createdAt: Date
  expiresAt: Date
}

export interface DomainStatesTable {
  lane: number
  accountId: string
  domainId: string
  version: number
  name: string
  status:
    | 'not_started'
    | 'pending'
    | 'verified'
    | 'failed'
    | 'partially_verified'
    | 'partially_failed'
    | 'deleted'
  returnPathReady: boolean
  activeSelector: string
  standbySelector: string
  previous: Buffer | null
  signature: Buffer
  options: unknown
}

export interface DomainsTable {
  lane: number
  accountId: string
  id: string
  name: string
  region: string
  returnPath: string
  createdAt: Date
  checkRequested: boolean
  checkedAt: Date | null
  recordsFound: unknown
  tls: 'opportunistic' | 'enforced'
  nextCheckAt: Date | null
  lastUsedAt: Date | null
}

export interface EpochsTable {
  lane: number
  accountId: string
  version: number
  sessionsNotBefore: Date
  columns: unknown
  previous: Buffer | null
  signature: Buffer
}

export interface ErasuresTable {
  lane: number
  accountId: string
  id: string
  columns: unknown
  signature: Buffer
  state: 'running' | 'done'
  walkFrom: string
  againFrom: string | null
  messages: number
  cancelled: number
  createdAt: Date
  dueAt: Date
  finishedAt: Date | null
}

export interface EventsTable {
  id: string
  lane: number
  accountId: string
  messageId: string
  n: number | null
  kind:
    | 'accepted'
    | 'scheduled'
    | 'rescheduled'
    | 'held'
    | 'released'
    | 'requeued'
    | 'delivered'
    | 'deferred'
    | 'bounced'
    | 'expired'
    | 'suppressed'
    | 'cancelled'
    | 'complained'
    | 'attachment_failed'
    | 'unsubscribed'
    | 'resubscribed'
  at: Date
}

export interface FactorStepsTable {
  factorId: string
  step: string
  usedAt: Date
}

export interface FactorsTable {
  lane: number
  userId: string
  id: string
  version: number
  credentialHash: Buffer | null
  isLive: boolean
  columnsWrapped: unknown
  nameSealed: Buffer
  previous: Buffer | null
  signature: Buffer
}

export interface IdempotencyKeysTable {
  lane: number
  accountId: string
  keyHash: Buffer
  requestHash: Buffer
  messageIds: string[]
  createdAt: Date
}

export interface IdleKeysTable {
  lane: number
  accountId: string
  credentialId: string
  toldAt: Date
}

export interface LedgerTable {
  id: string
  at: Date
  process: string
  actorKind: 'process' | 'credential' | 'operator' | 'link'
  actorId: string
  lane: number | null
  accountId: string | null
  action: string
  objectKind: string
  objectId: string | null
  objectVersion: number | null
  objectCount: number
  objectsHash: Buffer
  position: string | null
}

export interface LedgerNodesTable {
  level: number
  place: string
  hash: Buffer
}

export interface LinksTable {
  lane: number
  accountId: string
  id: string
  h2: Buffer
  target: 'message' | 'attachment'
  messageId: string
  attachmentId: string | null
  credentialId: string
  createdAt: Date
  expiresAt: Date
  revokedAt: Date | null
  signature: Buffer
}

export interface MembersTable {
  lane: number
  accountId: string
  id: string
  version: number
  userId: string
  role: 'owner' | 'admin' | 'developer' | 'marketer' | 'analyst' | 'billing' | 'custom'
  isLive: boolean
  notBefore: Date
  columns: unknown
  previous: Buffer | null
  signature: Buffer
}

export interface MessagesTable {
  lane: number
  accountId: string
  id: string
  credentialId: string
  stream: 'urgent' | 'transactional' | 'bulk'
  createdAt: Date
  expiresAt: Date
  sizeBytes: number
  recipients: number
  keyVersion: number
  sessionPublic: Buffer
  envelopeSealed: Buffer
  scheduledAt: Date | null
  tagIndexes: Buffer[] | null
  domainId: string | null
}

export interface NoticesTable {
  id: string
  userId: string
  accountId: string | null
  kind: string
  createdAt: Date
  dueAt: Date
  sentAt: Date | null
  objectId: string | null
  profileSealed: Buffer | null
}

export interface OidcSignInsTable {
  id: string
  stateHash: Buffer
  browserHash: Buffer
  status: 'begun' | 'returned' | 'claimed' | 'proved' | 'failed'
  beganAt: Date
  browserKey: string | null
  code: string | null
  verifier: string | null
  seed: string | null
  issuer: string | null
  failureCode: string | null
}

export interface OneTimeLinksTable {
  lane: number
  accountId: string
  id: string
  version: number
  h2: Buffer
  purpose: 'first_owner' | 'invitation' | 'sign_up' | 'reset_password' | 'change_address'
  expiresAt: Date
  isLive: boolean
  columns: unknown
  addressSealed: Buffer
  previous: Buffer | null
  signature: Buffer
}

export interface OutsiderAttemptsTable {
  lane: number
  accountId: string
  id: string
  door: 'console' | 'api' | 'smtp'
  credentialId: string | null
  userId: string | null
  at: Date
  clientSealed: Buffer
}

export interface RequestLogTable {
  lane: number
  accountId: string
  id: string
  at: Date
  credentialId: string
  method: string
  route: string
  status: number
  durationMs: number
  clientSealed: Buffer
  bodiesSealed: Buffer | null
}

export interface SigningKeysTable {
  lane: number
  accountId: string
  domainId: string
  selector: string
  publicKey: Buffer
  wrapped: Buffer
  createdAt: Date
  algorithm: 'rsa' | 'ed25519'
}

export interface StatisticsHoursTable {
  lane: number
  accountId: string
  hour: Date
  stream: string
  domainId: string
  provider: string
  messages: string
  recipients: string
  tried: string
  delivered: string
  bounced: string
  deferred: string
  expired: string
  failed: string
  suppressed: string
  cancelled: string
  complained: string
  times: string[]
  unsubscribed: string
}

export interface SuppressionsTable {
  lane: number
  accountId: string
  recipientIndex: Buffer
  reason: 'bounce' | 'complaint' | 'manual' | 'unsubscribe'
  messageId: string | null
  addressSealed: Buffer | null
  createdAt: Date
  id: string
  scope: 'all' | 'bulk'
}

export interface UsageDaysTable {
  lane: number
  accountId: string
  day: Date
  messages: string
  recipients: string
}

export interface UserIdentitiesTable {
  subject: Buffer
  userId: string
}

export interface UsersTable {
  lane: number
  id: string
  version: number
  emailIndex: Buffer
  notBefore: Date
  columns: unknown
  profileSealed: Buffer
  previous: Buffer | null
  signature: Buffer
  factorsResetAt: Date | null
}

export interface AuthorityKeysTable {
  version: number
  publicKey: Buffer
  wrapped: Buffer
  createdAt: Date
}

export interface CertificatesTable {
  hostname: string
  directory: string
  keyHash: Buffer
  request: string
  requestedAt: Date
  chain: string | null
  validFrom: Date | null
  validUntil: Date | null
  dueAt: Date
  failures: number
  failureCode: string | null
  failedAt: Date | null
}

export interface ChallengesTable {
  token: string
  keyAuthorisation: string
  expiresAt: Date
}

export interface MailHostsTable {
  host: string
  provider: string
  namedAt: Date
}

export interface MigrationsTable {
  name: string
  appliedAt: Date
}

export interface OidcProviderTable {
  issuer: string
  endpoint: string | null
  redirectKnown: boolean | null
  failureCode: string | null
  checkedAt: Date
}

export interface OperatorsTable {
  tokenHash: Buffer
  createdAt: Date
}

export interface ProcessesTable {
  role: string
  instance: number
  ticketHash: Buffer
  laneFirst: number
  laneLast: number
  startedAt: Date
}

export interface WatermarksTable {
  name: string
  at: Date
}

export interface AcceptMessagesRow {
  request: number
  outcome: string
  messageIds: string[]
}

export interface AddSuppressionsRow {
  ordinal: number
  id: string
}

export interface AuditCheckpointRow {
  accountId: string
  treeSize: string
  at: Date
  root: Buffer
  signature: Buffer
}

export interface AuditLineRow {
  position: string
  line: string
  treeSize: string
  at: Date
  root: Buffer
  signature: Buffer
}

export interface BeginAuditExportRow {
  begun: boolean
}

export interface BeginOidcSignInRow {
  outcome: string
}

export interface CancelMessageRow {
  outcome: string
}

export interface ChangeDomainRow {
  outcome: string
}

export interface ChangeSubaccountRow {
  outcome: string
}

export interface CheckpointAtRow {
  root: Buffer
}

export interface ClaimAttachmentsRow {
  accountId: string
  messageId: string
  id: string
  attempts: number
  descriptionSealed: Buffer
  room: number
}

export interface ClaimDeliveriesRow {
  lane: number
  accountId: string
  messageId: string
  n: number
  fence: number
  attempts: number
  stream: string
  destination: Buffer
  createdAt: Date
  expiresAt: Date
  sizeBytes: number
  envelopeSealed: Buffer
  contentSealed: Buffer
}

export interface ClaimErasuresRow {
  accountId: string
  id: string
  erasure: unknown
}

export interface ClaimNoticesRow {
  id: string
  userId: string
  accountId: string
  kind: string
  objectId: string
  profileSealed: Buffer
  accountSealed: Buffer
  createdAt: Date
}

export interface ClaimOidcSignInsRow {
  id: string
  browserKey: string
  code: string
  verifier: string
  seed: string
  issuer: string
}

export interface ClaimedAttachmentsRow {
  id: string
  descriptionSealed: Buffer
  contentSealed: Buffer
}

export interface ClaimedContentRow {
  contentSealed: Buffer
}

export interface CountPersonRow {
  messages: number
  waiting: number
  isWhole: boolean
  isSuppressed: boolean
  running: number
}

export interface CountStatisticsRow {
  more: boolean
  unnamedHosts: string[]
}

export interface CountUsageRow {
  more: boolean
}

export interface CredentialUsageRow {
  lastUsedAt: Date
  requestsSince: Date
  requests: unknown
  messagesSince: Date
  messages: unknown
}

export interface DeleteDomainRow {
  outcome: string
}

export interface DiscardContentsRow {
  looked: number
  discarded: number
}

export interface DropOldPartitionsRow {
  dropped: number
}

export interface EraseStepRow {
  more: boolean
}

export interface ExportAccountRow {
  id: string
  createdAt: Date
  profileSealed: Buffer
  logBodies: boolean
  state: unknown
}

export interface ExportAttachmentsRow {
  id: string
  contentSealed: Buffer
}

export interface ExportAuditRow {
  id: string
  position: string
  line: string
}

export interface ExportContentsRow {
  messageId: string
  contentSealed: Buffer
}

export interface ExportCredentialsRow {
  id: string
  nameSealed: Buffer
  permission: string
  domainId: string
  createdAt: Date
  expiresAt: Date
  revokedAt: Date
  options: unknown
  lastUsedAt: Date
}

export interface ExportDomainsRow {
  id: string
  name: string
  region: string
  tls: string
  createdAt: Date
  checkedAt: Date
  lastUsedAt: Date
  state: unknown
  signingKeys: unknown
  claims: unknown
}

export interface ExportInvitationsRow {
  id: string
  link: unknown
  addressSealed: Buffer
}

export interface ExportMembersRow {
  id: string
  userId: string
  member: unknown
  profileSealed: Buffer
}

export interface ExportMessagesRow {
  id: string
  accountId: string
  credentialId: string
  domainId: string
  createdAt: Date
  expiresAt: Date
  scheduledAt: Date
  stream: string
  sizeBytes: number
  envelopeSealed: Buffer
  hasContent: boolean
  recipientIndexes: Buffer[]
  deliveries: unknown
  events: unknown
  attachments: unknown
  walkedTo: string
}

export interface ExportOutsidersRow {
  id: string
  door: string
  credentialId: string
  userId: string
  at: Date
  clientSealed: Buffer
}

export interface ExportRequestsRow {
  id: string
  at: Date
  credentialId: string
  method: string
  route: string
  status: number
  durationMs: number
  clientSealed: Buffer
  bodiesSealed: Buffer
}

export interface ExportSuppressionsRow {
  id: string
  scope: string
  reason: string
  messageId: string
  recipientIndex: Buffer
  addressSealed: Buffer
  createdAt: Date
}

export interface ExportUsageRow {
  day: string
  messages: string
  recipients: string
}

export interface FillLedgerNodesRow {
  filled: number
}

export interface FindAccountProfileRow {
  accountId: string
  profileSealed: Buffer
  createdAt: Date
  state: unknown
}

export interface FindAddressChangeRow {
  id: string
  link: unknown
  addressSealed: Buffer
}

export interface FindAttachmentRow {
  accountId: string
  id: string
  sizeBytes: number
  descriptionSealed: Buffer
  contentSealed: Buffer
}

export interface FindChallengeRow {
  keyAuthorisation: string
}

export interface FindClaimHolderRow {
  accountId: string
  domainId: string
  obstacle: string
}

export interface FindContentRow {
  contentSealed: Buffer
}

export interface FindCredentialRow {
  accountId: string
  credential: unknown
  nameSealed: Buffer
  lastUsedAt: Date
  clientSealed: Buffer
  retiresAt: Date
}

export interface FindDeliveryTimesRow {
  period: number
  provider: string
  fromMs: string
  upToMs: string
  deliveries: string
}

export interface FindDomainRow {
  domain: unknown
}

export interface FindDomainClaimRow {
  claim: unknown
}

export interface FindDomainNamedRow {
  domain: unknown
}

export interface FindDomainStateRow {
  state: unknown
  tls: string
}

export interface FindDueCertificateRow {
  keyHash: Buffer
  request: string
  failures: number
}

export interface FindMessageRow {
  id: string
  createdAt: Date
  expiresAt: Date
  scheduledAt: Date
  stream: string
  sizeBytes: number
  keyVersion: number
  sessionPublic: Buffer
  envelopeSealed: Buffer
  contentSealed: Buffer
  accountId: string
  permission: string
  attachmentFailure: string
  deliveries: unknown
  events: unknown
}

export interface FindMessageStatisticsRow {
  messageId: string
  period: number
  domainId: string
  domainName: string
  messages: string
  recipients: string
  tried: string
  delivered: string
  bounced: string
  deferred: string
  expired: string
  failed: string
  suppressed: string
  cancelled: string
  complained: string
  unsubscribed: string
}

export interface FindOidcProviderRow {
  endpoint: string
  failureCode: string
}

export interface FindOidcSignInRow {
  status: string
  failureCode: string
}

export interface FindRequestRow {
  id: string
  accountId: string
  at: Date
  credentialId: string
  method: string
  route: string
  status: number
  durationMs: number
  clientSealed: Buffer
  bodiesSealed: Buffer
}

export interface FindResetNoticeRow {
  id: string
  profileSealed: Buffer
}

export interface FindSelfRow {
  userId: string
  person: unknown
  profileSealed: Buffer
  accounts: unknown
}

export interface FindSenderRow {
  accountId: string
  credential: unknown
  state: unknown
  logBodies: boolean
  usedToday: number
  outside: boolean
}

export interface FindSessionRow {
  accountId: string
  session: unknown
  state: unknown
  outside: boolean
  above: unknown
}

export interface FindShutAccountsRow {
  accountId: string
  userId: string
  keyVersion: number
  publicKey: Buffer
}

export interface FindStatisticsRow {
  period: number
  stream: string
  domainId: string
  domainName: string
  provider: string
  messages: string
  recipients: string
  tried: string
  delivered: string
  bounced: string
  deferred: string
  expired: string
  failed: string
  suppressed: string
  cancelled: string
  complained: string
  unsubscribed: string
}

export interface FindSubscriptionRow {
  standing: string
}

export interface FindSuppressionRow {
  id: string
  reason: string
  messageId: string
  recipientIndex: Buffer
  addressSealed: Buffer
  createdAt: Date
  accountId: string
}

export interface FindUsageRow {
  messagesToday: string
  recipientsToday: string
  messagesMonth: string
  recipientsMonth: string
  domains: number
}

export interface FindUserSaltRow {
  userId: string
  salt: string
}

export interface FinishDeliveriesRow {
  recorded: number
}

export interface FollowMessagesRow {
  id: string
  scheduledAt: Date
  standing: unknown
}

export interface ForgetBodiesRow {
  forgotten: number
}

export interface ForgetClosedAccountRow {
  more: boolean
}

export interface ForgetMessagesRow {
  forgotten: number
}

export interface ForgetOfAccountRow {
  contents: number
  messages: number
  requests: number
}

export interface ForgetOldRowsRow {
  forgotten: number
}

export interface HoldSubmittedRow {
  matched: number
  changed: number
  lastMessage: string
  lastN: number
}

export interface KeepHouseRow {
  forgotten: number
}

export interface LastCheckpointRow {
  treeSize: string
  root: Buffer
  frontier: Buffer
  signature: Buffer
}

export interface LedgerHashesRow {
  place: string
  hash: Buffer
}

export interface LedgerUnplacedRow {
  id: string
  at: Date
  line: string
}

export interface LinkedAttachmentRow {
  accountId: string
  id: string
  sizeBytes: number
  descriptionSealed: Buffer
}

export interface LinkedAttachmentContentRow {
  contentSealed: Buffer
}

export interface LinkedInnerAttachmentRow {
  accountId: string
  id: string
  messageId: string
  sizeBytes: number
}

export interface LinkedInnerAttachmentContentRow {
  contentSealed: Buffer
}

export interface LinkedMessageRow {
  accountId: string
  id: string
  createdAt: Date
  sizeBytes: number
  envelopeSealed: Buffer
  contentSealed: Buffer
}

export interface ListAttachmentsRow {
  accountId: string
  id: string
  state: string
  sizeBytes: number
  descriptionSealed: Buffer
  messageBytes: number
  envelopeSealed: Buffer
}

export interface ListAuditRow {
  id: string
  at: Date
  process: string
  actorKind: string
  actorId: string
  actorUser: string
  action: string
  objectKind: string
  objectId: string
  objectVersion: number
  objectCount: number
  line: string
  position: string
}

export interface ListAuditExportRow {
  id: string
  position: string
  line: string
}

export interface ListClosingRow {
  accountId: string
  state: unknown
}

export interface ListCredentialsRow {
  id: string
  nameSealed: Buffer
  createdAt: Date
  lastUsedAt: Date
}

export interface ListDomainsRow {
  domain: unknown
}

export interface ListDueDomainChecksRow {
  domain: unknown
}

export interface ListDueDomainClaimsRow {
  claim: unknown
}

export interface ListDueResetsRow {
  userId: string
}

export interface ListEnteredRow {
  userId: string
  profileSealed: Buffer
}

export interface ListErasuresRow {
  id: string
  state: string
  messages: number
  cancelled: number
  liftsSuppression: boolean
  createdAt: Date
  finishedAt: Date
}

export interface ListFactorsRow {
  id: string
  factor: unknown
  nameSealed: Buffer
}

export interface ListIdleKeysRow {
  accountId: string
  credentialId: string
  step: string
}

export interface ListInvitationsRow {
  id: string
  link: unknown
  addressSealed: Buffer
}

export interface ListMembersRow {
  id: string
  userId: string
  member: unknown
  profileSealed: Buffer
  factors: number
  lastSessionAt: Date
}

export interface ListMessagesRow {
  id: string
  createdAt: Date
  scheduledAt: Date
  keyVersion: number
  sessionPublic: Buffer
  envelopeSealed: Buffer
  accountId: string
  states: string[]
  deferred: boolean
  lacksAttachment: boolean
}

export interface ListOutsidersRow {
  id: string
  door: string
  credentialId: string
  userId: string
  at: Date
  clientSealed: Buffer
}

export interface ListOwnRetentionRow {
  accountId: string
  state: unknown
}

export interface ListOwnersRow {
  userId: string
}

export interface ListRequestsRow {
  id: string
  at: Date
  method: string
  route: string
  status: number
  clientSealed: Buffer
}

export interface ListSessionsRow {
  id: string
  accountId: string
  session: unknown
  lastUsedAt: Date
  clientSealed: Buffer
  nameSealed: Buffer
}

export interface ListSubaccountsRow {
  id: string
  createdAt: Date
  state: unknown
  labelSealed: Buffer
  messagesToday: string
}

export interface ListSuppressionsRow {
  id: string
  reason: string
  messageId: string
  recipientIndex: Buffer
  addressSealed: Buffer
  createdAt: Date
  accountId: string
}

export interface MemberImpactRow {
  sessions: number
  keys: unknown
}

export interface NoteCanaryRow {
  noted: boolean
}

export interface OpsAccessInventoryRow {
  class: string
  live: string
}

export interface OpsChangeQueueRow {
  matched: number
  changed: number
  lastAccount: string
  lastMessage: string
  lastN: number
}

export interface OpsCheckpointsRow {
  treeSize: string
  root: Buffer
  signature: Buffer
}

export interface OpsCountQueueRow {
  state: string
  deliveries: string
}

export interface OpsFindAccountRow {
  id: string
  createdAt: Date
  state: unknown
  keysLive: number
  domains: number
  members: number
  queued: string
}

export interface OpsFindCertificateRow {
  requestedAt: Date
  validUntil: Date
  dueAt: Date
  failures: number
  failureCode: string
  failedAt: Date
}

export interface OpsFindCredentialRow {
  accountId: string
}

export interface OpsFindDomainsRow {
  domain: unknown
}

export interface OpsFindHashesRow {
  h2: Buffer
  id: string
  accountId: string
  live: boolean
}

export interface OpsFindMessageRow {
  id: string
  accountId: string
  createdAt: Date
  expiresAt: Date
  stream: string
  sizeBytes: number
  keyVersion: number
  deliveries: unknown
  events: unknown
}

export interface OpsFindOidcProviderRow {
  endpoint: string
  redirectKnown: boolean
  failureCode: string
  checkedAt: Date
}

export interface OpsLedgerLinesRow {
  linePosition: string
  line: string
}

export interface OpsListAccountsRow {
  id: string
  createdAt: Date
  state: unknown
}

export interface OpsListCredentialsRow {
  id: string
  permission: string
  domainId: string
  createdAt: Date
  expiresAt: Date
  revokedAt: Date
  options: unknown
  lastUsedAt: Date
}

export interface OpsListDomainsRow {
  domain: unknown
}

export interface OpsListOutlivingRow {
  accountId: string
  id: string
}

export interface OpsListQueueRow {
  messageId: string
  accountId: string
  n: number
  state: string
  stream: string
  attempts: number
  dueAt: Date
  holds: string[]
}

export interface OpsListSubaccountsRow {
  id: string
  createdAt: Date
  state: unknown
}

export interface OpsLogBodiesRow {
  id: string
}

export interface OpsRequestAllDomainChecksRow {
  id: string
}

export interface OpsRequestDomainCheckRow {
  id: string
}

export interface OpsStoreDomainRow {
  outcome: string
}

export interface OpsTellResetRow {
  told: number
}

export interface RecordDomainCheckRow {
  outcome: string
}

export interface RecordDomainClaimRow {
  outcome: string
}

export interface ReleaseMessageRow {
  outcome: string
}

export interface RemoveSuppressionsRow {
  id: string
}

export interface RenameAccountRow {
  id: string
}

export interface RenameCredentialRow {
  id: string
}

export interface RenamePersonRow {
  id: string
}

export interface ReplaceStandbyKeyRow {
  outcome: string
}

export interface RequestCertificateRow {
  chain: string
}

export interface RequestDomainCheckRow {
  id: string
}

export interface RequestDomainClaimCheckRow {
  claim: unknown
}

export interface RequeueMessageRow {
  outcome: string
}

export interface RescheduleMessageRow {
  outcome: string
}

export interface ResubscribeRow {
  standing: string
}

export interface RetireIdleKeyRow {
  outcome: string
}

export interface ReturnOidcSignInRow {
  id: string
}

export interface RollCredentialRow {
  outcome: string
}

export interface RotateDomainRow {
  outcome: string
}

export interface SearchMessagesRow {
  id: string
  createdAt: Date
  scheduledAt: Date
  stream: string
  envelopeSealed: Buffer
  accountId: string
  standing: unknown
  walkedTo: string
}

export interface StoreAddressChangeRow {
  outcome: string
}

export interface StoreAttachmentRow {
  outcome: string
}

export interface StoreBreakGlassRow {
  outcome: string
}

export interface StoreCertificateRow {
  hostname: string
}

export interface StoreCredentialRow {
  outcome: string
}

export interface StoreDomainRow {
  outcome: string
}

export interface StoreDomainClaimRow {
  outcome: string
  claim: unknown
}

export interface StoreLeakedRow {
  outcome: string
}

export interface StoreLinksRow {
  outcome: string
}

export interface StorePeopleRow {
  outcome: string
}

export interface StoreSubaccountRow {
  outcome: string
}

export interface TellIdleKeyRow {
  told: boolean
}

export interface UnsubscribeRow {
  standing: string
}

export interface VaultAccountKeysRow {
  accountId: string
  version: number
  publicKey: Buffer
  wrapped: Buffer
}

export interface VaultAddressChangeRow {
  link: unknown
}

export interface VaultAuthorityRow {
  credential: unknown
  accountState: unknown
  present: unknown
}

export interface VaultAuthorityKeysRow {
  version: number
  publicKey: Buffer
  wrapped: Buffer
}

export interface VaultBeginExportRow {
  line: string
  at: Date
}

export interface VaultEpochRow {
  epoch: unknown
}

export interface VaultIdleKeyRow {
  lastUsedAt: Date
  toldAt: Date
}

export interface VaultNoteIdentityRow {
  browserHash: Buffer
}

export interface VaultOneTimeLinkRow {
  link: unknown
  addressSealed: Buffer
}

export interface VaultOpenForRow {
  credential: unknown
  messageId: string
  keyVersion: number
  sessionPublic: Buffer
}

export interface VaultOpenLeasedRow {
  messageId: string
  accountId: string
  keyVersion: number
  sessionPublic: Buffer
}

export interface VaultOpenLinkRow {
  link: unknown
  keyVersion: number
  sessionPublic: Buffer
}

export interface VaultOpenNoticeRow {
  owner: string
}

export interface VaultOpenPeopleRow {
  session: unknown
  owner: string
}

export interface VaultOpenWaitingRow {
  attachmentId: string
  messageId: string
  accountId: string
  keyVersion: number
  sessionPublic: Buffer
}

export interface VaultPersonRow {
  person: unknown
  factors: unknown
  members: unknown
  epoch: unknown
  browserKeys: unknown
}

export interface VaultPersonRowRow {
  session: unknown
  accountState: unknown
  present: unknown
  owners: number
}

export interface VaultRoleOfRow {
  role: string
}

export interface VaultSigningKeyRow {
  wrapped: Buffer
}

export interface VaultSigningStatesRow {
  accountId: string
  name: string
  state: unknown
  domainState: unknown
}

export interface VaultSubaccountRow {
  state: unknown
  made: number
}
